//! Which kind of table a pasted text is, and what its columns are.

use std::collections::HashSet;

use crate::names;

/// Delimiters that are tried, in this order.
const DELIMITERS: [u8; 4] = [b'\t', b',', b';', b'|'];
/// Rows looked at.
const SAMPLE: usize = 200;
/// Most characters of a label, on average.
const LABEL_CHARACTERS: f64 = 32.0;
/// Most distinct labels.
const LABEL_KINDS: usize = 20;

/// How the text is to be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Lines,
    Delimited { delimiter: u8, quoting: bool },
}

/// Decides by counting cells; in doubt, plain lines, which lose nothing.
pub(crate) fn layout(text: &str) -> Layout {
    for delimiter in DELIMITERS {
        if let Some(quoting) = quoting_of(text, delimiter)
            && is_table(text, delimiter, quoting)
        {
            return Layout::Delimited { delimiter, quoting };
        }
    }
    if is_quoted_column(text) { Layout::Delimited { delimiter: b',', quoting: true } } else { Layout::Lines }
}

/// Whether quotes quote: `None` where they are unbalanced with quoting and rows uneven without.
pub(crate) fn quoting_of(text: &str, delimiter: u8) -> Option<bool> {
    if delimiter == b'\t' {
        return Some(tab_quotes(text));
    }
    if text.bytes().filter(|&byte| byte == b'"').count() % 2 == 0 {
        return Some(true);
    }
    let counts = cell_counts(text, delimiter, false);
    counts.windows(2).all(|pair| pair[0] == pair[1]).then_some(false)
}

/// In tab-separated files quotes are mostly plain characters; they quote where every cell that opens one closes it.
fn tab_quotes(text: &str) -> bool {
    let mut quoted =
        lines(text).take(SAMPLE).flat_map(|line| line.split('\t')).filter(|cell| cell.starts_with('"')).peekable();
    quoted.peek().is_some()
        && quoted.all(|cell| {
            let inner = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            inner.is_some_and(|inner| !inner.replace("\"\"", "").contains('"'))
        })
}

/// Lines by `\n`, `\r\n` or `\r`.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

pub(crate) fn reader(text: &str, delimiter: u8, quoting: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quoting)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

fn cell_counts(text: &str, delimiter: u8, quoting: bool) -> Vec<usize> {
    reader(text, delimiter, quoting).records().take(SAMPLE).flatten().map(|record| record.len()).collect()
}

fn is_table(text: &str, delimiter: u8, quoting: bool) -> bool {
    let counts = cell_counts(text, delimiter, quoting);
    let Some(&columns) = counts.first().filter(|&&columns| columns > 1) else { return false };
    let first = reader(text, delimiter, quoting).records().flatten().next().unwrap_or_default();
    // A header that says so settles it: uneven rows are then an error to report, not a reason to guess again.
    if first.iter().any(names::is_known) && first.iter().all(is_short) {
        return true;
    }
    if counts.len() < 2 || counts.iter().any(|&count| count != columns) {
        return false;
    }
    delimiter == b'\t' || !reads_as_prose(text, delimiter)
}

fn is_short(cell: &str) -> bool {
    cell.chars().count() <= 40
}

/// "Lovely, would buy again": a space follows the mark in most places, or no column is short enough for a table.
fn reads_as_prose(text: &str, delimiter: u8) -> bool {
    let bytes = text.as_bytes();
    let marks = bytes.iter().filter(|&&byte| byte == delimiter).count();
    let spaced = bytes.windows(2).filter(|pair| pair[0] == delimiter && pair[1] == b' ').count();
    let unquoted = !text.contains('"');
    unquoted && spaced * 2 > marks
}

/// One column of CSV: every line that needs quotes has them, which prose in quotation marks does not do.
fn is_quoted_column(text: &str) -> bool {
    if !lines(text).any(|line| line.starts_with('"')) || cell_counts(text, b',', true).iter().any(|&count| count != 1) {
        return false;
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for record in reader(text, b',', true).records() {
        let Ok(record) = record else { return false };
        if writer.write_record(&record).is_err() {
            return false;
        }
    }
    let Ok(bytes) = writer.into_inner() else { return false };
    let ours = String::from_utf8(bytes).unwrap_or_default();
    lines(ours.trim_end()).eq(lines(text.trim_end()))
}

/// Whether the first row names the columns.
pub(crate) fn has_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    if rest.is_empty() {
        return first.len() > 1 && first.iter().all(|cell| names::is_known(cell));
    }
    if first.iter().any(|cell| names::is_text(cell) || names::is_label(cell)) && first.iter().all(|cell| is_short(cell))
    {
        return true;
    }
    // A column of numbers under a word.
    first.len() > 1
        && first.iter().all(|cell| is_short(cell) && !cell.trim().is_empty() && !is_number(cell))
        && (0..first.len())
            .any(|column| rest.iter().take(SAMPLE).all(|row| row.get(column).is_some_and(|cell| is_number(cell))))
}

/// A finite decimal number, written plainly; `inf` and `nan` are words.
pub(crate) fn is_number(cell: &str) -> bool {
    let cell = cell.trim();
    let plain = cell.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    plain && cell.parse::<f64>().is_ok_and(f64::is_finite)
}

/// The column of texts: by name, else the one with the longest cells.
pub(crate) fn text_column(columns: &[String], rows: &[Vec<String>]) -> usize {
    if let Some(named) = columns.iter().position(|name| names::is_text(name)) {
        return named;
    }
    let unlabelled = |column: &usize| !names::is_label(&columns[*column]);
    let length = |column: usize| mean_characters(rows, column);
    let longest =
        (0..columns.len()).filter(unlabelled).max_by(|&a, &b| length(a).total_cmp(&length(b)).then(b.cmp(&a)));
    longest.unwrap_or(0)
}

/// The column of labels: by name, else the one with fewest distinct short values, each used again.
pub(crate) fn label_column(columns: &[String], rows: &[Vec<String>], text: usize) -> Option<usize> {
    let others = || (0..columns.len()).filter(|&column| column != text);
    if let Some(named) = others().find(|&column| names::is_label(&columns[column])) {
        return Some(named);
    }
    let kinds = |column: usize| rows.iter().map(|row| row[column].trim()).collect::<HashSet<_>>().len();
    let labels = |&column: &usize| {
        let kinds = kinds(column);
        let repeated = if rows.len() < 4 { kinds <= rows.len() } else { kinds * 2 <= rows.len() };
        (2..=LABEL_KINDS).contains(&kinds) && repeated && mean_characters(rows, column) <= LABEL_CHARACTERS
    };
    others().filter(labels).min_by_key(|&column| kinds(column))
}

fn mean_characters(rows: &[Vec<String>], column: usize) -> f64 {
    let total: usize = rows.iter().take(SAMPLE).map(|row| row[column].chars().count()).sum();
    total as f64 / rows.len().clamp(1, SAMPLE) as f64
}
