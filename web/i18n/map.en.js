export default {
  title: "Do similar words live close together? · Kindling",
  live: "Words and their map",
};
