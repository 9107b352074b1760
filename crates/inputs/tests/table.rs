//! Tables in and out.
#![allow(clippy::unwrap_used, missing_docs)]

use kindling_inputs::{Format, InputError, ReadOptions, Table, TableLimits, read_table, read_table_with, write_table};
use proptest::prelude::*;

fn read(text: &str) -> Table {
    read_table(text).unwrap()
}

fn columns(table: &Table) -> Vec<&str> {
    table.columns.iter().map(String::as_str).collect()
}

#[test]
fn csv_with_a_header() {
    let table = read("label,text\n1,\"Good, but late\"\n0,坏\n");
    assert_eq!(columns(&table), ["label", "text"]);
    assert_eq!(table.rows, [["1", "Good, but late"], ["0", "坏"]]);
    assert_eq!((table.text_column, table.label_column), (1, Some(0)));
}

#[test]
fn headers_in_chinese_after_a_byte_order_mark() {
    let table = read("\u{feff}编号;评论;标签\r\n1;很好看;好评\r\n2;太差了;差评\r\n");
    assert_eq!(columns(&table), ["编号", "评论", "标签"]);
    assert_eq!((table.rows.len(), table.text_column, table.label_column), (2, 1, Some(2)));
}

#[test]
fn tabs_without_a_header() {
    let table =
        read("a rather long text\tpos\nanother, longer text\tneg\nnot \"quoted\" at all\tpos\n\"So\" they said\tneg\n");
    assert_eq!(columns(&table), ["text", "label"]);
    assert_eq!(table.rows[3], ["\"So\" they said", "neg"]);
    assert_eq!(table.label_column, Some(1));
}

#[test]
fn numbers_under_words_show_a_header() {
    let table = read("phrase,stars\nvery pretty,5\nquite ugly,1\nso so,3\nvery nice,5\n");
    assert_eq!(columns(&table), ["phrase", "stars"]);
    assert_eq!(table.rows.len(), 4);
}

#[test]
fn plain_lines_stay_lines() {
    let prose = "Lovely, would buy again\r\n\r\n  Broke, sadly  \nFine\rOld Mac\n";
    assert_eq!(read(prose).rows, [["Lovely, would buy again"], ["Broke, sadly"], ["Fine"], ["Old Mac"]]);
    let one = read("买的银色版真的很好看，一天就到了");
    assert_eq!((columns(&one), one.text_column, one.label_column), (vec!["text"], 0, None));
    assert_eq!(read("\"Great\" they said\nno").rows[0], ["\"Great\" they said"]);
    assert_eq!(read("\"Great\"\nno").rows[0], ["\"Great\""]);
    assert_eq!(read("降价厉害,不推荐").rows, [["降价厉害,不推荐"]]);
    assert_eq!(read("text\nfirst\nsecond").rows, [["first"], ["second"]]);
}

#[test]
fn a_column_in_quotes_is_unquoted() {
    let table = read("text\n\"Good, but late\"\n\"She said \"\"no\"\"\"\n\"two\nlines\"\nplain\n");
    assert_eq!(table.rows, [["Good, but late"], ["She said \"no\""], ["two\nlines"], ["plain"]]);
}

#[test]
fn excel_tells_its_separator() {
    assert_eq!(read("sep=;\r\ntext;label\r\na;b\r\n").rows, [["a", "b"]]);
    assert_eq!(read("sep=|\na|b\n").rows, [["a", "b"]]);
}

#[test]
fn uneven_rows_are_named() {
    let error = read_table("text,label\nGood, but late,1\n").unwrap_err();
    assert_eq!(error, InputError::TableRagged { row: 2, expected: 2, found: 3 });
    assert_eq!(error.kind(), "table");
}

#[test]
fn nothing_is_no_table() {
    for text in ["", " \n\t\r\n", "\u{feff}", "text,label\n", "sep=;\n"] {
        assert_eq!(read_table(text), Err(InputError::TableEmpty), "{text:?}");
    }
}

