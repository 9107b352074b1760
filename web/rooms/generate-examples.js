// Ready prompts. Those with a cause are beyond this model: it draws something, and the page says why
// it is not what was asked for.

/** @typedef {{id: string, title: Named, text: Named, why?: Named}} Prompt */

/** @type {Prompt[]} */
export const PROMPTS = [
  { id: "apple", title: { en: "apple", zh: "苹果" }, text: { en: "a red apple on a blue background", zh: "蓝色背景上的一个红苹果" } },
  { id: "cat", title: { en: "cat and tree", zh: "猫和树" }, text: { en: "a cat beside a tree", zh: "一只猫在树旁边" } },
  { id: "fish", title: { en: "two fish", zh: "两条鱼" }, text: { en: "two yellow fish", zh: "两条黄色的鱼" } },
  { id: "moon", title: { en: "small moon", zh: "小月亮" }, text: { en: "a small moon in the upper left corner", zh: "左上角有一个小月亮" } },
  { id: "car", title: { en: "car in the sun", zh: "太阳和汽车" }, text: { en: "a green car under the sun", zh: "太阳下的一辆绿色汽车" } },
  {
    id: "letters", title: { en: "letters", zh: "写字" }, text: { en: "the word HELLO in red letters", zh: "红色的“你好”两个字" },
    why: { en: "It cannot write: no picture that it learned from had words in it.", zh: "它不会写字：学过的图里没有文字。" },
  },
  {
    id: "not", title: { en: "“without”", zh: "“没有”" }, text: { en: "a house without a door", zh: "没有门的房子" },
    why: { en: "“Without” does not take anything away: captions say what is there. What should not appear goes into the negative prompt.", zh: "“没有”去不掉任何东西：图片说明只写有什么。不想要的东西，写进反向提示词。" },
  },
];

/** The example that this text is, whatever its language. @param {string} text */
export const promptWith = (text) => PROMPTS.find((one) => one.text.en === text || one.text.zh === text) ?? null;
