/** @type {typeof import("./overfit.en.js").default} */
export default {
  title: "练得越久，就学得越好吗？ · Kindling",
  live: "点、模型和它的曲线",
};
