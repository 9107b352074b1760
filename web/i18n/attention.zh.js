/** @param {string} text */
const quote = (text) => `“${text}”`;

/** @type {typeof import("./attention.en.js").default} */
export default {
  summary: "词元之间的注意力（attention）",
  lead: (layers, heads) => `共 ${layers} 层，每层有 ${heads} 个头（head）并排工作，各自决定每个词元从别的词元那里取多少。下面的权重，来自模型读你这段文字时的真实计算。`,
  layer: "层", head: "头", mean: "平均", meanName: "各头的平均",
  headName: (n) => `第 ${n} 个头`,
  matrix: "行是看的词元，列是被看的", arcs: (token) => `${quote(token)}在看什么`,
  choose: "画谁的弧线",
  row: "一行是一个词元：它的注意力怎样分给所有词元（包括自己），所以一行加起来是 1。",
  scale: (most) => `最深的一格是 ${most}。`,
  hint: "指向一格读数，选中一格画弧线。",
  reading: (from, to) => `${quote(from)}看${quote(to)}`,
  keys: "方向键逐格移动，按 Enter 把这一行画成弧线。下面的表格内容相同。",
  cut: (shown, all) => `只显示 ${all} 个词元中的前 ${shown} 个；一行不足 1 的部分，分给了其余的词元。`,
  caption: (layer, head) => `第 ${layer} 层的注意力，${head}：行是看的词元，列是被看的`,
  rowCaption: (token) => `${quote(token)}在看什么；文字太长时逐行显示`,
  corner: "词元", weight: "权重",
  caveat: [
    "注意力不能当作得分的解释：在做过检验的模型里，换一套很不一样的权重，答案也可以不变（", "Jain & Wallace 2019",
    "）；由此能推出什么，还有争论（", "Wiegreffe & Pinter 2019", "）。",
  ],
  save: { csv: "存这个头（CSV）", json: "存全部的头（JSON）", title: (layer, head) => `第 ${layer} 层的注意力，${head}` },
  missing: "这一部分没有载入。网络恢复后请重新载入页面。",
};
