// Ready prompts. Those with a cause are beyond this model: it draws something, and the page says why
// it is not what was asked for.

/** @typedef {{id: string, text: Named, why?: Named}} Prompt */

/** @type {Prompt[]} */
export const PROMPTS = [
  { id: "apple", text: { en: "a red apple on a blue background", zh: "蓝色背景上的一个红苹果" } },
  { id: "cat", text: { en: "a cat beside a tree", zh: "一只猫在树旁边" } },
  { id: "fish", text: { en: "two yellow fish", zh: "两条黄色的鱼" } },
  { id: "moon", text: { en: "a small moon in the upper left corner", zh: "左上角有一个小月亮" } },
  { id: "car", text: { en: "a green car under the sun", zh: "太阳下的一辆绿色汽车" } },
  {
    id: "letters", text: { en: "the word HELLO in red letters", zh: "红色的“你好”两个字" },
    why: { en: "It cannot write: no picture that it learned from had words in it.", zh: "它不会写字：学过的图里没有文字。" },
  },
  {
    id: "not", text: { en: "a house without a door", zh: "没有门的房子" },
    why: { en: "“Without” does not take anything away: captions say what is there. What should not appear goes into the negative prompt.", zh: "“没有”去不掉任何东西：图片说明只写有什么。不想要的东西，写进反向提示词。" },
  },
];

/** The example that this text is, whatever its language. @param {string} text */
export const promptWith = (text) => PROMPTS.find((one) => one.text.en === text || one.text.zh === text) ?? null;
