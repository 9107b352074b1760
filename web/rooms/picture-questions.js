// Ready questions, with what the model makes of them and why. Some it answers badly on purpose.

/** @typedef {{id: string, set: string, title: Named, labels: {en: string[], zh: string[]}, template: Named, why: Named}} Question */

const PLAIN = { en: "a picture of {}", zh: "一张{}的图片" };

/** @type {Question[]} */
export const QUESTIONS = [
  {
    id: "nothing-fits", set: "things", title: { en: "What if nothing fits?", zh: "如果一个都不合适呢？" },
    labels: { en: ["train", "giraffe", "castle", "snow"], zh: ["火车", "长颈鹿", "城堡", "雪"] }, template: PLAIN,
    why: { en: "None of these is in the pictures, yet every row still adds up to 100%. Only the cosine shows that nothing is near.", zh: "图里一样都没有，可每一行加起来还是 100%。只有余弦看得出，没有一个近。" },
  },
  {
    id: "colour", set: "shapes", title: { en: "Colour or shape?", zh: "颜色还是形状？" },
    labels: { en: ["red", "blue", "green", "circle", "square", "triangle"], zh: ["红色", "蓝色", "绿色", "圆形", "方块", "三角形"] }, template: { en: "a {} shape", zh: "{}的图形" },
    why: { en: "Both kinds of word are right at once. Softmax makes them compete all the same.", zh: "两类词可以同时都对，softmax 却偏要它们争一个。" },
  },
  {
    id: "binding", set: "shapes", title: { en: "Which is on which?", zh: "谁在谁上面？" },
    labels: { en: ["a red circle on a blue square", "a blue circle on a red square"], zh: ["蓝色方块上的红色圆形", "红色方块上的蓝色圆形"] }, template: { en: "{}", zh: "{}" },
    why: { en: "The words are the same in both labels. One arrow for a whole sentence hardly keeps which colour belongs to which shape.", zh: "两个标签用的是同样的词。整句只有一支箭头，很难记住哪种颜色属于哪个形状。" },
  },
  {
    id: "count", set: "shapes", title: { en: "How many?", zh: "有几个？" },
    labels: { en: ["one dot", "two dots", "three dots", "five dots", "nine dots"], zh: ["一个圆点", "两个圆点", "三个圆点", "五个圆点", "九个圆点"] }, template: PLAIN,
    why: { en: "Counting is a known weakness: captions seldom count, so the model learned what is there, not how many.", zh: "数数是已知的弱点：图片说明很少数数，模型学到的是有什么，不是有几个。" },
  },
  {
    id: "not", set: "things", title: { en: "Does it understand “not”?", zh: "它懂“不是”吗？" },
    labels: { en: ["a cat", "not a cat", "a dog", "not a dog"], zh: ["猫", "不是猫", "狗", "不是狗"] }, template: { en: "{}", zh: "{}" },
    why: { en: "“not a cat” still says cat, and captions seldom say what is missing. The two arrows point nearly the same way.", zh: "“不是猫”里仍有“猫”，而图片说明很少写没有什么。两支箭头几乎指向同一处。" },
  },
  {
    id: "languages", set: "things", title: { en: "The same word in two languages", zh: "同一个词，两种语言" },
    labels: { en: ["cat", "猫", "car", "汽车", "apple", "苹果"], zh: ["猫", "cat", "汽车", "car", "苹果", "apple"] }, template: { en: "{}", zh: "{}" },
    why: { en: "One space for both languages: a word and its translation should be equally near.", zh: "两种语言共用一个空间：一个词和它的译文应当一样近。" },
  },
  {
    id: "cropped", set: "scenes", title: { en: "What fell outside the square?", zh: "方块外面有什么？" },
    labels: { en: ["sailboat", "ball", "bicycle", "moon", "sun", "beach", "house"], zh: ["帆船", "球", "自行车", "月亮", "太阳", "沙滩", "房子"] }, template: PLAIN,
    why: { en: "Some of these things lie in the part that is cut off. The dimmed edges of the picture above show where.", zh: "有些东西正好在被裁掉的部分里。看上面图片变淡的边缘就知道在哪里。" },
  },
];

/** The question whose labels these are. @param {string[]} labels @param {Lang} lang */
export const questionWith = (labels, lang) => QUESTIONS.find((question) => JSON.stringify(question.labels[lang]) === JSON.stringify(labels));
