/** @param {number} n */
const num = (n) => n.toLocaleString("zh-CN");
/** @param {string} text */
const quote = (text) => `“${text}”`;
/** @typedef {(value: number | null | undefined) => string} Print */
/** @typedef {import("../rooms/digits-judge.js").Judgement} Judgement */

/** What the numbers say. @param {Judgement} j @param {Print} share */
function says({ verdict, epoch, best, right, risen }, share) {
  const both = `学过的数字认对 ${share(right.train)}，没见过的认对 ${share(right.validation)}`;
  switch (verdict) {
    case "diverged": return "数超出了范围：对这个网络来说，学习率太高了。";
    case "underfit": return `目前太小，分不清十个数字：${both}。`;
    case "memorising": return `学过的数字它背下来了：${both}。${risen && best !== null ? `验证损失从第 ${Number(best.toFixed(1))} 轮起一直在升。` : ""}`;
    case "good": return `没见过的数字认得几乎和学过的一样好：${both}。`;
    case "middling": return `正在进步：${both}。`;
    case "unchecked": return "没有验证用的数字，就没法知道它学到了什么。";
    default: return epoch > 0 ? `刚开始几轮：${both}。` : `还没有训练：瞎猜的话，十个里能对一个左右（现在是 ${share(right.test)}）。`;
  }
}

