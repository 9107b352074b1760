/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/** @type {typeof import("./lesson.en.js").default} */
export default {
  list: "课程", bar: "课程的步骤", steps: "步骤",
  lesson: (title) => `课程：${title}`,
  step: (at, all) => `第 ${at} 步，共 ${all} 步`,
  predict: "你的预测", pick: "先选一个答案。",
  run: "做实验", reveal: "揭晓", again: "重新猜", back: "上一步", next: "下一步", nextLesson: (title) => `下一课：${title}`,
  leave: "离开课程", all: "显示全部控件", fewer: "只留这一步要用的",
  running: "实验在下面进行。看够了就揭晓。",
  right: "你猜对了。", wrong: (what) => `结果不一样：“${what}”。`,
  happened: (what) => `结果是“${what}”。`, yours: "你的预测", came: "实际结果",
  soon: "实验还没有做完，量到的结果会写在这里。",
  unclear: "结果和哪个答案都对不上，请直接看图。",
  measured: "这里量到的：", source: "出处", sources: "出处",
  unknown: "没有叫这个名字的课程，链接没有使用。",
  badStep: (all) => `这一课只有第 1 到第 ${all} 步，现在从第 1 步开始。`,
  asked: {
    name: "先答一题", note: "这道题写在链接里。你的回答不会发送出去。",
    right: "答对了。", wrong: (what) => `正确答案是“${what}”。`, noted: (what) => `你的答案：“${what}”。`,
    yours: "你的答案", correct: "正确答案", bar: "题目", leave: "继续用实验室", all: "显示全部控件", fewer: "重新隐藏",
    version: "链接里的题目出自另一个版本，没有使用。",
    unwhole: "链接里的题目不完整，没有使用。", clamped: "链接里的题目太长，超出的部分已截去。",
  },
  maker: {
    open: "制作课堂链接", title: "在实验前提一个问题",
    lead: "打开链接的人先看到你的问题，再看到现在这个样子的实验室。内容全在链接里，不会发送出去。",
    ask: "问题", askHint: "把次数调到 18，会怎么样？", answers: "两到四个答案", answer: (n) => `答案 ${n}`, optional: (n) => `答案 ${n}（可不填）`,
    right: "正确", none: "不设正确答案", tell: "揭晓后的说明", tellHint: "为什么会这样，或者接下来试什么。可以不填。",
    hide: "揭晓前隐藏", copy: "复制链接", tryIt: "在这里试试", close: "关闭",
    copied: "链接已复制。", shown: "请复制这个链接：", cut: "超出了链接的长度，末尾已截去。", unwhole: "请写好问题和至少两个答案。", shownLabel: "课堂链接",
  },
  hides: {
    acts: "撤销、链接和保存", inside: "“内部”一栏", figures: "下方的全部图",
    sentiment: { verdict: "得分和标尺", ends: "两端的词", setup: "套用的句子和标签" },
    images: { add: "添加图片的各种方式", shown: "图片和最接近的标签", labels: "标签和所占比例", setup: "句式和温度" },
    generate: { tries: "推荐的提示词", film: "生成过程", knobs: "更多设置" },
    overfit: { presets: "三种预设", task: "曲线或分类", run: "运行、单步、重来", curves: "损失曲线", readings: "损失和结论", points: "数据点的设置", model: "模型的设置", training: "训练的设置", own: "自己的数据点" },
    digits: { presets: "三种预设", run: "运行、单步、重来", pad: "手写板", curves: "损失和准确率曲线", readings: "读数和结论", knobs: "全部设置", own: "自己的数字图片" },
    map: { source: "文字或图片的选择", method: "PCA、t-SNE、UMAP", colour: "着色", readings: "降维保留了多少", knobs: "方法的参数", table: "表格" },
  },
  timer: {
    name: "课堂计时", minutes: "分钟", start: "开始", stop: "停止",
    clock: (seconds) => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`, over: "时间到。",
  },
};
