// Lesson 3: overfitting, and how to stop it. Which answer happened is read off the run, never assumed.

import { judge } from "../rooms/overfit-judge.js";
import { presetOf } from "../rooms/overfit-settings.js";
import { SOURCES } from "./sources.js";

/** Epochs after which a run tells what it has to tell. */
const TELLING = 400;
/** A loss that ends so many times above its lowest has risen. */
const RISEN = 1.1;
/** The most supple model of the lab's three settings; each step changes one thing about it. */
const SUPPLE = presetOf("regression", "overfit");

/** What the run says, once it has gone on for long enough. @param {OverfitRoom} room */
function verdict({ run }) {
  const judged = judge(run);
  return run.phase === "ended" || judged.epoch >= TELLING ? judged.verdict : null;
}
/** The answer that belongs to a verdict. @param {Partial<Record<import("../rooms/overfit-judge.js").Verdict, number>>} answers @returns {(room: OverfitRoom) => number | null} */
const byVerdict = (answers) => (room) => {
  const said = verdict(room);
  return said === null ? null : (answers[said] ?? -1);
};
/** @param {(number | null)[]} values */
function rose(values) {
  const known = values.filter((value) => value !== null);
  return known.length > 0 && known[known.length - 1] > Math.min(...known) * RISEN;
}
/** A number that stands in a part of the page; null where there is none. @param {string} selector */
function readNumber(selector) {
  const found = document.querySelector(selector)?.textContent?.match(/\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
}

const run = {
  /** The points without a model: nothing runs before the prediction. @param {OverfitRoom} room */
  enter: ({ run: fit }) => void (fit.phase !== "held" && fit.restart(false)),
  /** @param {OverfitRoom} room */
  run: ({ run: fit }) => fit.restart(true),
  covers: ["run"], said: ["#overfit-verdict"], look: "#fig-overfit",
};

/** @type {LessonScript} */
export const overfitting = {
  id: "overfitting", lab: "overfit",
  title: { en: "Overfitting, and how to stop it", zh: "过拟合，以及怎样防止它" },
  steps: [
    {
      ...run, needs: ["stage", "run", "degree"],
      name: { en: "Too simple", zh: "太简单" },
      state: () => presetOf("regression", "underfit"),
      todo: {
        en: "The points come from a wave with some noise. A straight line is to learn them. It sees the training points only; validation and test points are kept back.",
        zh: "这些点取自一条波浪线，加了一点噪声。让一条直线来学。它只看得到训练点，验证点和测试点先收着。",
      },
      ask: { en: "After a few hundred epochs, where will the line do well?", zh: "训练几百轮以后，这条直线在哪里做得好？" },
      answers: [
        { en: "Nowhere, not even on its own points", zh: "哪里都不好，连自己的点也是" },
        { en: "On its own points, not on the others", zh: "自己的点上好，别的点上不好" },
        { en: "Everywhere", zh: "哪里都好" },
      ],
      outcome: byVerdict({ underfit: 0, memorising: 1, gap: 1, good: 2 }),
      why: {
        en: "A line cannot bend, so no amount of training makes it a wave. A model that misses even its own points underfits: its capacity is too small for the task.",
        zh: "直线不会弯，练多久也成不了波浪。连自己的训练点都学不好，就是欠拟合：模型的容量对这个任务来说太小。",
      },
      sources: [SOURCES.capacity],
    },
    {
      ...run, needs: ["stage", "run", "degree"],
      name: { en: "Too supple", zh: "太灵活" },
      state: () => SUPPLE,
      todo: {
        en: "The same points, and a polynomial of degree 18: enough bends for nearly every training point.",
        zh: "还是这些点，换成 18 次多项式：弯多得几乎够穿过每一个训练点。",
      },
      ask: { en: "Which curve will fall at first and then rise?", zh: "哪条曲线会先降后升？" },
      answers: [{ en: "The training loss", zh: "训练损失" }, { en: "The validation loss", zh: "验证损失" }, { en: "Neither", zh: "都不会" }],
      outcome: (/** @type {OverfitRoom} */ room) => (verdict(room) === null ? null : rose(room.run.history.validation) ? 1 : rose(room.run.history.train) ? 0 : 2),
      why: {
        en: "Training lowers the training loss, so that curve keeps falling. The validation points take no part in it: once the model bends towards the noise of its own points, it moves away from theirs. The growing gap between the two is overfitting.",
        zh: "训练要降低的就是训练损失，所以那条线一直往下走。验证点不参与训练：模型开始迁就自己那些点的噪声时，离验证点就远了。两条线之间越来越大的差距，就是过拟合。",
      },
      sources: [SOURCES.capacity],
    },
    {
      needs: ["stage", "run", "degree", "capacity"], covers: ["run", "capacity"], said: ["#fig-capacity > div > p.note"], look: "#fig-capacity",
      enter: run.enter, run: run.run,
      name: { en: "In between", zh: "刚刚好" },
      state: () => presetOf("regression", "good"),
      todo: {
        en: "Fig. 4.2 will solve every degree from 0 to 20 exactly, on the same points. After that, click a degree to try it.",
        zh: "图 4.2 会在同样的点上把 0 到 20 次逐一解出来。出来以后，点一个次数就能试。",
      },
      ask: { en: "At which degree will the validation error be lowest?", zh: "验证误差在哪个次数最低？" },
      answers: [{ en: "0 to 2: the simplest", zh: "0 到 2 次：最简单的" }, { en: "3 to 9: somewhere between", zh: "3 到 9 次：中间" }, { en: "10 to 20: the most supple", zh: "10 到 20 次：最灵活的" }],
      outcome: () => {
        const best = readNumber("#fig-capacity > div > p.note");
        return best === null ? null : best < 3 ? 0 : best < 10 ? 1 : 2;
      },
      why: {
        en: "The training error of the exact fits never rises with the degree, because each degree contains all lower ones. The validation error makes a U, a bumpy one with so few points: left of its lowest point the models underfit, right of it they overfit. Validation points are there to choose by; what the choice is worth, the test points tell.",
        zh: "精确解的训练误差不会随次数上升，因为高次的模型把低次的都包含在内。验证误差则像一个 U，点少，所以有起伏：最低点左边欠拟合，右边过拟合。验证点用来做选择，选得值不值，要看测试点。",
      },
      sources: [SOURCES.capacity],
    },
    {
      ...run, needs: ["stage", "run", "count"],
      name: { en: "More data", zh: "更多数据" },
      state: () => ({ ...SUPPLE, count: 400 }),
      todo: {
        en: "Back to degree 18, but with 400 points in place of 40. Nothing else has changed.",
        zh: "回到 18 次，但点从 40 个变成 400 个。别的都没有变。",
      },
      ask: { en: "What will the validation loss do now?", zh: "这一次验证损失会怎样？" },
      answers: [{ en: "Stay close to the training loss", zh: "一直贴着训练损失" }, { en: "Part from the training loss, as before", zh: "和上次一样，与训练损失分道扬镳" }, { en: "Stay high, like the training loss", zh: "和训练损失一起居高不下" }],
      outcome: byVerdict({ good: 0, memorising: 1, gap: 1, underfit: 2 }),
      why: {
        en: "Whether a model is too supple depends on how many points hold it. With more of them, bending towards one means missing its neighbours, so the noise averages out. More data of the same kind is the surest remedy, where it can be had.",
        zh: "模型算不算太灵活，要看有多少点约束它。点多了，迁就一个就会错过旁边的几个，噪声就相互抵消了。只要拿得到，更多同样来源的数据是最可靠的办法。",
      },
      sources: [SOURCES.capacity],
    },
    {
      ...run, needs: ["stage", "run", "l2"],
      name: { en: "A price on weights", zh: "惩罚大权重" },
      state: () => ({ ...SUPPLE, l2: 0.1 }),
      todo: {
        en: "Degree 18 and 40 points again. Now large weights cost something: the L2 penalty adds their squares to the loss.",
        zh: "又是 18 次和 40 个点。这次大的权重要付代价：L2 惩罚把权重的平方加进损失里。",
      },
      ask: { en: "How will the validation loss end?", zh: "验证损失最后会怎样？" },
      answers: [{ en: "Far above the training loss", zh: "远高于训练损失" }, { en: "High, because nothing can be learned", zh: "很高，因为什么也学不成" }, { en: "Not far from the training loss", zh: "离训练损失不远" }],
      outcome: byVerdict({ memorising: 0, gap: 0, underfit: 1, good: 2 }),
      why: {
        en: "Wild bends need large weights. The penalty makes them dear, so the model bends only where that lowers the loss enough. The best training loss gets a little worse in exchange. Turn the slider: too small a penalty does nothing, too large a one makes the model underfit.",
        zh: "剧烈的弯曲要靠大的权重。惩罚让它们变贵，模型只在划算的地方才弯；代价是最好的训练损失会差一点。拧一拧滑块：惩罚太小不起作用，太大又会欠拟合。",
      },
      sources: [SOURCES.penalties, SOURCES.hoerl1970],
    },
    {
      ...run, needs: ["stage", "run", "patience"],
      name: { en: "Stopping early", zh: "早停" },
      state: () => ({ ...SUPPLE, patience: 50 }),
      todo: {
        en: "No penalty now, but patience: when the validation loss has found no new low for 50 epochs, training ends.",
        zh: "这次没有惩罚，但有耐心：验证损失 50 轮没有再创新低，训练就停。",
      },
      ask: { en: "Which model is kept?", zh: "留下来的是哪个模型？" },
      answers: [{ en: "The one of the lowest validation loss", zh: "验证损失最低那一轮的" }, { en: "The one of the last epoch", zh: "最后一轮的" }, { en: "The one of the lowest training loss", zh: "训练损失最低那一轮的" }],
      outcome: (/** @type {OverfitRoom} */ { run: { frame, history } }) => {
        if (frame?.ended !== "patience") return null;
        const lowest = (/** @type {(number | null)[]} */ values) => history.epochs[values.indexOf(Math.min(...values.filter((value) => value !== null)))];
        return frame.best_epoch === lowest(history.validation) ? 0 : frame.best_epoch === lowest(history.train) ? 2 : frame.best_epoch === history.epochs.at(-1) ? 1 : -1;
      },
      why: {
        en: "Early stopping costs nothing but a few validation points: it goes back to the weights of the best epoch. The curve is bumpy, so one bad epoch proves little; that is what the patience is for. How much patience is best differs from task to task.",
        zh: "早停只花掉几个验证点：它退回到最好那一轮的权重。曲线有起伏，一轮变差说明不了什么，所以才要耐心。耐心多长最好，每个任务都不一样。",
      },
      sources: [SOURCES.prechelt1998, SOURCES.stopping],
    },
    {
      needs: ["spread"], covers: ["spread"], said: ["#overfit-parts", "#fig-spread .beside-bands p.note"], look: "#fig-spread",
      name: { en: "Bias and variance", zh: "偏差与方差" }, enter: run.enter,
      state: () => ({ ...SUPPLE, degree: 5 }),
      todo: {
        en: "Fig. 4.4 fits degree 5 eighty times, each time to fresh points of the same wave. Bias is what is off on average; variance is how far single fits scatter.",
        zh: "图 4.4 用 5 次多项式拟合八十遍，每一遍都从同一条波浪取新的点。平均下来偏了多少是偏差，各遍之间散得多开是方差。",
      },
      ask: { en: "Which will be the larger part of its error?", zh: "它的误差里，哪一部分更大？" },
      answers: [{ en: "Bias", zh: "偏差" }, { en: "Variance", zh: "方差" }],
      outcome: () => {
        const [bias, variance] = [...document.querySelectorAll("#overfit-parts dd")].map(({ textContent }) => amount(textContent ?? ""));
        return bias === undefined || variance === undefined || Number.isNaN(bias + variance) ? null : variance > bias ? 1 : 0;
      },
      why: {
        en: "For squared error, the expected error is bias² + variance + noise. A supple model is right on average but swings with every sample; a stiff one is steady and wrong. Set the degree to 1 and watch the parts change places. Penalty and early stopping give a little bias for less variance; more data mainly lowers the variance.",
        zh: "用平方误差时，期望误差 = 偏差² + 方差 + 噪声。灵活的模型平均起来是对的，但每换一批点就摇摆；死板的模型很稳，却稳稳地错。把次数调到 1，看两部分怎样换位置。惩罚和早停是用一点偏差换更小的方差；更多数据主要降低方差。",
      },
      sources: [SOURCES.geman1992, SOURCES.tradeOff],
    },
  ],
};

/** A printed loss as a number: "0.12", "< 0.0001", "1.2 × 10³". @param {string} text */
function amount(text) {
  const [, digits, power] = /([\d.]+)(?: × 10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?/.exec(text) ?? [];
  return digits === undefined ? NaN : Number(digits) * 10 ** Number([...(power ?? "")].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)).join("") || 0);
}
