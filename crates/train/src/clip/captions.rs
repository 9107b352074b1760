//! Captions in two languages: the bare name, a sentence around it, or a few keywords.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::data::Concept;

const EN_PHOTO: [&str; 8] = [
    "a photo of a {}",
    "a photo of {}",
    "a picture of a {}",
    "a {} in a photo",
    "a close-up of a {}",
    "this is a {}",
    "a photograph of the {}",
    "an image of {}",
];
const EN_EMOJI: [&str; 9] = [
    "an emoji of {}",
    "a picture of {}",
    "a picture of a {}",
    "a drawing of a {}",
    "an icon of {}",
    "an illustration of {}",
    "the {} emoji",
    "a cartoon {}",
    "a photo of a {}",
];
const ZH_PHOTO: [&str; 7] =
    ["一张{}的照片", "{}的照片", "一张{}的图片", "照片里有{}", "这是{}", "{}的特写", "一幅{}的图像"];
const ZH_EMOJI: [&str; 8] =
    ["{}的表情符号", "一张{}的图片", "{}的图画", "{}的图标", "一幅{}的插画", "卡通{}", "这是{}", "一张{}的照片"];

/// A caption for a picture of a concept.
pub fn caption(concept: &Concept, photo: bool, chinese: bool, rng: &mut StdRng) -> String {
    let (name, words) = if chinese { (&concept.zh, &concept.zh_words) } else { (&concept.en, &concept.en_words) };
    let dice: f32 = rng.random();
    if dice < 0.35 {
        return name.clone();
    }
    if dice < 0.5 && words.len() >= 2 {
        let picked: Vec<&str> = words.choose_multiple(rng, 3).map(String::as_str).collect();
        return picked.join(if chinese { "、" } else { ", " });
    }
    let templates: &[&str] = match (chinese, photo) {
        (false, true) => &EN_PHOTO,
        (false, false) => &EN_EMOJI,
        (true, true) => &ZH_PHOTO,
        (true, false) => &ZH_EMOJI,
    };
    templates.choose(rng).map_or_else(|| name.clone(), |template| template.replace("{}", name))
}
