// Ready prompts. Those with a cause are beyond this model: it draws something, and the page says why
// it is not what was asked for.

/** @typedef {{id: string, title: Named, text: Named, why?: Named}} Prompt */

/** @type {Prompt[]} */
export const PROMPTS = [
  { id: "apple", title: { en: "apple", zh: "苹果" }, text: { en: "a red apple on a blue background", zh: "蓝色背景上的一个红苹果" } },
  { id: "star", title: { en: "star", zh: "星星" }, text: { en: "a yellow star on a purple background", zh: "紫色背景上的一颗黄色的星星" } },
  { id: "balloons", title: { en: "three balloons", zh: "三个气球" }, text: { en: "three red balloons", zh: "三个红色的气球" } },
  { id: "panda", title: { en: "panda", zh: "熊猫" }, text: { en: "a panda", zh: "一只熊猫" } },
  { id: "heart", title: { en: "green heart", zh: "绿色的心" }, text: { en: "a green heart", zh: "一颗绿色的心" } },
  {
    id: "cat", title: { en: "cat and tree", zh: "猫和树" }, text: { en: "a cat beside a tree", zh: "一只猫在树旁边" },
    why: { en: "Two things at once come out as two smudges: this small model has learned single things, and was stopped by the clock.", zh: "两样东西放在一起，就成了两团色块：这个小模型只学好了单个的东西，训练时间也不够。" },
  },
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
