//! `kindling attention` as a shell sees it, with the small encoder of the fixtures.

use std::process::{Command, Output};

use serde_json::Value;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/bert-tiny");
const TEXT: &str = "the cat sat";

fn kindling(more: &[&str]) -> Output {
    let run =
        Command::new(env!("CARGO_BIN_EXE_kindling")).args(["attention", TEXT, "--model", MODEL]).args(more).output();
    run.unwrap_or_else(|error| panic!("{error}"))
}

/// What stands in standard output, of a run that must succeed.
fn said(more: &[&str]) -> String {
    let output = kindling(more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_head_of_every_layer_in_json() {
    let found: Value = serde_json::from_str(&said(&["--json"])).unwrap_or_else(|error| panic!("{error}"));
    let (layers, heads) = (found["layers"].as_u64(), found["heads_per_layer"].as_u64());
    let tokens = found["tokens"].as_array().map_or(0, Vec::len);
    let all = found["heads"].as_array().cloned().unwrap_or_default();
    assert_eq!(Some(all.len() as u64), layers.zip(heads).map(|(layers, heads)| layers * heads));
    assert!(tokens > 3 && all.len() > 1, "{found}");
    assert_eq!(found["text"], TEXT);
    for head in &all {
        let rows = head["weights"].as_array().cloned().unwrap_or_default();
        assert_eq!(rows.len(), tokens);
        for row in &rows {
            let row: Vec<f64> = row.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
            assert_eq!(row.len(), tokens);
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{row:?}");
        }
    }
    assert!(all.windows(2).any(|two| two[0]["weights"] != two[1]["weights"]), "heads differ");
}

#[test]
fn one_head_as_a_table_is_that_of_the_json() {
    let found: Value = serde_json::from_str(&said(&["--json", "--layer", "2", "--head", "1"]))
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (&found["heads"][0]["layer"], &found["heads"][0]["head"], found["heads"].as_array().map(Vec::len)),
        (&2.into(), &1.into(), Some(1))
    );
    let table = said(&["--layer", "2", "--head", "1"]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines[0][0], "layer 2 head 1");
    assert_eq!(lines.len(), lines[0].len(), "as many rows as columns");
    for (row, line) in lines[1..].iter().enumerate() {
        assert_eq!(line[0], lines[0][row + 1], "a row is named as its column");
        for (column, cell) in line[1..].iter().enumerate() {
            let exact = found["heads"][0]["weights"][row][column].as_f64().unwrap_or(f64::NAN);
            assert!((cell.parse::<f64>().unwrap_or(f64::NAN) - exact).abs() <= 5.1e-5, "{cell}, {exact}");
        }
    }
}

#[test]
fn a_layer_or_head_that_is_not_there_is_named() {
    for (more, wanted) in
        [(["--layer", "0"], "layer 0: the model has 1 to"), (["--head", "99"], "head 99: the model has 1 to")]
    {
        let output = kindling(&more);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(wanted), "{error}");
    }
}
