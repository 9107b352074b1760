export default {
  title: "Does more practice always help? · Kindling",
  live: "Points, a model and its curves",
};
