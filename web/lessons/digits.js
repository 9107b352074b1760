// Lesson 4: teaching a machine to read digits. Which answer happened is read off the run, never assumed.

import { judge } from "../rooms/digits-judge.js";
import { largest, presetOf } from "../rooms/digits-settings.js";
import { SOURCES } from "./sources.js";

/** Epochs after which a run tells what it has to tell: of few digits an epoch is short. */
const TELLING = { few: 40, many: 8 };
/** So far the example of the last step is moved, in pixels. */
const MOVED = 7;
/** Pairs that are offered as answers; any other is the last answer. */
const PAIRS = [[4, 9], [1, 7], [3, 5]];

/** Once it has gone on for long enough. @param {DigitsRoom} room @param {keyof typeof TELLING} of */
const told = ({ run }, of) => (run.phase === "ended" || (run.frame?.now_epoch ?? 0) >= TELLING[of] ? judge(run) : null);
/** The answer that belongs to a verdict. @param {keyof typeof TELLING} of @param {Partial<Record<import("../rooms/digits-judge.js").Verdict, number>>} answers @returns {(room: DigitsRoom) => number | null} */
const byVerdict = (of, answers) => (room) => {
  const judged = told(room, of);
  return judged === null ? null : (answers[judged.verdict] ?? -1);
};

/** The two digits that are taken for each other most often, the smaller first; null where none are. @param {number[][]} matrix @returns {[number, number] | null} */
export function mostMixed(matrix) {
  /** @type {[number, number] | null} */
  let worst = null;
  let most = 0;
  for (let a = 0; a < matrix.length; a++) {
    for (let b = a + 1; b < matrix.length; b++) {
      const both = matrix[a][b] + matrix[b][a];
      if (both > most) [worst, most] = [[a, b], both];
    }
  }
  return worst;
}

const run = {
  /** The digits and a network that knows nothing: nothing is learned before the prediction. @param {DigitsRoom} room */
  enter: ({ run: fit }) => void (fit.phase !== "held" && fit.restart(false)),
  /** @param {DigitsRoom} room */
  run: ({ run: fit }) => fit.restart(true),
  covers: ["run", "readings", "verdict"], said: ["#digits-verdict"], look: "#fig-digits",
};

