"""Captions of composed scenes, English and Chinese: exact about what is drawn, silent about the rest."""

import random

COLOURS = {
    "red": ((220, 40, 45), "红"),
    "orange": ((245, 135, 30), "橙"),
    "yellow": ((250, 212, 50), "黄"),
    "green": ((60, 165, 75), "绿"),
    "blue": ((45, 110, 220), "蓝"),
    "purple": ((135, 70, 190), "紫"),
    "pink": ((246, 150, 192), "粉"),
    "brown": ((130, 85, 50), "棕"),
    "black": ((25, 25, 28), "黑"),
    "white": ((255, 255, 255), "白"),
    "grey": ((150, 152, 156), "灰"),
}
EN_NUMBERS = {2: "two", 3: "three", 4: "four"}
ZH_NUMBERS = {2: "两", 3: "三", 4: "四"}
EN_STYLES = {
    "fluent_3d": ["3D style", "3D"],
    "fluent_flat": ["flat style", "flat design"],
    "noto": ["Noto style", "Noto"],
}
ZH_STYLES = {
    "fluent_3d": ["3D风格", "立体风格"],
    "fluent_flat": ["扁平风格", "平面风格"],
    "noto": ["Noto风格", "Noto"],
}
SAME_PLURAL = {"sheep", "fish", "deer", "shrimp", "corn", "bread", "rice", "milk", "coffee", "tea", "beer", "popcorn", "chocolate", "cheese"}
PLURALS = {"mouse": "mice", "wolf": "wolves", "knife": "knives", "tooth": "teeth", "woman": "women", "man": "men"}
NO_ARTICLE = {"corn", "bread", "rice", "milk", "coffee", "tea", "beer", "popcorn", "chocolate", "cheese", "garlic", "broccoli", "earth", "lightning", "bowling", "sushi", "Mount Fuji", "Santa Claus", "fire", "soap", "ice"}


def plural(name):
    """`two …`"""
    head, _, last = name.rpartition(" ")
    if last in SAME_PLURAL or (last.endswith("s") and last not in {"bus", "octopus", "cactus", "hibiscus", "dress", "hourglass", "glass"}):
        return name
    if last in PLURALS:
        last = PLURALS[last]
    elif last.endswith("leaf"):
        last = last[:-1] + "ves"
    elif last.endswith(("s", "sh", "ch", "x")) or last in {"tomato", "potato", "mango", "volcano"}:
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return f"{head} {last}".strip()


def article(phrase):
    """`an apple`, `a unicorn`"""
    sound = phrase.lower()
    vowel = sound[0] in "aeiou" and not sound.startswith(("uni", "ufo", "eu", "one"))
    return f"{'an' if vowel else 'a'} {phrase}"


def english_object(thing, rng, bare=False):
    """`thing`: name, colour or None, count, size or None."""
    name = rng.choice(thing["en"])
    words = [w for w in (thing.get("size_en"), thing.get("colour")) if w]
    count = thing.get("count", 1)
    if count > 1:
        return " ".join([EN_NUMBERS[count], *words, plural(name)])
    phrase = " ".join([*words, name])
    last = name.rpartition(" ")[2]
    if bare or name in NO_ARTICLE or (plural(name) == name and last not in SAME_PLURAL):
        return phrase
    if last in SAME_PLURAL and last in NO_ARTICLE:
        return phrase
    return f"the {phrase}" if rng.random() < 0.06 else article(phrase)


def chinese_object(thing, rng, bare=False):
    """As `english_object`; the measure word is the concept's own."""
    name = rng.choice(thing["zh"])
    count, colour, size = thing.get("count", 1), thing.get("colour"), thing.get("size_zh")
    if colour:
        character = COLOURS[colour][1]
        word = rng.choice([f"{character}色的", f"{character}色的", f"{character}色"])
        if len(name) == 1 and rng.random() < 0.4:
            word = character
        name = word + name
    if size:
        name = size + ("的" if colour or rng.random() < 0.4 else "") + name
    if count > 1:
        return ZH_NUMBERS[count] + thing["measure"] + name
    return name if bare else f"一{thing['measure']}{name}"


