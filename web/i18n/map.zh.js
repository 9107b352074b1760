/** @type {typeof import("./map.en.js").default} */
export default {
  title: "意思相近的词住得近吗？ · Kindling",
  live: "词和它们的地图",
};
