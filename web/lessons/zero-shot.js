// Lesson 2: zero-shot, an answer without training. Which answer happened is read off the score on the page.

import { DEFAULT_ENDS, UNDECIDED } from "../base/constants.js";
import { score } from "../base/format.js";
import { EXAMPLES, PAIRS } from "../rooms/examples.js";
import { SOURCES } from "./sources.js";

const ASKED = { en: "To which end will the score lean?", zh: "得分会偏向哪一端？" };
/** @param {string} id @param {Lang} lang */
const textOf = (id, lang) => EXAMPLES[lang].find((example) => example.id === id)?.text ?? "";
/** The score of what stands in the field now; null while it is worked out. @param {SentimentRoom} room */
function scoreNow(room) {
  const value = room.live.answer?.rows[0]?.score;
  return document.getElementById("live")?.dataset.working === undefined && typeof value === "number" ? value : null;
}
/** Plus end, minus end or neither. @param {SentimentRoom} room */
function lean(room) {
  const value = scoreNow(room);
  return value === null ? null : Math.abs(value) < UNDECIDED ? 2 : value > 0 ? 0 : 1;
}
const LEANS = [{ en: "The plus end", zh: "正的一端" }, { en: "The minus end", zh: "负的一端" }, { en: "Neither: undecided", zh: "都不偏" }];
/** A text under the lab's own ends. @param {string} id @returns {(lang: Lang) => Partial<SentimentState>} */
const withText = (id) => (lang) => ({ text: textOf(id, lang), ...DEFAULT_ENDS[lang], mode: "ends" });
/** @param {string} selector */
function readNumber(selector) {
  const found = document.querySelector(selector)?.textContent?.replace("\u2212", "-").match(/-?\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
}
const live = { needs: ["text", "verdict", "ends"], covers: ["verdict"], look: "#live", said: ["#score", "#word"], outcome: lean, ask: ASKED, answers: LEANS };

/** @type {LessonScript} */
export const zeroShot = {
  id: "zero-shot", lab: "sentiment",
  title: { en: "Zero-shot: an answer without training", zh: "零样本：不训练也能回答" },
  steps: [
    {
      ...live, name: { en: "Two ends", zh: "两端" }, state: withText("headphones"),
      todo: {
        en: "This model was never shown a review with a label. It turns the text and each of the two ends, put into one sentence, into vectors and compares the angles.",
        zh: "这个模型没有见过带标签的评论。它把这段话和套进句子的两端各变成一个向量，再比较夹角。",
      },
      why: {
        en: "The score is one cosine minus another. Nobody taught the model the task; naming the two answers was enough. That is zero-shot classification: the labels are texts, so any pair of phrases makes a new classifier.",
        zh: "得分就是一个余弦减另一个余弦。没有人教过它这个任务，说出两个答案就够了。这就是零样本分类：标签也是文字，所以任意两句话都能组成一个新的分类器。",
      },
      sources: [SOURCES.yin2019, SOURCES.reimers2019],
    },
    {
      ...live, name: { en: "Nothing but distance", zh: "只有远近" }, state: withText("headphones"),
      todo: { en: "The same text. Now the two ends change places.", zh: "还是这段话，现在两端互换。" },
      ask: { en: "What will the score do?", zh: "得分会怎样？" },
      answers: [{ en: "Stay the same", zh: "不变" }, { en: "Change its sign", zh: "正负号反过来" }, { en: "Go to zero", zh: "变成零" }],
      before: scoreNow,
      earlier: (/** @type {number} */ before) => ({ en: `Before ${score(before)}, now`, zh: `互换前 ${score(before)}，现在` }),
      then: (/** @type {Lang} */ lang) => ({ pos: DEFAULT_ENDS[lang].neg, neg: DEFAULT_ENDS[lang].pos }),
      outcome: (/** @type {SentimentRoom} */ room, /** @type {number | null} */ before, /** @type {Lang} */ lang) => {
        const after = room.store.state.pos === DEFAULT_ENDS[lang].neg ? scoreNow(room) : null;
        if (after === null || before === null) return null;
        return Math.abs(after + before) < 1e-4 && Math.abs(after) >= UNDECIDED ? 1 : Math.abs(after) < UNDECIDED ? 2 : 0;
      },
      why: {
        en: "Plus and minus are only the order of the subtraction. The model has no notion of good and bad, no threshold and no class of its own: everything it knows about your question stands in the two phrases.",
        zh: "正和负只是谁减谁。模型没有好坏的概念，没有分界线，也没有自己的类别：它对你的问题的全部了解，就是这两句话。",
      },
      sources: [SOURCES.yin2019],
    },
    {
      needs: ["text", "sweep"], covers: ["sweep"], look: "#fig-sweep", said: ["#sweep-share strong", "#sweep-share .note"],
      name: { en: "The wording decides", zh: "措辞很要紧" }, state: withText("soup"),
      todo: {
        en: "A mixed review this time. Fig. 1.2 asks the same question in ten wordings: pleased or displeased?",
        zh: "这次是一段有好有坏的评论。图 1.2 用十种说法问同一个问题：满意还是不满意？",
      },
      ask: { en: "How far will the ten agree?", zh: "十种说法会有多一致？" },
      answers: [{ en: "All ten say the same", zh: "十种都一样" }, { en: "Seven to nine say the same", zh: "七到九种一样" }, { en: "Six or fewer say the same", zh: "一样的不超过六种" }],
      run: () => {
        const button = document.getElementById("sweep-run"), sweep = document.querySelector("#fig-sweep .sweep");
        // While it works the same button cancels: figures that follow the text may have begun by themselves.
        const works = sweep?.querySelector("progress") || (sweep?.classList.contains("stale") && !button?.parentElement?.querySelector(".note")?.textContent);
        if (button && !button.hidden && !works) button.click();
      },
      outcome: (/** @type {SentimentRoom} */ room) => {
        const share = document.querySelector("#fig-sweep .stale") ? null : readNumber("#sweep-share .big");
        return share === null || !room.live.answer ? null : share === 100 ? 0 : share >= 70 ? 1 : 2;
      },
      why: {
        en: "Each wording is another pair of directions, so each draws another line between the two sides. A clear text lies far from all the lines; a mixed one lies between them. A common remedy is to average over many wordings.",
        zh: "每一种说法是另一对方向，在两边之间划出另一条线。态度分明的话离每条线都远，有好有坏的就夹在中间。常用的办法是把许多种说法平均起来。",
      },
      sources: [SOURCES.radford2021],
    },
    {
      ...live, name: { en: "Not not", zh: "双重否定" }, state: withText("double"),
      todo: { en: "Read the sentence. Its writer was pleased. Now think of the words that it is made of.", zh: "读一读这句话，写的人是满意的。再想想它用了哪些词。" },
      why: {
        en: "A “not” changes the meaning a lot and the vector little, for it is one small word among many. Language models often do badly with negation. Try it: take a “not” away and watch how far the score moves.",
        zh: "一个“不”字让意思大变，向量却变得不多，因为它只是许多字里的一个。语言模型常常处理不好否定。试一试：去掉一个“不”，看看得分动了多少。",
      },
      sources: [SOURCES.ettinger2020],
    },
    {
      ...live, name: { en: "Irony", zh: "反话" }, state: withText("sarcasm"),
      todo: { en: "A complaint in the words of praise.", zh: "用夸奖的词来抱怨。" },
      why: {
        en: "What makes it irony is not in the words: one has to know that nobody wants lost files. Sarcasm is among the best-known limits of sentiment analysis, also for models that were trained on labelled reviews. Fig. 1.1 shows which examples are misread here.",
        zh: "是不是反话，不在字面上：得知道没有人想丢文件。讽刺是情感分析最出名的难题之一，用带标签的评论训练过的模型也一样。图 1.1 列出了这里读错的例子。",
      },
      sources: [SOURCES.joshi2017],
    },
    {
      needs: ["pair"], covers: ["pair"], look: "#fig-pair", said: ["#pair-readings > div:first-child"],
      name: { en: "The same in Chinese", zh: "换成英文再说" },
      state: (/** @type {Lang} */ lang) => ({ ...DEFAULT_ENDS[lang], pairEn: PAIRS[1].en, pairZh: PAIRS[1].zh }),
      todo: { en: "One complaint, in English and in Chinese. A cosine of 1 means the same direction, 0 nothing in common.", zh: "同一句抱怨，中文和英文各一句。余弦是 1 表示方向相同，0 表示毫不相干。" },
      ask: { en: "How large will the cosine between the two be?", zh: "两句之间的余弦有多大？" },
      answers: [{ en: "Above 0.8", zh: "大于 0.8" }, { en: "0.4 to 0.8", zh: "0.4 到 0.8" }, { en: "Below 0.4", zh: "小于 0.4" }],
      outcome: () => {
        const cosine = readNumber("#pair-cosine");
        return cosine === null ? null : cosine > 0.8 ? 0 : cosine >= 0.4 ? 1 : 2;
      },
      why: {
        en: "The encoder was taught to give a sentence and its translation one vector, so a question asked in one language can be answered about a text in another. Look at the two scores as well: near in meaning does not make them equal, as each is measured against its own ends.",
        zh: "训练时要求一句话和它的译文得到同一个向量，所以用一种语言提的问题，也能拿来问另一种语言的文字。再看看两个得分：意思相近，得分也未必相等，因为各自量的是自己那一对端点。",
      },
      sources: [SOURCES.reimers2020],
    },
  ],
};