/** @type {typeof import("./digits.en.js").default} */
export default {
  title: "它认得出你写的数字吗？ · Kindling",
  live: "手写板、认出的结果和训练过程",
  space: "",
  runs: (n) => `${num(n)} 个权重，现场训练`,
  waits: "有了第一批答案就会出现。",
  parts: { train: "训练", validation: "验证", test: "测试" },
  presets: {
    choose: "从三种设置开始",
    names: { underfit: "网络太小", good: "学得好", overfit: "数字太少" },
    says: (s) => `${num(s.train)} 个数字，${s.width} 个神经元`,
  },
  pad: {
    empty: "手写板是空的。写一个数字，或换上一个例子。", drawn: "手写板上是你写的", example: (d) => `手写板上是一个例子：${d}`,
    clear: "清空", next: "换一个例子", move: "移动板上的内容，也可以用方向键", moves: ["向左移", "向上移", "向下移", "向右移"],
    centred: "先居中，和 MNIST 一样", shares: "网络的回答：每个数字占多少",
    invite: "写一个数字。", waits: "正在认……",
    says: (d) => `它认成了 ${d}。`, saysOf: (d, label) => (d === label ? `它认成了 ${d}，对了。` : `它认成了 ${d}，其实是 ${label}。`),
    seen: (centred) => (centred ? "28 × 28，已居中，它只看得到这些。" : "28 × 28，原样，它只看得到这些。"), seenLabel: "交给网络的 28 × 28 个像素",
  },
  stage: {
    title: "图 6.1",
    text: "直接在例子上写就行。网络边训练边认，每走几步就把你写的数字再认一遍。",
    curves: { accuracy: "每一轮的准确率", loss: "每一轮的损失" }, curvesTable: { accuracy: "每一轮的准确率", loss: "每一轮的损失" },
    curveOf: { accuracy: "准确率，%", loss: "交叉熵（nat）" },
    epoch: "轮", steps: (n) => `${num(n)} 步`, loss: (v) => `损失 ${v}`, count: (name, n) => `${name} ${num(n)}`,
    bestRule: (e) => `损失最低：第 ${e} 轮`, stoppedRule: (e) => `留下：第 ${e} 轮`,
    run: "开始训练", pause: "暂停", goOn: "继续", step: "走一步", oneEpoch: "走一轮", again: "重新开始", speed: "每秒几轮", fastest: "全速",
    verdict: (j, phase, share) => {
      if (phase === "held" || phase === "failed") return "";
      if (j.verdict === "none" && j.right.test === null) return "正在写出数字……";
      const said = says(j, share);
      if (phase === "ended" && j.verdict !== "diverged") return `验证损失没有再降低，所以停下来，退回到第 ${Number((j.best ?? j.epoch).toFixed(1))} 轮。${said}`;
      return phase === "full" ? `到第 ${Math.round(j.epoch)} 轮，先歇一歇。${said}` : said;
    },
  },
  knobs: {
    groups: ["数字", "能学什么", "怎么学"],
    train: "用来学的", digits: (n) => `${num(n)} 个数字`, variety: "笔迹的变化", seed: "种子", dice: "换一颗", keep: "重新开始时不换种子",
    net: "网络", nets: { none: "没有隐藏层（softmax 回归）", mlp: "有隐藏层（MLP）", cnn: "先做卷积（CNN）" },
    layers: "隐藏层", width: "宽度", neurons: (n) => `${n} 个神经元`, filters: "卷积核",
    dropout: "随机失活（dropout）", l2: "L2 惩罚", off: "关", weights: (n) => `要学 ${num(n)} 个权重。`,
    optimiser: "优化器", optimisers: { sgd: "SGD", momentum: "带动量的 SGD" }, batch: "批量", rows: (n) => `每步 ${n} 个数字`,
    rate: "学习率", patience: "耐心", never: "一直不停", epochs: (n) => `${n} 轮`,
  },
  own: {
    title: "你自己的数字：MNIST 文件，或 CSV", over: "把装着数字的文件放到这里",
    text: "可以是 MNIST 那样的两个文件（图片和标签，压成 .gz 的也行），也可以每行写一个标签和 784 个 0 到 255 的数。最多取 20,000 个数字，都留在这台设备上。",
    choose: "选择文件", drop: "也可以拖到这里。", back: "改回自动写出的数字", reading: "正在读文件……",
    half: (images, name) => `${name} 里是${images ? "图片，请再选标签文件" : "标签，请再选图片文件"}。`,
    read: (n, found, name) => `从 ${name} 读到 ${num(n)} 个数字。${found > n ? `文件里有 ${num(found)} 个，其余没有用。` : ""}`,
    side: ([rows, columns]) => `原来是 ${columns} × ${rows}，已改成 28 × 28。`,
    skipped: (lines) => `第 ${lines.slice(0, 8).join("、")}${lines.length > 8 ? " …" : ""} 行不是数字图片，没有用。`,
  },
  errors: {
    network: () => ["课程程序没有送到。", "检查网络，再试一次。你的设置还在。"],
    worker: () => ["课程程序没有回应。", "重新启动它。你的设置还在。"],
    panic: () => ["计算中途出错了。", "已换上新的计算进程。你的设置还在，再试一次。"],
    lesson_too_few: (d) => [`数字只有 ${num(Number(d.found) || 0)} 个，至少要 ${Number(d.needed) || 10} 个。`, "换一个数字更多的文件。"],
    lesson_too_many: (d) => [`一共 ${num(Number(d.found) || 0)} 个，最多 ${num(Number(d.limit) || 0)} 个。`, "去掉一些再试。"],
    lesson_setting: (d) => [`${quote(String(d.name ?? "?"))}要在 ${Number(d.low)} 到 ${Number(d.high)} 之间。`, "把旋钮调回来再试。"],
    lesson_idx_magic: (d) => [`${d.file === "labels" ? "标签" : "图片"}文件的开头和 MNIST 的不一样。`, "请选 IDX 文件本身，比如 t10k-images-idx3-ubyte.gz 和 t10k-labels-idx1-ubyte.gz。"],
    lesson_idx_short: (d) => [`${d.file === "labels" ? "标签" : "图片"}文件不完整：该有 ${num(Number(d.needed) || 0)} 字节，只有 ${num(Number(d.found) || 0)} 字节。`, "重新下载，完整了再选。"],
    lesson_idx_counts: (d) => [`图片有 ${num(Number(d.images) || 0)} 张，标签却有 ${num(Number(d.labels) || 0)} 个。`, "请选配套的两个文件。"],
    lesson_idx_side: (d) => [`这些图片是 ${Number(d.columns) || 0} × ${Number(d.rows) || 0}。`, "边长 1 到 64 的才读得了。"],
    lesson_label: (d) => [`第 ${Number(d.row) || 0} 个标签是 ${String(d.found ?? "?")}，不是数字 0 到 9。`, "请选标签为 0 到 9 的文件。"],
    lesson_no_digits: () => ["没有哪一行是一个标签加 784 个数。", "先写标签，再写 784 个 0 到 255 的数，用逗号隔开。"],
    digits_format: (d) => [`${quote(String(d.name ?? ""))}既不是 IDX 文件，也不是表格。`, "请选 MNIST 的图片和标签文件，或一个 CSV。"],
    digits_packed: (d) => [`${quote(String(d.name ?? ""))}是压缩文件，但已损坏或不完整。`, "重新下载，完整了再选。"],
    digits_large: (d) => [`${quote(String(d.name ?? ""))}解压后超过 ${Math.round((Number(d.limit) || 0) / 1e6)} MB。`, "换一个小一点的文件，最多只取 20,000 个数字。"],
    digits_unread: () => ["这个文件读不出来。", "再选一次，或换一个。"],
    other: () => ["这个没有算出来。", "改一改设置，或再试一次。什么都没有丢。"],
  },
  acts: { curves: "存曲线（CSV）", answers: "存答案（CSV）" },
  matrix: {
    title: "图 6.2", text: "这些数字它没有学过：实际是几，它说是几。点一格看里面的图片，点行首或列首看整行整列。",
    name: "混淆矩阵：行是实际的数字，列是网络说的数字", axes: "竖看：实际是几。横看：它说是几。",
    row: (d) => `所有的 ${d}`, column: (d) => `所有认成 ${d} 的`,
    says: (right, all, worst) => `${all} 个里认对了 ${right} 个。${worst ? `最常认错的：把 ${worst[0]} 认成 ${worst[1]}，${worst[2]} 次。` : ""}`,
    scores: "每个数字的分数", scoresOf: "每个数字的精确率、召回率和 F1", columns: ["数字", "精确率", "召回率", "F1", "图片"], macro: "平均",
    unsaid: (d) => `${d.join("、")} 的精确率没有定义：网络从来没说过${d.length === 1 ? "它" : "它们"}。`,
    absent: (d) => `${d.join("、")} 的召回率没有定义：测试图片里没有${d.length === 1 ? "它" : "它们"}。`,
    cell: ({ truth, said }, n) => `${truth === null ? "" : `实际是 ${truth}`}${said === null ? "" : truth === null ? `认成 ${said}` : truth === said ? "，认对了" : `，认成 ${said}`}：${num(n)} 张`,
    picture: (label, said, sure) => `${said}，${sure}：它对这个 ${label} 的回答。放到手写板上`,
    said: (said, sure) => `${said}，${sure}`,
    more: (n) => `再显示 ${n} 张`, toPad: "图下面是它的答案，以及这个答案占多少。点一下就放到手写板上。", none: "这一格里没有图片。",
  },
  weights: {
    title: "图 6.3", text: "第一层的权重，画在它所乘的像素的位置上。学到了什么，在这里看得见。",
    label: (n, side) => `${n} 个单元的权重，各 ${side} × ${side}`,
    key: (net, n, most, more) => `${net === "none" ? "每个数字一张" : net === "cnn" ? `${n} 个 3 × 3 的卷积核，在图片上滑动` : `${more ? "前 " : ""}${n} 个神经元`}。暖色：这里有墨就支持它（最高 +${most}）。蓝色：这里有墨就反对它（最低 −${most}）。`,
  },
  inside: {
    numbers: "图片变成 784 个数", layers: "数穿过各层", compared: "和答案比一比",
    pixels: "这 784 个数", pixelRow: "行", numbersText: (n) => `纸是 0，墨最多 255，一行一行排下来，其中 ${n} 个不是纸。笔画的先后丢了：网络看到的是位置，不是笔顺。`,
    layersText: (net, n) => `${net === "none" ? "每个答案用自己的权重乘上全部 784 个数，再加起来。" : net === "cnn" ? "3 × 3 的卷积核在图片上滑动，每 2 × 2 格留下最大的一个，后面接一层层神经元。" : "每个箭头乘上权重再相加，小于零的变成零（ReLU）。"}一共 ${num(n)} 个权重。`,
    mapsName: "卷积核得出的图", units: (at) => `第 ${at} 个隐藏层`, logits: "十个答案（logit）", maps: (n, side) => `${n} 张 ${side} × ${side} 的图`,
    film: (name, n) => `${name}：${num(n)} 个数，画成竖条`,
    softmax: "从 logit 到份额", digit: "数字", logit: "logit", share: "份额",
    softmaxText: "Softmax：以 e 为底、logit 为指数，再除以总和。份额加起来总是一，不管板上是什么，乱涂的也一样。",
    noTruth: "你写的没有人标过答案，所以没有损失。", lossText: (label, given, v) => `标签是 ${label}，它的份额是 ${given}，所以这张图的损失是 −ln ${given} = ${v}。`,
    step: (ms) => `优化器走一步，这里要 ${ms} 毫秒。`,
    three: "网络把 784 个灰度值乘上权重，变成十个份额；权重一开始是随机的。每看几个数字，每个权重就朝着“让正确答案占得更多”的方向挪一点，没有人告诉它什么是圈、什么是横。没学过的数字会说明：它是找到了 7 的样子，还是只背下了自己见过的那些 7。",
    code: { lessons: "写数字、网络、训练", page: "这个页面" },
  },
};
