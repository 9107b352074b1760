"""The texts of the parity fixtures: chosen for what tokenizers get wrong."""

WORDS = (
    "the film was a quiet and patient story about two sisters who repair an old boat near "
    "the harbour while the village argues over whether it should ever sail again"
).split()


def long_text(count):
    """`count` words, so that a reader of 256 tokens has to cut."""
    return " ".join(WORDS[(index * 7 + index // 11) % len(WORDS)] for index in range(count))


TEXTS = [
    ("english", "I love this phone: great screen, fast delivery, and it doesn't overheat."),
    (
        "chinese",
        "买的银色版真的很好看，一天就到了，晚上就开始拿起来完系统很丝滑流畅，做工扎实，"
        "手感细腻，很精致哦苹果一如既往的好品质",
    ),
    ("chinese_displeased", "降价厉害，保价不合理，不推荐"),
    ("mixed", "这个 App 的 UI 很 nice，but the battery 掉电太快了!"),
    (
        "emoji_joiners",
        "Family \U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 and coder "
        "\U0001F469\u200D\U0001F4BB, heart \u2764\uFE0F\u200D\U0001F525!",
    ),
    ("skin_tones", "thumbs \U0001F44D\U0001F3FD\U0001F44D\U0001F3FF wave \U0001F44B\U0001F3FB ok"),
    (
        "flags",
        "\U0001F1E8\U0001F1F3\U0001F1FA\U0001F1F8 \U0001F3F4\U000E0067\U000E0062\U000E0065"
        "\U000E006E\U000E0067\U000E007F \U0001F3F3\uFE0F\u200D\U0001F308 fly",
    ),
    ("rtl_arabic", "الكتاب رائع جدًّا ولكن التوصيل كان بطيئًا، أنصح به"),
    ("rtl_hebrew", "שָׁלוֹם, המוצר הזה \u200Fמצוין\u200F (10/10)"),
    (
        "zero_width",
        "zero\u200Bwidth\u200Cmarks\u200Dinside\u2060words\uFEFF and soft\u00ADhyphen "
        "\u202Aembedded\u202C",
    ),
    ("nfc", "Crème brûlée à Ångström, naïve Việt Nam"),
    (
        "nfd",
        "Cre\u0300me bru\u0302le\u0301e a\u0300 A\u030Angstro\u0308m, nai\u0308ve "
        "Vie\u0323\u0302t Nam",
    ),
    ("nul_inside", "before\u0000after and \u0001control\u007F, \uFFFD replaced"),
    ("empty", ""),
    ("whitespace_only", " \t\r\n\u00A0\u3000 "),
    ("words_600", long_text(600)),
    ("url", "See https://example.org/a/b_c?q=%E5%A5%BD&x=1#top or mail me@example.org [SEP] <b>!</b>"),
    ("numbers", "3.14159 1,234,567.89 -40°C 2026-11-22 ½ ٣٤ Ⅷ 50% $9.99 1e-12 ①"),
    ("one_word_150", "a" + "bc" * 74 + "d"),
    ("full_width", "ＨＥＬＬＯ，ｗｏｒｌｄ！（ｆｕｌｌ－ｗｉｄｔｈ）「引号」……～￥１００"),
]
