/** @param {number} n */
const num = (n) => n.toLocaleString("zh-CN");
/** @param {string} text */
const quote = (text) => `“${text}”`;
/** @typedef {(value: number | null | undefined) => string} Print */
/** @typedef {import("../rooms/overfit-judge.js").Judgement} Judgement */

/** @param {number[]} hidden */
const neurons = (hidden) => (hidden.length === 1 ? `${hidden[0]} 个神经元` : `${hidden.length} × ${hidden[0]} 个神经元`);

/** @param {Judgement} j @param {Print} print */
function says({ verdict, epoch, best, now, kept }, print) {
  switch (verdict) {
    case "diverged": return "数值溢出了：对这个模型来说，学习率太大。";
    case "underfit": return `目前太简单：连训练点都差得远（${print(now.train)}），没见过的点也一样（${print(now.validation)}）。`;
    case "memorising": return `第 ${best} 轮之后只是在死记：训练损失继续降到 ${print(now.train)}，验证损失却从 ${print(kept?.validation)} 升到 ${print(now.validation)}。`;
    case "gap": return `训练点记得很熟（${print(now.train)}），没见过的点差得多（${print(now.validation)}）。`;
    case "good": return `没见过的点（${print(now.validation)}）和训练点（${print(now.train)}）做得差不多。`;
    case "unchecked": return "没有验证点，就没法知道它学到了什么。";
    default: return epoch > 0 ? "刚开始几轮，还看不出来。" : "还没有训练。";
  }
}

