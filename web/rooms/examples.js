// Ready sentences. `meant` is what the writer meant; whether the model misreads it is worked out
// from the live score. `misread` says why it may be misread, and is shown only when it is.

/** @typedef {"positive" | "negative" | "mixed"} Side */
/** @typedef {{id: string, text: string, meant: Side, misread?: {en: string, zh: string}}} Example */

const DOUBLE_NEGATIVE = {
  en: "A double negative uses the words of one side to mean the other, and distance alone cannot tell.",
  zh: "双重否定用一边的词表达另一边的意思，只看距离分不清。",
};
const SARCASM = {
  en: "Sarcasm praises in words and complains in meaning; the model only has the words.",
  zh: "反话字面是夸、本意是抱怨，而模型只有字面。",
};
const MIXED = {
  en: "The text says both; one arrow for the whole has to settle somewhere.",
  zh: "一段话说了两面，而整段只有一支箭头，总会偏向一边。",
};

/** @type {Record<Lang, Example[]>} */
export const EXAMPLES = {
  en: [
    { id: "soup", text: "The soup came cold, but the waiter was so kind that we stayed for dessert.", meant: "positive", misread: MIXED },
    { id: "headphones", text: "Best headphones I have ever owned.", meant: "positive" },
    { id: "laptop", text: "Arrived in a day, beautifully made, and the screen is a joy to look at.", meant: "positive" },
    { id: "hinge", text: "The hinge broke on day two and nobody answers my messages.", meant: "negative" },
    { id: "price", text: "They dropped the price a week after I paid. Not recommended.", meant: "negative" },
    { id: "double", text: "I can't say I didn't enjoy it.", meant: "positive", misread: DOUBLE_NEGATIVE },
    { id: "sarcasm", text: "Great, another update that deletes my files. Just what I wanted.", meant: "negative", misread: SARCASM },
  ],
  zh: [
    { id: "silver", text: "买的银色版真的很好看，一天就到了，晚上就开始拿起来完系统很丝滑流畅，做工扎实，手感细腻，很精致哦苹果一如既往的好品质", meant: "positive" },
    { id: "price", text: "降价厉害，保价不合理，不推荐", meant: "negative" },
    { id: "soup", text: "汤端上来已经凉了，不过服务员很热心，面也好吃。", meant: "positive", misread: MIXED },
    { id: "headphones", text: "戴过的耳机里最好的一副，音质很棒。", meant: "positive" },
    { id: "hinge", text: "用了两天铰链就断了，客服也不回消息。", meant: "negative" },
    { id: "double", text: "不能说不好吃，我连汤都喝完了。", meant: "positive", misread: DOUBLE_NEGATIVE },
    { id: "sarcasm", text: "真棒，更新完文件又全没了，太贴心了。", meant: "negative", misread: SARCASM },
  ],
};

/** What the lab opens with. @param {Lang} lang */
export const firstText = (lang) => EXAMPLES[lang][0].text;

/** Every text the page itself has put into the field: only these are swapped with the language. @param {string} text */
export function sampleIn(text) {
  for (const lang of /** @type {Lang[]} */ (["en", "zh"])) {
    const at = EXAMPLES[lang].findIndex((example) => example.text === text);
    if (at >= 0) return EXAMPLES[lang][at].id;
  }
  return null;
}

/** @type {{en: string, zh: string}[]} */
export const PAIRS = [
  { en: "The delivery was fast and the quality is excellent.", zh: "送货很快，质量非常好。" },
  { en: "The room was dirty and the staff were rude.", zh: "房间很脏，服务员态度也很差。" },
  { en: "It works, nothing more to say.", zh: "能用，没什么好说的。" },
  { en: "I can't say I didn't enjoy it.", zh: "不能说我不喜欢。" },
];

/** Small labelled tables for Fig. 1.4. @type {Record<Lang, string>} */
export const SAMPLE_TABLE = {
  en: `text,label
"The screen is bright and sharp, I love it.",positive
Stopped charging after a week.,negative
"Soft, warm and the colour is exactly as shown.",positive
The food was cold and the bill was wrong.,negative
"Friendly staff, clean room, quiet street.",positive
"Too expensive for what it is.",negative
A gift for my mother and she smiles every time she uses it.,positive
"The seams came apart in the first wash.",negative
Not bad at all.,positive
"Well, that was a waste of an evening.",negative
"Quick reply, and the spare part was free.",positive
The app crashes whenever I open the camera.,negative
`,
  zh: `text,label
屏幕又亮又清楚，很喜欢。,好评
用了一周就充不进电了。,差评
料子柔软，颜色和图片一样。,好评
菜是凉的，账也算错了。,差评
服务员很热情，房间干净安静。,好评
太贵了，不值这个价。,差评
送给妈妈的，她每次用都笑。,好评
洗了一次就开线了。,差评
还真不赖。,好评
浪费了一个晚上。,差评
回复很快，配件还免费寄来了。,好评
一打开相机就闪退。,差评
`,
};
