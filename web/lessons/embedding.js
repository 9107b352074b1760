// Lesson 1: what an embedding is. Which answer happened is worked out from the vectors on the page.

import { percent } from "../base/format.js";
import { nearest, nearestOnMap, pairsOf } from "../rooms/map-numbers.js";
import { dot } from "../rooms/similarity.js";
import { SOURCES } from "./sources.js";

/** So many true neighbours the lab lists, and the third question counts. */
const NEAR = 6;
/** Two shares of kept neighbours closer than this are the same. */
const SAME = 0.02;
/** A point has moved when it lies this share of the map's width from where it was. */
const MOVED = 0.15;

/** @param {MapRoom} room @param {string} name */
const pointCalled = ({ content }, name) => content.points.findIndex((point) => point.name === name);

/** Which of some words lies nearest to another, as its place among them. @param {MapRoom} room @param {string} word @param {string[]} others */
function nearestOf(room, word, others) {
  const from = pointCalled(room, word), to = others.map((name) => pointCalled(room, name));
  if (!room.vectors || from < 0 || to.includes(-1)) return null;
  const cosines = to.map((at) => dot(room.unit(from), room.unit(at)));
  return cosines.indexOf(Math.max(...cosines));
}

/** The finished map of a method; null while it moves. @param {MapRoom} room @param {Projection} method */
const finished = ({ layout, work }, method) => (layout?.method === method && layout.answer && !work ? layout : null);

/** Each coordinate as a share of the map's width or height. @param {Float32Array} positions */
function asShares(positions) {
  const ends = [0, 1].map((axis) => {
    const values = positions.filter((_, at) => at % 2 === axis);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return { low, width: high - low || 1 };
  });
  return positions.map((value, at) => (value - ends[at % 2].low) / ends[at % 2].width);
}
/** Share of the points that lie elsewhere than before. @param {Float32Array} before @param {Float32Array} after */
function movedShare(before, after) {
  const a = asShares(before), b = asShares(after), count = a.length / 2;
  let moved = 0;
  for (let at = 0; at < count; at++) moved += Number(Math.hypot(a[2 * at] - b[2 * at], a[2 * at + 1] - b[2 * at + 1]) > MOVED);
  return moved / count;
}

const WORDS = { source: "words", method: "pca", colour: "group" };
const TSNE = { ...WORDS, method: "tsne", perplexity: 15, steps: 500, seed: 1 };
const DOG = { en: "dog", zh: "狗" };
const DOG_OTHERS = { en: ["cat", "狗", "car"], zh: ["猫", "dog", "汽车"] };
const SUM = { en: { a: "king", b: "man", c: "woman" }, zh: { a: "国王", b: "男人", c: "女人" } };

