// Other ways to ask the same question. Fig. 1.2 shows how far the answer depends on the choice.

/** @type {Record<Lang, Wording[]>} */
export const WORDINGS = {
  en: [
    { positive: "happy", negative: "unhappy", template: "I am {} with it." },
    { positive: "pleased", negative: "disappointed", template: "This is a {} review." },
    { positive: "positive", negative: "negative", template: "This is a {} review." },
    { positive: "good", negative: "bad", template: "It was {}." },
    { positive: "great", negative: "terrible", template: "The product is {}." },
    { positive: "recommend", negative: "do not recommend", template: "I {} it." },
    { positive: "love", negative: "hate", template: "I {} this." },
    { positive: "satisfied", negative: "dissatisfied", template: "I am {} with it." },
    { positive: "praise", negative: "a complaint", template: "These words are {}." },
    { positive: "positive", negative: "negative", template: "{}" },
  ],
  zh: [
    { positive: "好评", negative: "差评", template: "这是一条{}。" },
    { positive: "好评", negative: "差评", template: "{}" },
    { positive: "满意", negative: "不满意", template: "我很{}。" },
    { positive: "推荐", negative: "不推荐", template: "我{}大家购买。" },
    { positive: "好", negative: "差", template: "这个东西很{}。" },
    { positive: "喜欢", negative: "讨厌", template: "我{}它。" },
    { positive: "高兴", negative: "失望", template: "顾客感到{}。" },
    { positive: "正面", negative: "负面", template: "这是{}的评价。" },
    { positive: "表扬", negative: "抱怨", template: "这段话是在{}。" },
    { positive: "质量很好", negative: "质量很差", template: "{}" },
  ],
};