def _english(scene, rng):
    things = scene["things"]
    plain = not any(scene.get(k) for k in ("place", "relation"))
    bare = plain and len(things) == 1 and rng.random() < 0.35
    first = english_object(things[0], rng, bare)
    if len(things) == 2:
        second = english_object(things[1], rng)
        text = {
            "next": rng.choice(["{a} next to {b}", "{a} next to {b}", "{a} beside {b}", "{a} and {b}", "{a} near {b}"]),
            "left": rng.choice(["{a} to the left of {b}", "{a} on the left and {b} on the right", "{a} left of {b}"]),
            "right": rng.choice(["{a} to the right of {b}", "{a} on the right and {b} on the left", "{a} right of {b}"]),
            "above": rng.choice(["{a} above {b}", "{a} over {b}", "{a} above {b}"]),
            "below": rng.choice(["{a} below {b}", "{a} under {b}", "{a} below {b}"]),
        }[scene["relation"]].format(a=first, b=second)
    else:
        text = first
    if scene.get("place"):
        where = {
            "left": ["on the left", "on the left side"],
            "right": ["on the right", "on the right side"],
            "top": ["at the top", "at the top"],
            "bottom": ["at the bottom", "at the bottom"],
            "centre": ["in the centre", "in the middle", "in the center"],
        }[scene["place"]]
        text = f"{text} {rng.choice(where)}"
    ground, style = scene.get("ground_named"), scene.get("style_named")
    if style and rng.random() < 0.25 and plain and len(things) == 1:
        short = {"fluent_3d": "3D", "fluent_flat": "flat", "noto": "Noto"}[style]
        text = rng.choice([f"a {short} emoji of {text}", f"a {short} icon of {text}", f"a {short} picture of {text}"])
        style = None
    elif rng.random() < 0.2:
        text = rng.choice(["a picture of {}", "an emoji of {}", "a drawing of {}", "an icon of {}", "an image of {}"]).format(text)
    if ground:
        text += rng.choice([" on a {} background", " on a {} background", ", {} background", " with a {} background", " on {}"]).format(ground)
        text = text.replace(" a orange", " an orange")
    if style:
        text += rng.choice([", {}", " in {}"]).format(EN_STYLES[style][0]) if rng.random() < 0.7 else f", {rng.choice(EN_STYLES[style])}"
    return text


def _chinese(scene, rng):
    things = scene["things"]
    plain = not any(scene.get(k) for k in ("place", "relation"))
    bare = plain and len(things) == 1 and rng.random() < 0.4
    first = chinese_object(things[0], rng, bare)
    if len(things) == 2:
        second = chinese_object(things[1], rng, rng.random() < 0.5)
        text = {
            "next": rng.choice(["{a}在{b}旁边", "{a}在{b}旁边", "{a}和{b}", "{b}旁边有{a}"]),
            "left": rng.choice(["{a}在{b}的左边", "{a}在{b}左边", "左边是{a},右边是{b}"]),
            "right": rng.choice(["{a}在{b}的右边", "{a}在{b}右边", "右边是{a},左边是{b}"]),
            "above": rng.choice(["{a}在{b}上面", "{a}在{b}的上方", "{b}上面有{a}"]),
            "below": rng.choice(["{a}在{b}下面", "{a}在{b}的下方", "{b}下面有{a}"]),
        }[scene["relation"]].format(a=first, b=second)
    else:
        text = first
    if scene.get("place"):
        where = {
            "left": ["左边", "左侧"], "right": ["右边", "右侧"], "top": ["上面", "上方", "顶部"],
            "bottom": ["下面", "下方", "底部"], "centre": ["中间", "中央"],
        }[scene["place"]]
        where = rng.choice(where)
        text = rng.choice([f"{text}在{where}", f"{where}有{text}", f"{text},在{where}"])
    ground, style = scene.get("ground_named"), scene.get("style_named")
    if style and rng.random() < 0.25 and plain and len(things) == 1:
        text, style = f"{rng.choice(ZH_STYLES[style])}的{text}", None
    elif rng.random() < 0.15 and plain:
        text = rng.choice(["{}的图片", "{}的图标", "{}的表情符号", "一张{}的图片"]).format(text)
    if ground:
        character = COLOURS[ground][1]
        text = rng.choice(["{t},{c}色背景", "{c}色背景上的{t}", "{t}在{c}色背景上", "{c}色背景,{t}", "{t},{c}底"]).format(t=text, c=character)
    if style:
        text += "," + rng.choice(ZH_STYLES[style])
    return text


def caption(scene, rng: random.Random, chinese: bool) -> str:
    """What is on the picture, in one of many wordings."""
    return (_chinese if chinese else _english)(scene, rng)
