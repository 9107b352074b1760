// Types of lesson mode: a lesson is data, with functions that read off the lab what happened.

interface LessonStep {
  name: Named;
  /** Parts of the lab that the step needs, as web/rooms/lesson-parts.js names them; every other is hidden. */
  needs: string[];
  /** Those of them that would tell the answer: hidden until the experiment runs. */
  covers: string[];
  /** What comes into view when it runs. */
  look: string;
  /** Parts of the page whose own words say what was measured. */
  said: string[];
  /** What the lab is set to when the question is asked, and when the experiment runs. */
  state(lang: Lang): object;
  then?(lang: Lang): object;
  /** The point that is looked at, by its name. */
  choose?: Named;
  todo: Named; ask: Named; answers: Named[]; why: Named; sources: string[];
  enter?(room: any): void;
  run?(room: any): void;
  /** What must be remembered from before the run. */
  before?(room: any): unknown;
  /** Words for what was remembered, put before what the page says now. */
  earlier?(before: any): Named;
  /** The place of the answer that happened, −1 where none of them did; null as long as the lab has not measured it. */
  outcome(room: any, before: any, lang: Lang): number | null;
}
interface LessonScript { id: string; lab: string; title: Named; steps: LessonStep[] }
/** A lab as lesson mode knows it. */
interface LessonLab { definition: LabDefinition<any>; element: HTMLElement; store: Store<any>; room: Room<any> }
/** What lesson mode asks of the page. */
interface LessonHost {
  /** Shows the lab, where it is not on show. */
  show(lab: string): LessonLab;
  /** Says something about a link, in the lab that is on show. */
  say(text: string): void;
  /** The address is the lab's again. */
  leave(focus: boolean): void;
}
/** `ask` before the prediction, `run` while the experiment can be watched, `told` after the reveal. */
type LessonPhase = "ask" | "run" | "told";
interface LessonView {
  script: LessonScript; at: number; phase: LessonPhase; pick: number | null; all: boolean;
  /** The answer that happened, and what the lab says about it. */
  came: number | null; measured: string;
}

// ── a question in a link ──
interface AskedQuestion {
  ask: string; answers: string[];
  /** Place of the right answer; null where none is. */
  right: number | null;
  /** What is told after the reveal. */
  tell: string;
  /** Parts of the lab that stay hidden until then, as web/rooms/lesson-parts.js names them. */
  hide: string[];
}
interface AskedHost { /** The address is the lab's again. */ leave(): void }