/** @type {typeof import("./overfit.en.js").default} */
export default {
  title: "练得越久，就学得越好吗？ · Kindling",
  live: "点、模型和它的曲线",
  space: "",
  runs: (n) => `${num(n)} 个权重，现场训练`,
  parts: { train: "训练", validation: "验证", test: "测试" },
  classes: ["A，圆点", "B，菱形"],
  presets: {
    task: "学什么", choose: "从三种设置开始",
    tasks: { regression: "一条曲线", classification: "两个类别" },
    names: { underfit: "欠拟合", good: "拟合得好", overfit: "过拟合" },
    says: (s) => (s.kind === "mlp" ? neurons(Array(s.layers).fill(s.width)) : s.degree === 1 ? "一条直线" : `${s.degree} 次多项式`),
  },
  stage: {
    title: "图 4.1",
    text: "点一下图，加一个点；拖动可以移动，拖出图外就删除。模型只看得到训练点。",
    plot: (n, task) => (task === "regression" ? `${num(n)} 个点和拟合的曲线` : `两类共 ${num(n)} 个点，以及模型把每个位置归到哪一类`),
    curves: "每一轮的训练、验证和测试损失", curvesTable: "每一轮的损失",
    epoch: "轮", lossOf: { regression: "均方误差", classification: "交叉熵（nat）" },
    bestRule: (e) => `最好：第 ${e} 轮`, stoppedRule: (e) => `留下：第 ${e} 轮`,
    count: (name, n) => `${name} ${n}`, truth: "真实曲线",
    run: "开始", pause: "暂停", goOn: "继续", step: "走一轮", again: "重新开始", speed: "每秒几轮", speeds: (n) => String(n), fastest: "全速",
    nextPart: "新的点用于", nextClass: "属于", turns: "轮流",
    verdict: (j, phase, print) => {
      if (phase === "empty") return "图还是空的。点一下加一个点，有三个就能开始。";
      if (phase === "held" || phase === "failed") return "";
      const said = says(j, print);
      if (phase === "ended" && j.verdict !== "diverged") return `在第 ${j.epoch} 轮停下，退回到第 ${j.best} 轮，因为验证损失没有再降低。${said}`;
      return phase === "full" ? `到第 ${num(j.epoch)} 轮，先歇一歇。${said}` : said;
    },
  },
  knobs: {
    groups: ["点", "能学什么", "怎么学"],
    shape: "形状", shapes: { line: "直线", sine: "正弦", step: "台阶", bumps: "起伏" }, clusters: { moons: "月牙", circles: "圆环", spirals: "螺旋", xor: "异或", blobs: "两团" },
    count: "点数", noise: "噪声", seed: "种子", dice: "换一个", keep: "重新开始时不换种子",
    mine: "这些是你自己的点。", back: "改回按形状取点",
    model: "模型", kinds: { polynomial: "多项式", mlp: "神经网络" }, degree: "次数", layers: "隐藏层", width: "宽度", neurons: (n) => `${n} 个神经元`,
    activation: "激活函数", dropout: "随机失活（dropout）", l2: "L2 惩罚", off: "关", weights: (n) => `要学 ${num(n)} 个权重。`,
    optimiser: "优化器", optimisers: { sgd: "SGD", momentum: "带动量的 SGD" }, batch: "批量", rows: (n) => `每步 ${n} 个点`, all: "每步用全部的点",
    rate: "学习率", patience: "耐心", never: "不早停", epochs: (n) => `${n} 轮`,
  },
  own: {
    title: "你自己的点：表格、CSV，或一张空图", over: "把带数字的文件放到这里",
    text: "CSV 格式的数：x、y，两类时再加类别", placeholder: "x,y\n1.2,3.4\n1.9,2.8",
    use: "用这些数", nothing: "先粘贴几行。", empty: "从空图开始", add: "加一行",
    read: (n, name) => `${name ? `从 ${name} ` : ""}读到 ${num(n)} 个点，已缩放到图里。`,
    cut: (n, most) => `共 ${num(n)} 个，只用前 ${num(most)} 个。`,
    skipped: (lines) => `第 ${lines.slice(0, 8).join("、")}${lines.length > 8 ? " …" : ""} 行不是数，没有用。`,
    unread: "这个文件读不出来。",
    caption: "这些点", columns: { group: "类别", part: "用于" }, cell: (name, row) => `第 ${row} 个点的${name}`, remove: (row) => `删除第 ${row} 个点`, none: "还没有点。",
  },
  held: { text: (size) => `这里备好了一个实验。运行它需要下载一次课程程序（${size}）。`, fetch: "下载并开始" },
  errors: {
    network: () => ["课程程序没有送到。", "检查网络，再试一次。你的设置还在。"],
    worker: () => ["课程程序没有回应。", "重新启动它。你的设置还在。"],
    panic: () => ["计算中途出错了。", "已换上新的计算进程。你的设置还在，再试一次。"],
    table: () => ["这些行读不成表。", "确认它是 CSV、TSV，或用空格隔开的数。"],
    lesson_too_few: (d) => [`可以学的点只有 ${Number(d.found) || 0} 个，至少要 ${Number(d.needed) || 3} 个。`, "再加几个，或把别的点改为训练用。"],
    lesson_too_many: (d) => [`一共 ${num(Number(d.found) || 0)} 个点，最多 ${num(Number(d.limit) || 0)} 个。`, "去掉一些再试。"],
    lesson_no_numbers: () => ["找不到两列数。", "一列写 x，下一列写 y。"],
    lesson_classes: () => ["没有哪一列分得出两个类别。", "加一列，只用两种值，比如 0 和 1。"],
    lesson_constant: (d) => [`${d.axis === "y" ? "y" : "x"} 的值都一样。`, "没有可以缩放和学习的，换一列吧。"],
    lesson_far: () => ["有一个点太远了。", "先把数缩放到图里。"],
    lesson_setting: (d) => [`${quote(String(d.name ?? "?"))}要在 ${Number(d.low)} 到 ${Number(d.high)} 之间。`, "把旋钮调回来再试。"],
    lesson_not_finite: () => ["有一个值不是数。", "看看表格里的点。"],
    other: () => ["这个没有算出来。", "改一改设置，或再试一次。什么都没有丢。"],
  },
  acts: { curves: "存曲线（CSV）", points: "存点（CSV）" },
  figures: {
    degree: "次数", lossLog: "均方误差，每一格差十倍",
    best: (d) => `最低：${d}`, mine: (d) => `现在：${d}`, mineBest: (d) => `现在，也是最低：${d}`,
    regressionOnly: "这张图一次要解几百个拟合，只有多项式做得到。请看“一条曲线”。",
    waits: "有了点就会出现。", noValidation: "没有可以检验的点，就没有最低的误差。",
    capacity: {
      title: "图 4.2", text: "同样的点，从 0 次到 20 次，每一种都一步解出。点一个次数就换成它。",
      label: "各个次数的训练、验证和测试误差", caption: "各个次数的误差",
      says: (best, low, d, train, validation) => `${best} 次的验证误差最低，为 ${low}。${d} 次最好的拟合，训练误差 ${train}，验证误差 ${validation}；上面的训练会一步步走到那里，只要时间够。`,
    },
    widths: {
      title: "图 4.2", text: "同样的点，用只有一个隐藏层的网络来学，每种宽度都从头训练 500 轮。点一个宽度就换成它。",
      neurons: "神经元数", loss: { regression: "均方误差，对数刻度", classification: "交叉熵，对数刻度" },
      label: "各种宽度的训练、验证和测试损失", caption: "各种宽度的损失",
      working: (done, all) => `${all} 种宽度，已经训练好 ${done} 种。`,
      says: (best, low) => `${best} 个神经元时验证损失最低，为 ${low}。`,
      mine: (width, train, validation) => `你的网络有 ${width} 个，训练 500 轮以后，训练损失 ${train}，验证损失 ${validation}。`,
      deeper: (layers) => `你的网络有 ${layers} 个隐藏层，这条横轴上没有它的位置。`,
    },
    folds: {
      title: "图 4.3", text: "只分一次，可能碰巧。这里每个点都轮到一次检验，竖线表示各折相差多少。",
      choose: "折数", k: (k) => `${k} 折`, line: (k) => `${k} 折平均`,
      label: (k) => `各个次数的 ${k} 折平均误差`, caption: (k) => `各个次数的 ${k} 折误差，平均 ± 标准差`,
      says: (k, best, mean, deviation, single) => `${k} 折选出 ${best} 次：${mean} ± ${deviation}。${single === null ? "" : single === best ? "上面只分一次，选的也是它。" : `上面只分一次，选的是 ${single} 次。`}`,
    },
    spread: {
      title: "图 4.4", text: "同一个次数，用新取的点拟合许多次。平均下来偏了多少，是偏差；各次之间差多少，是方差。",
      label: (d) => `${d} 次多项式拟合许多次的平均，以及八成曲线所在的色带`,
      key: (n, truth) => `线：${n} 次拟合的平均。色带：八成的曲线在里面。${truth ? "点线：取点所用的真实曲线。" : ""}`,
      bias: "偏差²", variance: "方差", noise: "噪声", sum: "三者之和", measured: "在新的点上量出的误差",
      says: (sum, measured, near) => `三者加起来是 ${sum}，在新的点上量出的误差是 ${measured}。${near ? "差的一点是偶然。" : "这个次数的拟合，各次之间差得太远，这么多次还定不下来。"}`,
      unknown: "没有人知道你的点从哪里来，所以偏差和噪声没有定义。方差来自对这些点反复抽样。",
    },
  },
  inside: {
    features: "一个点变成特征", numbers: "权重跟着损失走", kept: "及时停下",
    polynomial: (d, n, curve) => `${curve ? "每个 x" : "每个点"}变成 ${n} 个数：${curve ? `它的 0 到 ${d} 次幂` : `x 和 y 的幂相乘，总次数到 ${d}`}，再组合得谁也不压过谁（勒让德多项式）。拟合给每个数一个权重。`,
    network: (hidden, n, f) => `每个箭头乘上权重再相加，中间是 ${neurons(hidden)}，用 ${f}。一共 ${num(n)} 个权重。`,
    part: "点", loss: "现在的损失", base: (v) => `如果永远给同一个答案，训练损失是 ${v}。`, step: (ms) => `优化器走一步，这里要 ${ms} 毫秒。`,
    atBest: (e) => `第 ${e} 轮`, atEnd: (e) => `第 ${e} 轮，最后`,
    saved: ({ best, epoch, last: now, kept }, print) => (best === epoch ? "验证损失现在正是最低。" : (now.test ?? 0) > (kept?.test ?? 0) ? `停在第 ${best} 轮，测试损失就是 ${print(kept?.test)}，而不是 ${print(now.test)}。` : `这一次，停在第 ${best} 轮并没有好处：测试损失从 ${print(kept?.test)} 变成 ${print(now.test)}。`),
    noValidation: "没有验证点，就不知道该什么时候停。",
    three: "每一步都把模型的答案和训练点相比，让每个权重朝着减小损失的方向挪一点。权重多的模型能弯着穿过每一个点，连噪声也学进去。验证点告诉你什么时候再弯也没用；测试点没有参与任何决定，它告诉你最后剩下多少真本事。",
    code: { lessons: "取点、模型、训练", page: "这个页面" },
  },
};