#[test]
fn limits_hold() {
    let limits = TableLimits { bytes: 40, rows: 3, columns: 2 };
    let read = |text: &str, format| read_table_with(text, ReadOptions { format, limits, ..ReadOptions::default() });
    assert_eq!(read(&"a".repeat(41), Format::Auto), Err(InputError::TableSize { bytes: 41, limit: 40 }));
    assert_eq!(read("a\nb\nc\nd", Format::Lines), Err(InputError::TableRows { limit: 3 }));
    assert_eq!(read("a,b\n".repeat(9).as_str(), Format::Delimited(b',')), Err(InputError::TableRows { limit: 3 }));
    assert_eq!(read("a,b,c", Format::Delimited(b',')), Err(InputError::TableColumns { found: 3, limit: 2 }));
    assert_eq!(read("text\na\nb\nc", Format::Lines).unwrap().rows.len(), 3);
}

#[test]
fn labels_are_found_by_their_values() {
    let rows: String =
        (0..12).map(|row| format!("{row}\tthis is text number {row}\t{}\n", ["up", "down"][row % 2])).collect();
    assert_eq!(read(&rows).label_column, Some(2));
    let distinct: String = (0..12).map(|row| format!("this is text number {row}\tnote {row}\n")).collect();
    assert_eq!(read(&distinct).label_column, None);
}

#[test]
fn markup_is_data() {
    let cell = "<img src=x onerror=alert(1)>";
    assert_eq!(read(&format!("text,label\n{cell},1\n")).rows[0][0], cell);
}

#[test]
fn exports_are_safe_and_come_back() {
    let names = ["text".to_owned(), "score".to_owned()];
    let rows = [["=HYPERLINK(\"x\")".to_owned(), "-0.12".to_owned()], ["'=quoted".to_owned(), "+1e-3".to_owned()]];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    let written = write_table(&names, &rows).unwrap();
    assert_eq!(written, "text,score\r\n\"'=HYPERLINK(\"\"x\"\")\",-0.12\r\n''=quoted,'+1e-3\r\n");
    assert_eq!(read(&written).rows, rows);
}

#[test]
fn uneven_rows_are_not_written() {
    let error = write_table(&["a".to_owned()], &[vec![]]).unwrap_err();
    assert_eq!(error, InputError::TableRagged { row: 2, expected: 1, found: 0 });
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "['=+@\t\r\n\",; a-c很-]{0,8}", "-?[0-9]{1,3}(\\.[0-9]{1,2})?"]
}

fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..5).prop_flat_map(|width| prop::collection::vec(prop::collection::vec(cell(), width), 1..8))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), "[a,;|\t\"\n\r =']{0,60}"]) {
        if let Ok(table) = read_table(&text) {
            prop_assert!(!table.rows.is_empty());
            prop_assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
            prop_assert!(table.text_column < table.columns.len());
            prop_assert!(table.label_column.is_none_or(|label| label < table.columns.len() && label != table.text_column));
        }
    }

    #[test]
    fn what_is_written_is_read_back(rows in rows()) {
        let names: Vec<String> = (0..rows[0].len()).map(|column| format!("name {column}")).collect();
        let written = write_table(&names, &rows).unwrap();
        let options = ReadOptions { format: Format::Delimited(b','), header: Some(true), ..ReadOptions::default() };
        let table = read_table_with(&written, options).unwrap();
        prop_assert_eq!(table.rows, rows);
        prop_assert_eq!(table.columns, names);
    }

    /// The same without being told, as when a person brings an export back.
    #[test]
    fn exports_are_recognised(rows in prop::collection::vec((cell(), "好评|差评"), 1..8)) {
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(text, label)| vec![text, label]).collect();
        let names = ["text".to_owned(), "label".to_owned()];
        let table = read(&write_table(&names, &rows).unwrap());
        prop_assert_eq!(table.rows, rows);
        prop_assert_eq!((table.text_column, table.label_column), (0, Some(1)));
    }

    #[test]
    fn no_cell_starts_a_formula(cell in cell()) {
        let written = write_table(&["a".to_owned(), "b".to_owned()], &[vec![cell, "x".to_owned()]]).unwrap();
        let mut reader = csv::ReaderBuilder::new().from_reader(written.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let number = record[0].trim().parse::<f64>().is_ok();
        prop_assert!(number || !record[0].starts_with(['=', '+', '-', '@', '\t', '\r']));
    }
}
