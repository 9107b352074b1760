//! Tables: what people paste or drop, and what they take home.

use serde::{Deserialize, Serialize};

use crate::InputError;
use crate::sniff::{self, Layout};

/// Rows of cells, with the two columns that a lab looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// One name a column: the header's, or `text`, `label` and `column_N`.
    pub columns: Vec<String>,
    /// Each row has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
    /// The column of texts.
    pub text_column: usize,
    /// The column of labels, where one looks like it.
    pub label_column: Option<usize>,
}

/// How large a table may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableLimits {
    /// Bytes of the text (UTF-8).
    pub bytes: usize,
    /// Rows, the header not counted.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Default for TableLimits {
    /// 16 MiB, 50,000 rows, 64 columns.
    fn default() -> Self {
        Self { bytes: 16 << 20, rows: 50_000, columns: 64 }
    }
}

/// What separates the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Found out by looking: tabs, commas, semicolons, bars, else plain lines.
    #[default]
    Auto,
    /// One column, one row a line; blank lines are skipped.
    Lines,
    /// This ASCII character; quotes as in RFC 4180.
    Delimited(u8),
}

/// How to read a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// What separates the cells.
    pub format: Format,
    /// Whether the first row names the columns; `None`: found out by looking.
    pub header: Option<bool>,
    /// How large it may be.
    pub limits: TableLimits,
}

/// Reads pasted lines, CSV or TSV, finding out which, with the default limits.
///
/// A byte order mark is dropped, and so is the apostrophe that [`write_table`] puts before a formula.
///
/// # Errors
/// The variants of [`InputError`] that start with `Table`.
pub fn read_table(text: &str) -> Result<Table, InputError> {
    read_table_with(text, ReadOptions::default())
}

/// Reads a table as told.
///
/// # Errors
/// The variants of [`InputError`] that start with `Table`.
pub fn read_table_with(text: &str, options: ReadOptions) -> Result<Table, InputError> {
    let limits = options.limits;
    if text.len() > limits.bytes {
        return Err(InputError::TableSize { bytes: text.len(), limit: limits.bytes });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (text, told) = told_by_excel(text);
    let layout = match (options.format, told) {
        (Format::Lines, _) => Layout::Lines,
        (Format::Delimited(delimiter), _) => Layout::Delimited { delimiter, quoting: true },
        (Format::Auto, Some(delimiter)) => Layout::Delimited { delimiter, quoting: true },
        (Format::Auto, None) => sniff::layout(text),
    };
    let mut rows = match layout {
        Layout::Lines => read_lines(text, limits)?,
        Layout::Delimited { delimiter, quoting } => read_cells(text, delimiter, quoting, limits)?,
    };
    let header = options.header.unwrap_or_else(|| sniff::has_header(&rows));
    let names = if header && !rows.is_empty() { Some(rows.remove(0)) } else { None };
    if rows.is_empty() {
        return Err(InputError::TableEmpty);
    }
    if rows.len() > limits.rows {
        return Err(InputError::TableRows { limit: limits.rows });
    }
    Ok(name_columns(names, rows))
}

/// Excel's own first line, `sep=;`.
fn told_by_excel(text: &str) -> (&str, Option<u8>) {
    let first = sniff::lines(text).next().unwrap_or_default();
    match first.strip_prefix("sep=").map(str::as_bytes) {
        Some(&[delimiter]) if delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\0') => {
            (text[first.len()..].trim_start_matches(['\r', '\n']), Some(delimiter))
        }
        _ => (text, None),
    }
}

fn read_lines(text: &str, limits: TableLimits) -> Result<Vec<Vec<String>>, InputError> {
    let filled = sniff::lines(text).map(str::trim).filter(|line| !line.is_empty());
    // One more than allowed, for a header, and one to notice the excess.
    let rows: Vec<_> = filled.take(limits.rows.saturating_add(2)).map(|line| vec![line.to_owned()]).collect();
    Ok(rows)
}