/** @type {LessonScript} */
export const embedding = {
  id: "embedding", lab: "map",
  title: { en: "What is an embedding?", zh: "什么是嵌入（embedding）？" },
  steps: [
    {
      needs: ["map", "inside"], covers: ["inside", "near"], look: "#map-inside", said: ["#map-near .top button", "#map-near .top .val"],
      name: { en: "A word becomes numbers", zh: "词变成数" },
      state: () => WORDS, choose: DOG,
      todo: {
        en: "The model has turned 80 words into 384 numbers each: that list of numbers is the word’s embedding. The lab will draw them as stripes.",
        zh: "模型把 80 个词各变成了 384 个数，这一串数就是词的嵌入。实验里会把它们画成条纹。",
      },
      ask: { en: "Whose numbers are most like those of “dog”?", zh: "哪个词的那串数和“狗”最像？" },
      answers: [{ en: "cat", zh: "猫" }, { en: "狗, the same in Chinese", zh: "dog，同一个词的英文" }, { en: "car", zh: "汽车" }],
      outcome: (/** @type {MapRoom} */ room, /** @type {unknown} */ _, /** @type {Lang} */ lang) => nearestOf(room, DOG[lang], DOG_OTHERS[lang]),
      why: {
        en: "No single number means anything. What counts is how far two lists point the same way: the cosine of the angle between them, 1 for the same direction. Spelling plays hardly any part; the model learned from sentences and their translations.",
        zh: "单独一个数没有含义，要看两串数的方向有多一致：也就是夹角的余弦，方向相同时是 1。字形几乎不起作用；模型是从句子和它们的译文里学来的。",
      },
      sources: [SOURCES.bengio2003, SOURCES.reimers2020],
    },
    {
      needs: ["pairs"], covers: ["pairs"], look: "#fig-pairs", said: ["#map-mutual"],
      name: { en: "Two languages, one space", zh: "两种语言，一个空间" },
      state: () => WORDS,
      todo: {
        en: "40 of the 80 words are English, 40 are their Chinese translations. A pair has found each other if each is the other’s nearest word in the other language.",
        zh: "80 个词里，40 个是英文，40 个是它们的中文。如果两个词都是对方在另一种语言里最近的词，就算互相找到了。",
      },
      ask: { en: "How many of the 40 pairs will find each other?", zh: "40 对里有多少对会互相找到？" },
      answers: [{ en: "Fewer than 10", zh: "不到 10 对" }, { en: "10 to 29", zh: "10 到 29 对" }, { en: "30 or more", zh: "30 对以上" }],
      outcome: (/** @type {MapRoom} */ room) => {
        if (!room.vectors || !room.content.links.length) return null;
        const found = pairsOf(room.content.links, room.unit).filter(({ mutual }) => mutual).length;
        return found < 10 ? 0 : found < 30 ? 1 : 2;
      },
      why: {
        en: "A multilingual encoder can be taught by example: the vector of a translation should be the vector of the original. Then meaning decides the direction, whatever the language. The pairs that miss are listed first; look for rare words and words with two meanings.",
        zh: "多语言编码器可以这样教：译文的向量要和原文的一样。于是方向由意思决定，和语言无关。没有找到彼此的词排在最前，看看是不是少见的词和一词多义。",
      },
      sources: [SOURCES.reimers2020, SOURCES.reimers2019],
    },
    {
      needs: ["map", "near"], covers: ["near"], look: "#fig-near", said: ["#map-near-note"],
      name: { en: "The map is not the space", zh: "地图不是空间" },
      state: () => WORDS, choose: { en: "mother", zh: "母亲" },
      todo: {
        en: "A screen has two dimensions, the vectors have 384. PCA turns the cloud until its widest side faces you, and drops the rest.",
        zh: "屏幕只有 2 维，向量有 384 维。PCA 转动这团点，让最宽的一面朝向你，其余的扔掉。",
      },
      ask: { en: "Of the six words truly nearest to “mother”, how many are among the six nearest on the map?", zh: "真正离“母亲”最近的六个词里，有几个在图上也是最近的六个之一？" },
      answers: [{ en: "All six", zh: "六个都是" }, { en: "Some of them", zh: "一部分" }, { en: "None", zh: "一个也不是" }],
      outcome: (/** @type {MapRoom} */ room, /** @type {unknown} */ _, /** @type {Lang} */ lang) => {
        const at = pointCalled(room, lang === "zh" ? "母亲" : "mother"), map = finished(room, "pca");
        if (!room.vectors || !map || at < 0) return null;
        const onMap = new Set(nearestOnMap(map.positions, at, NEAR));
        const kept = nearest(room.unit(at), room.content.points.length, room.unit, { most: NEAR, without: (one) => one === at }).filter((one) => onMap.has(one.at)).length;
        return kept === NEAR ? 0 : kept ? 1 : 2;
      },
      why: {
        en: "Two points that lie behind one another in 384 dimensions fall on the same spot of the shadow. So a neighbour on the map is a question, not an answer: the list below the map answers it. Click other words and compare.",
        zh: "在 384 维里一前一后的两个点，影子会落在同一处。所以图上的邻居只是一个问题，答案在地图下面的列表里。点点别的词，比一比。",
      },
      sources: [SOURCES.pearson1901],
    },
    {
      needs: ["map", "method", "readings"], covers: [], look: "#fig-map", said: [".map-readings > div:first-child"],
      name: { en: "Another projection", zh: "换一种投影" },
      state: () => WORDS,
      todo: {
        en: "This is PCA again, with the share of neighbours it kept below it. t-SNE does not keep directions; it moves the points until neighbours stay together.",
        zh: "还是 PCA，下面写着它保留了多少邻居。t-SNE 不管方向，它移动各点，让邻居待在一起。",
      },
      ask: { en: "Which keeps more of the ten nearest neighbours?", zh: "最近的十个邻居，谁保留得多？" },
      answers: [{ en: "PCA", zh: "PCA" }, { en: "t-SNE", zh: "t-SNE" }, { en: "About the same", zh: "差不多" }],
      before: (/** @type {MapRoom} */ room) => finished(room, "pca")?.answer?.kept ?? null,
      then: () => TSNE,
      earlier: (/** @type {number} */ before) => ({ en: `PCA kept ${percent(before)}, t-SNE:`, zh: `PCA 保留了 ${percent(before)}，t-SNE：` }),
      outcome: (/** @type {MapRoom} */ room, /** @type {number | null} */ before) => {
        const kept = finished(room, "tsne")?.answer?.kept ?? null;
        return kept === null || before === null ? null : Math.abs(kept - before) < SAME ? 2 : kept < before ? 0 : 1;
      },
      why: {
        en: "t-SNE was made for this: it turns distances into chances of being neighbours and makes the map’s chances resemble them. The price is everything else. How large a group looks and how far apart two groups lie says little.",
        zh: "t-SNE 就是为此设计的：它把距离换成互为邻居的概率，再让图上的概率与之相像。代价是别的都顾不上：一团有多大、两团隔多远，说明不了什么。",
      },
      sources: [SOURCES.maaten2008, SOURCES.wattenberg2016],
    },
    {
      needs: ["map", "method", "readings", "knobs"], covers: ["knobs"], look: "#fig-map", said: [".map-readings > div:first-child"],
      name: { en: "Another seed", zh: "换个种子" },
      state: () => TSNE,
      todo: {
        en: "A t-SNE map begins with chance. The same words will be laid out once more, from another seed.",
        zh: "t-SNE 的图从随机开始。同样的词，换一个种子再铺一次。",
      },
      ask: { en: "Will the groups lie where they lay before?", zh: "各组还会在原来的地方吗？" },
      answers: [{ en: "Yes, most points stay where they are", zh: "会，多数点待在原处" }, { en: "No, most points lie elsewhere", zh: "不会，多数点换了地方" }],
      before: (/** @type {MapRoom} */ room) => {
        const map = finished(room, "tsne");
        return map && { positions: map.positions.slice(), seed: room.store.state.seed };
      },
      then: () => ({ ...TSNE, seed: 42 }),
      outcome: (/** @type {MapRoom} */ room, /** @type {{positions: Float32Array} | null} */ before) => {
        const map = finished(room, "tsne");
        if (!map || !before || map.positions.length !== before.positions.length || map.positions.every((value, at) => value === before.positions[at])) return null;
        return movedShare(before.positions, map.positions) < 0.5 ? 0 : 1;
      },
      why: {
        en: "Left and right, up and down mean nothing on such a map; only who is next to whom may. Before you read anything into a picture, try other seeds and other perplexities, and keep what stays.",
        zh: "这种图上，左右上下没有意义，有意义的至多是谁挨着谁。想从图里看出什么之前，多换几个种子和困惑度，一直都在的才可信。",
      },
      sources: [SOURCES.wattenberg2016],
    },
    {
      needs: ["sum"], covers: ["sum"], look: "#fig-sum", said: ["#map-sum-says", "#fig-sum .note:last-child"],
      name: { en: "Arithmetic with meaning", zh: "词义的加减" },
      state: (/** @type {Lang} */ lang) => ({ ...WORDS, ...SUM[lang] }),
      todo: {
        en: "Lists of numbers can be added. The lab takes “king”, takes “man” away and adds “woman”.",
        zh: "一串串数可以加减。实验用“国王”减去“男人”，再加上“女人”。",
      },
      ask: { en: "Which word will lie nearest to the result?", zh: "离结果最近的是哪个词？" },
      answers: [{ en: "queen, in either language", zh: "女王，或英文的 queen" }, { en: "Another word for a person", zh: "另一个表示人的词" }, { en: "Something else", zh: "别的词" }],
      outcome: (/** @type {MapRoom} */ room, /** @type {unknown} */ _, /** @type {Lang} */ lang) => {
        const { a, b, c } = room.store.state, asked = SUM[lang];
        const name = document.querySelector("#map-sum .top bdi")?.textContent ?? "";
        const at = pointCalled(room, name);
        if (a !== asked.a || b !== asked.b || c !== asked.c || at < 0) return null;
        const people = room.content.points[pointCalled(room, "queen")]?.group;
        return name === "queen" || name === "女王" ? 0 : room.content.points[at].group === people ? 1 : 2;
      },
      why: {
        en: "Mikolov and others found such sums in word vectors in 2013. They are less magic than they look: the three words themselves are left out of the answer, or “king” would often win, and many sums fail. Try the others, and some of your own.",
        zh: "2013 年，Mikolov 等人在词向量里发现了这样的加减。它没有看上去那么神奇：三个词自己不参加，不然赢的往往就是“国王”；不成立的加减也很多。试试另外几个，再写几个自己的。",
      },
      sources: [SOURCES.mikolov2013, SOURCES.linzen2016],
    },
  ],
};
