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
  timer: {
    name: "课堂计时", minutes: "分钟", start: "开始", stop: "停止",
    clock: (seconds) => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`, over: "时间到。",
  },
};