fn read_cells(text: &str, delimiter: u8, quoting: bool, limits: TableLimits) -> Result<Vec<Vec<String>>, InputError> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (index, record) in sniff::reader(text, delimiter, quoting).records().enumerate() {
        let record = record.map_err(|error| InputError::TableMalformed { reason: error.to_string() })?;
        if record.len() > limits.columns {
            return Err(InputError::TableColumns { found: record.len(), limit: limits.columns });
        }
        if let Some(expected) = rows.first().map(Vec::len).filter(|&expected| expected != record.len()) {
            return Err(InputError::TableRagged { row: index + 1, expected, found: record.len() });
        }
        if rows.len() > limits.rows {
            return Err(InputError::TableRows { limit: limits.rows });
        }
        rows.push(record.iter().map(|cell| unescape(cell).to_owned()).collect());
    }
    Ok(rows)
}

fn name_columns(names: Option<Vec<String>>, rows: Vec<Vec<String>>) -> Table {
    let width = rows[0].len();
    let named = names.is_some();
    let mut columns: Vec<String> =
        names.unwrap_or_else(|| (1..=width).map(|column| format!("column_{column}")).collect());
    let text_column = sniff::text_column(&columns, &rows);
    let label_column = sniff::label_column(&columns, &rows, text_column);
    if !named {
        columns[text_column] = "text".to_owned();
        if let Some(label) = label_column {
            columns[label] = "label".to_owned();
        }
    }
    Table { columns, rows, text_column, label_column }
}

/// Writes CSV (RFC 4180, `\r\n`), the columns' names first.
///
/// A cell that a spreadsheet would run as a formula gets an apostrophe before it, and so does `+3`; numbers such as
/// `-0.12` stay numbers. [`read_table`] takes the apostrophe away again, so that nothing is lost on the way.
///
/// # Errors
/// [`InputError::TableRagged`] where a row has not as many cells as there are columns.
pub fn write_table(columns: &[String], rows: &[Vec<String>]) -> Result<String, InputError> {
    let malformed = |reason: String| InputError::TableMalformed { reason };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for (index, row) in std::iter::once(columns).chain(rows.iter().map(Vec::as_slice)).enumerate() {
        if row.len() != columns.len() {
            return Err(InputError::TableRagged { row: index + 1, expected: columns.len(), found: row.len() });
        }
        let cells = row.iter().map(|cell| escape(cell));
        writer.write_record(cells.map(String::into_bytes)).map_err(|error| malformed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| malformed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| malformed(error.to_string()))
}

/// What a spreadsheet takes for the start of a formula.
fn starts_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// Apostrophes and then a formula: needs one more going out, and one less coming in.
fn is_escaped(cell: &str) -> bool {
    cell.starts_with('\'') && starts_formula(cell.trim_start_matches('\''))
}

fn escape(cell: &str) -> String {
    // "-0.12" is a number that a spreadsheet must read as one; none of ours begins with a plus or white space.
    let number = sniff::is_number(cell) && !cell.starts_with(['+', '＋']) && !cell.starts_with(char::is_whitespace);
    let formula = starts_formula(cell) && !number;
    if formula || is_escaped(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn unescape(cell: &str) -> &str {
    if is_escaped(cell) { &cell[1..] } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_numbers_are_not() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("@home", "'@home"),
            ("+86 138", "'+86 138"),
            ("-1+1", "'-1+1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\t1", "'\t1"),
            ("＝1", "'＝1"),
            ("-inf", "'-inf"),
            ("-", "'-"),
            ("-0.12", "-0.12"),
            ("-2", "-2"),
            ("+3", "'+3"),
            ("+3e-5", "'+3e-5"),
            ("'=1", "''=1"),
            ("'quoted'", "'quoted'"),
            ("好", "好"),
        ] {
            assert_eq!(escape(cell), written);
            assert_eq!(unescape(written), cell);
        }
    }
}
