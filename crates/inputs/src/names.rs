//! Column names that people give to texts and to labels, in English and Chinese.

const TEXTS: &[&str] = &[
    "text",
    "texts",
    "review",
    "reviews",
    "review_body",
    "review_text",
    "sentence",
    "sentence1",
    "content",
    "comment",
    "comments",
    "body",
    "message",
    "tweet",
    "document",
    "文本",
    "内容",
    "评论",
    "评价",
    "句子",
    "正文",
    "点评",
    "评论内容",
    "评价内容",
];

const LABELS: &[&str] = &[
    "label",
    "labels",
    "sentiment",
    "class",
    "category",
    "polarity",
    "target",
    "truth",
    "gold",
    "标签",
    "类别",
    "情感",
    "分类",
    "情感倾向",
    "真值",
];

/// Names of other columns that still show that the first row is a header.
const OTHERS: &[&str] =
    &["id", "index", "no", "score", "date", "title", "name", "编号", "序号", "日期", "标题", "分数"];

fn holds(list: &[&str], cell: &str) -> bool {
    let cell = cell.trim();
    list.contains(&cell) || list.contains(&cell.to_lowercase().as_str())
}

/// A name for the column of texts.
pub(crate) fn is_text(cell: &str) -> bool {
    holds(TEXTS, cell)
}

/// A name for the column of labels.
pub(crate) fn is_label(cell: &str) -> bool {
    holds(LABELS, cell)
}

/// Any name that a header row may hold.
pub(crate) fn is_known(cell: &str) -> bool {
    is_text(cell) || is_label(cell) || holds(OTHERS, cell)
}