/** @type {LessonScript} */
export const digits = {
  id: "digits", lab: "digits",
  title: { en: "Teaching a machine to read digits", zh: "教机器认数字" },
  steps: [
    {
      ...run, needs: ["stage"], covers: ["readings", "verdict", "pad", "curves"],
      run: ({ run: fit }) => fit.restart(false),
      name: { en: "Before it learns", zh: "学习之前" },
      state: () => presetOf("good"),
      todo: {
        en: "A network of 64 neurons with random weights. It has seen no digit yet. It is to read 500 of them.",
        zh: "一个有 64 个神经元的网络，权重是随机的，还没有见过任何数字。现在让它认 500 个。",
      },
      ask: { en: "How many will it read right?", zh: "它会认对多少？" },
      answers: [{ en: "None at all", zh: "一个也认不对" }, { en: "About one in ten", zh: "十个里对一个左右" }, { en: "About half", zh: "一半左右" }],
      outcome: (/** @type {DigitsRoom} */ { run: fit }) => {
        const right = fit.history.accuracy.test[0];
        return right === undefined || right === null ? null : right === 0 ? 0 : right < 0.3 ? 1 : -1;
      },
      why: {
        en: "It still has to give one of ten answers, so a guess is right about once in ten. Random weights are not empty: they turn every picture into ten shares, only into wrong ones. Learning means changing these weights a little, again and again, against the loss.",
        zh: "它总要从十个答案里给一个，所以瞎猜也能对十分之一左右。随机的权重不是空的：每张图片都会变成十个份额，只不过是错的。学习，就是一遍又一遍地朝着减小损失的方向，把这些权重改一点点。",
      },
      sources: [SOURCES.rumelhart1986, SOURCES.softmax],
    },
    {
      ...run, needs: ["stage", "pad", "curves", "train"],
      name: { en: "A hundred digits", zh: "一百个数字" },
      state: () => ({ ...presetOf("overfit"), speed: 20 }),
      todo: {
        en: "Now it learns from 100 digits, about ten of each. Another 300 are kept back to check with.",
        zh: "现在让它学 100 个数字，每种大约十个。另外 300 个收起来，用来检验。",
      },
      ask: { en: "After forty epochs, what will it read well?", zh: "四十轮以后，它会认得好哪些？" },
      answers: [
        { en: "Its own digits far better than the others", zh: "学过的远比没见过的好" },
        { en: "All of them about equally well", zh: "全都差不多好" },
        { en: "None of them", zh: "哪些都认不好" },
      ],
      outcome: byVerdict("few", { memorising: 0, good: 1, middling: 1, underfit: 2 }),
      why: {
        en: "It has tens of thousands of weights and 100 pictures to please, so it can learn every one of them by heart, with all the accidents of the pen. What makes a 7 in general, ten examples hardly tell. The distance between the two curves is overfitting.",
        zh: "它有好几万个权重，却只要应付 100 张图片，完全可以连同笔画的偶然一起背下来。至于 7 到底长什么样，十个例子说不清。两条曲线之间的距离，就是过拟合。",
      },
      sources: [SOURCES.capacity],
    },
    {
      ...run, needs: ["stage", "pad", "curves", "train"],
      name: { en: "Two thousand", zh: "两千个" },
      state: () => ({ ...presetOf("good"), speed: 5 }),
      todo: {
        en: "The same network, the same digits to check with. Only now it learns from 2,000.",
        zh: "同一个网络，检验用的也是同一批数字。只是这一次学 2,000 个。",
      },
      ask: { en: "How many of the unseen digits will it read right?", zh: "没见过的数字，它能认对多少？" },
      answers: [{ en: "Fewer than three in four", zh: "不到四分之三" }, { en: "Three in four up to 85%", zh: "四分之三到 85%" }, { en: "More than 85%", zh: "超过 85%" }],
      outcome: (/** @type {DigitsRoom} */ room) => {
        const right = told(room, "many")?.right.validation ?? null;
        return right === null ? null : right < 0.75 ? 0 : right <= 0.85 ? 1 : 2;
      },
      why: {
        en: "With 200 examples of each digit the accidents differ, and what they have in common is left. More data of the same kind is the surest way to better answers on unseen data; where there is none, pictures that are moved, turned or bent a little can stand in for it.",
        zh: "每种数字有了 200 个例子，偶然之处各不相同，留下来的就是它们共有的样子。要让没见过的数据也答得好，最可靠的办法就是更多同样来源的数据；拿不到时，可以把已有的图片移一移、转一转、弯一弯来代替。",
      },
      sources: [SOURCES.capacity, SOURCES.augmentation],
    },
    {
      ...run, needs: ["stage", "pad", "curves", "net", "matrix"], covers: ["run", "readings", "verdict", "matrix"], said: ["#digits-matrix-says"], look: "#fig-digits-matrix",
      name: { en: "What it mixes up", zh: "它会混淆什么" },
      state: () => ({ ...presetOf("good"), net: "none", speed: 5 }),
      todo: {
        en: "Now without a hidden layer: each digit has just one weight for each pixel. Fig. 6.2 counts what it takes for what.",
        zh: "这次不要隐藏层：每个数字对每个像素只有一个权重。图 6.2 会数出它把什么认成了什么。",
      },
      ask: { en: "Which two digits will it take for each other most often?", zh: "哪两个数字最容易互相认错？" },
      answers: [...PAIRS.map(([a, b]) => ({ en: `${a} and ${b}`, zh: `${a} 和 ${b}` })), { en: "Two others", zh: "别的两个" }],
      outcome: (/** @type {DigitsRoom} */ room) => {
        if (!told(room, "many") || !room.run.frame) return null;
        const pair = mostMixed(room.run.frame.matrix);
        if (!pair) return -1;
        const found = PAIRS.findIndex(([a, b]) => a === pair[0] && b === pair[1]);
        return found < 0 ? PAIRS.length : found;
      },
      why: {
        en: "To the network two digits are close when their ink covers the same pixels, whatever they mean. One share of right answers hides that; the matrix shows it. Open a cell and look at its pictures: some of these mistakes a person would make too.",
        zh: "对网络来说，两个数字的墨迹盖住的像素越像，它们就越近，跟意思无关。只看一个准确率，看不出这一点，混淆矩阵看得出。点开一格看看里面的图片：有些换了人也会认错。",
      },
      sources: [SOURCES.lecun1998],
    },
    {
      ...run, needs: ["stage", "pad", "curves", "width"],
      name: { en: "Too narrow", zh: "太窄" },
      state: () => ({ ...presetOf("underfit"), speed: 5 }),
      todo: {
        en: "2,000 digits again, but between picture and answer there are only two neurons: each picture has to pass through two numbers.",
        zh: "又是 2,000 个数字，但图片和答案之间只有两个神经元：每张图片都得先挤成两个数。",
      },
      ask: { en: "What will it read well?", zh: "它会认得好哪些？" },
      answers: [
        { en: "Its own digits far better than the others", zh: "学过的远比没见过的好" },
        { en: "All of them well", zh: "全都认得好" },
        { en: "None of them well, its own included", zh: "都认不好，学过的也一样" },
      ],
      outcome: byVerdict("many", { memorising: 0, good: 1, middling: 1, underfit: 2 }),
      why: {
        en: "Two numbers are too few to keep ten digits apart, so even the digits it learns from stay misread: it underfits. More data or more epochs cannot help much; more neurons can.",
        zh: "两个数不够把十个数字分开，所以连学过的也认不好，这就是欠拟合。数据再多、轮数再多也帮不了多少，神经元多一些才有用。",
      },
      sources: [SOURCES.capacity],
    },
    {
      ...run, needs: ["stage", "pad", "curves"], covers: ["run", "readings", "verdict", "curves"], said: ["#digits-says"],
      name: { en: "Out of place", zh: "放错了地方" },
      state: () => ({ ...presetOf("good"), speed: 5, example: 0 }),
      then: () => ({ dx: MOVED, centred: false }),
      todo: {
        en: `64 neurons and 2,000 digits, all of them centred. Then the example on the pad is moved ${MOVED} pixels to the right, and not centred again.`,
        zh: `64 个神经元，2,000 个数字，全都居中。然后把板上的例子向右移 ${MOVED} 个像素，不再居中。`,
      },
      ask: { en: "Will the trained network still read it?", zh: "训练好的网络还认得出来吗？" },
      answers: [{ en: "Yes, a digit is a digit wherever it lies", zh: "认得出，放在哪里都是那个数字" }, { en: "No, it will read another digit", zh: "认不出，会认成别的数字" }],
      outcome: (/** @type {DigitsRoom} */ room) => {
        const { label, reading } = room.pad;
        return !told(room, "many") || label === null || !reading ? null : largest(reading.probabilities) === label ? 0 : 1;
      },
      why: {
        en: "Each weight of a dense layer belongs to one pixel. What it has learned about a stroke in the middle says nothing about the same stroke farther right. MNIST’s digits are therefore centred by their mass, and convolutional networks use the same small weights everywhere in the picture. Tick the box under the pad and the digit is centred again.",
        zh: "全连接层的每个权重只管一个像素。它在中间学到的笔画，换到右边就不管用了。所以 MNIST 的数字都按重心居中，而卷积网络让同一组小权重走遍整张图片。勾上手写板旁边的“先居中”，数字就又回到中间了。",
      },
      sources: [SOURCES.lecun1998],
    },
  ],
};
