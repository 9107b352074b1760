// Numbers and words that decide how the labs behave, in one place.

/** Below this |score| the lab does not name a side. Cosine differences are small: a clear review scores 0.05 with the bundled encoder. */
export const UNDECIDED = 0.005;
/** Half widths that the meters may take; the smallest one that holds every score is used. */
export const SPANS = [0.1, 0.2, 0.5, 1];
/** Rest after the last key before a score is asked for. */
export const TYPING_MILLIS = 150;
/** A score is read out only after the text has rested this long. */
export const ANNOUNCE_MILLIS = 1000;
/**
 * What a text field keeps of a very long paste. Laying out a megabyte in a text area holds a browser
 * up for seconds, and the model reads a few hundred tokens anyway.
 */
export const FIELD_CHARS = 5_000;
/** A paste into the batch longer than this is held like a file instead of being laid out. */
export const BATCH_FIELD_CHARS = 20_000;
/** What is sent of one row of a batch. */
export const SENT_CHARS = 20_000;
/** Above this the text area stops growing and scrolls. */
export const GROW_CHARS = 2_000;
export const BATCH_ROWS = 5_000;
export const BATCH_BYTES = 5_000_000;
export const MAX_LABELS = 12;
/** If one score takes longer than this, figures wait for a click instead of following the text. */
export const FOLLOW_MILLIS = 200;
/** A text this long still fits a link that mail programs keep whole. */
export const LINK_TEXT_CHARS = 2_000;
export const LINK_LABEL_CHARS = 200;
/** Lines of a batch that a link still carries; longer ones stay behind, and the page says so. */
export const LINK_BATCH_CHARS = 3_000;
export const LINK_CHARS = 60_000;

/** @type {Record<Lang, Ends>} */
export const DEFAULT_ENDS = {
  en: { pos: "happy", neg: "unhappy", template: "I am {} with it." },
  zh: { pos: "好评", neg: "差评", template: "这是一条{}。" },
};

/** @type {Record<Lang, string[]>} */
export const DEFAULT_LABELS = {
  en: ["price", "delivery", "quality", "service"],
  zh: ["价格", "物流", "质量", "服务"],
};

/**
 * The bundled models, as their cards say; the rest comes from the loaded model itself. `bytes` is
 * shown before the download starts; the precache list replaces it where there is one.
 * `proof` is the file whose presence says that the model is kept.
 * @type {Record<ModelName, {folder: string, licence: string, bytes: number, proof: string}>}
 */
export const MODELS = {
  encoder: { folder: "models/encoder/", licence: "Apache-2.0", bytes: 11_500_000, proof: "model.safetensors" },
  clip: { folder: "models/clip/", licence: "Apache-2.0", bytes: 8_000_000, proof: "model.safetensors" },
  text2image: { folder: "models/text2image/", licence: "Apache-2.0", bytes: 15_000_000, proof: "unet/diffusion_pytorch_model.safetensors" },
};

/** The lessons' own program: small, and apart from the models' one. `bytes` until the precache list says better. */
export const LESSONS = { folder: "wasm/lessons/", bytes: 900_000, proof: "playground_bg.wasm" };

// ── image–text ──
export const MAX_PICTURES = 200;
export const MAX_PICTURE_LABELS = 50;
/** A file larger than this is not even read. */
export const PICTURE_FILE_BYTES = 64 * 2 ** 20;
/** The slider's ends; the model's own temperature lies between them. */
export const TEMPERATURES = { coldest: 0.001, warmest: 1 };
/** Emoji are drawn this large, in pixels. */
export const EMOJI_PIXELS = 160;
export const MAX_EMOJI = 60;

/** Stands in where the sample sets did not arrive. @type {Record<Lang, string[]>} */
export const DEFAULT_PICTURE_LABELS = {
  en: ["cat", "dog", "flower", "car", "house", "apple"],
  zh: ["猫", "狗", "花", "汽车", "房子", "苹果"],
};
/** The first is what the lab opens with. @type {Record<Lang, string[]>} */
export const PICTURE_TEMPLATES = {
  en: ["a photo of a {}", "a drawing of a {}", "a {}", "{}"],
  zh: ["一张{}的照片", "一幅{}的画", "一个{}", "{}"],
};
/** What the search opens with. @type {Record<Lang, string>} */
export const FIRST_QUERY = { en: "something to eat", zh: "能吃的东西" };

// ── text to image ──
export const PROMPT_CHARS = 1_000;
export const MAX_STEPS = 150;
export const MAX_BATCH = 8;
export const MAX_GUIDANCE = 30;
export const MAX_SEED = 2 ** 32 - 1;
/** Pictures of one X/Y plot. */
export const MAX_CELLS = 36;
/** Frames are kept at most this large; the finished picture keeps its size. */
export const FRAME_PIXELS = 256;
/** Films older than this many runs are let go; their pictures stay. */
export const KEPT_FILMS = 24;
export const MAX_KEPT_PICTURES = 200;
/** If a picture is expected to take longer than this, a recorded run is offered first. */
export const LONG_MILLIS = 60_000;
/** A stated guess for one 64 px pass, used until this machine has been measured. */
export const GUESSED_PASS_MILLIS = { cpu: 160, webgpu: 30 };
export const GUESSED_PREVIEW_MILLIS = { cpu: 15, webgpu: 8 };
