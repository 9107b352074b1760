#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// A file with this header and so many bytes of tensors.
fn file(header: &str, data: usize) -> Vec<u8> {
    file_of(header.as_bytes(), data)
}

fn file_of(header: &[u8], data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn tensor(dtype: &str, shape: &[u64], start: u64, end: u64) -> serde_json::Value {
    json!({"dtype": dtype, "shape": shape, "data_offsets": [start, end]})
}

fn refused(bytes: &[u8]) -> WeightsError {
    Header::parse(bytes).unwrap_err()
}

fn valid() -> Vec<u8> {
    let header = json!({
        "__metadata__": {"format": "pt"},
        "b": tensor("F16", &[3], 16, 22),
        "a": tensor("F32", &[2, 2], 0, 16),
        "empty": tensor("F32", &[0, 5], 16, 16),
        "scalar": tensor("I8", &[], 22, 23),
    });
    // Writers pad headers with spaces.
    file(&format!("{header}   "), 23)
}

#[test]
fn a_good_file_is_read() {
    let bytes = valid();
    let header = Header::parse(&bytes).unwrap();
    let names: Vec<_> = header.tensors().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a", "empty", "b", "scalar"]);
    assert_eq!(header.metadata()["format"], "pt");
    assert_eq!(header.parameters(), 4 + 3 + 1);
    let a = header.tensor("a").unwrap();
    assert_eq!((a.dtype, a.shape.as_slice(), a.bytes(), a.elements()), (Dtype::F32, [2usize, 2].as_slice(), 16, 4));
    assert_eq!(a.slice(&bytes).unwrap().len(), 16);
    assert_eq!(a.expect_shape(&[2, 2]), Ok(()));
    assert_eq!(header.get("c"), None);
    assert_eq!(header.tensor("c"), Err(WeightsError::MissingTensor { name: "c".into() }));
    let shape = WeightsError::Shape { name: "a".into(), expected: vec![4], found: vec![2, 2] };
    assert_eq!(a.expect_shape(&[4]), Err(shape));
    assert!(matches!(a.slice(&bytes[..20]), Err(WeightsError::Truncated { found: 20, .. })));
}

#[test]
fn a_header_is_read_from_the_start_alone() {
    let bytes = valid();
    let whole = Header::parse(&bytes).unwrap();
    let end = bytes.len() - 23;
    assert_eq!(Header::parse_start(&bytes[..end], bytes.len() as u64).unwrap(), whole);
    let short = WeightsError::Truncated { expected: end as u64, found: 20 };
    assert_eq!(Header::parse_start(&bytes[..20], bytes.len() as u64), Err(short));
}

#[test]
fn zero_to_seven_bytes() {
    for length in 0..8 {
        let expected = WeightsError::Truncated { expected: 8, found: length as u64 };
        assert_eq!(refused(&vec![0; length]), expected);
        assert_eq!(refused(&b"<html><b"[..length]), expected);
    }
}

#[test]
fn truncated_anywhere() {
    let bytes = valid();
    for length in 0..bytes.len() {
        let error = refused(&bytes[..length]);
        assert!(
            matches!(error, WeightsError::Truncated { .. } | WeightsError::HeaderLength { .. }),
            "{length}: {error}"
        );
    }
}

#[test]
fn header_length_that_cannot_be() {
    for length in [u64::MAX, u64::MAX - 7, 1 << 32, MAX_HEADER_BYTES + 1, 17] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.resize(8 + 16, 0);
        assert_eq!(refused(&bytes), WeightsError::HeaderLength { length, limit: 16 });
    }
    // In a file that is large enough, the format's own limit holds.
    let length = MAX_HEADER_BYTES + 1;
    let error = Header::parse_start(&length.to_le_bytes(), u64::MAX).unwrap_err();
    assert_eq!(error, WeightsError::HeaderLength { length, limit: MAX_HEADER_BYTES });
    assert!(matches!(refused(&[0; 8]), WeightsError::HeaderSyntax { .. }));
}

#[test]
fn overlaps() {
    let same = json!({"a": tensor("F32", &[2], 0, 8), "b": tensor("F32", &[2], 0, 8)});
    let part = json!({"a": tensor("F32", &[2], 0, 8), "b": tensor("F32", &[2], 4, 12)});
    let inside = json!({"a": tensor("F32", &[3], 0, 12), "b": tensor("F32", &[], 4, 8)});
    for (header, data) in [(same, 8), (part, 12), (inside, 12)] {
        let expected = WeightsError::Overlap { first: "a".into(), second: "b".into() };
        assert_eq!(refused(&file(&header.to_string(), data)), expected);
    }
}

#[test]
fn holes() {
    let front = json!({"a": tensor("F32", &[1], 4, 8)});
    let middle = json!({"a": tensor("F32", &[1], 0, 4), "b": tensor("F32", &[1], 8, 12)});
    let back = json!({"a": tensor("F32", &[1], 0, 4)});
    for (header, data, from, to) in [(front, 8, 0, 4), (middle, 12, 4, 8), (back, 9, 4, 9)] {
        assert_eq!(refused(&file(&header.to_string(), data)), WeightsError::Hole { from, to });
    }
    assert_eq!(refused(&file("{}", 3)), WeightsError::Hole { from: 0, to: 3 });
    assert_eq!(Header::parse(&file("{}", 0)), Ok(Header::default()));
}

#[test]
fn shapes_too_large() {
    let shapes: [&[u64]; 4] = [&[u64::MAX, 2], &[1 << 32, 1 << 32], &[u64::MAX, 0, 3], &[1 << 62]];
    for shape in shapes {
        let header = json!({"a": tensor("F32", shape, 0, 4)});
        let expected = WeightsError::ShapeOverflow { name: "a".into(), shape: shape.to_vec() };
        assert_eq!(refused(&file(&header.to_string(), 4)), expected);
    }
}

#[test]
fn offsets_near_the_end_of_32_bits() {
    let start = u64::from(u32::MAX) - 3;
    let header = json!({"a": tensor("F32", &[2], start, start + 8)});
    assert!(matches!(refused(&file(&header.to_string(), 8)), WeightsError::Truncated { .. }));
    let header = json!({"a": tensor("F32", &[2], u64::MAX - 8, u64::MAX)});
    assert!(matches!(
        refused(&file(&header.to_string(), 8)),
        WeightsError::Truncated { expected: u64::MAX, .. } | WeightsError::SizeMismatch { .. }
    ));
    // A file that large is told by its start, and its tensors keep their places.
    let four = 1u64 << 32;
    let header =
        json!({"a": tensor("U8", &[four - 2], 0, four - 2), "b": tensor("F32", &[1], four - 2, four + 2)}).to_string();
    let start = file(&header, 0);
    let parsed = Header::parse_start(&start, start.len() as u64 + four + 2);
    if usize::BITS == 64 {
        let parsed = parsed.unwrap();
        let b = parsed.tensor("b").unwrap();
        assert_eq!(b.range, start.len() as u64 + four - 2..start.len() as u64 + four + 2);
        assert!(matches!(b.slice(&start), Err(WeightsError::Truncated { .. })));
    } else {
        assert!(parsed.is_err() || parsed.unwrap().tensor("b").unwrap().slice(&start).is_err());
    }
}

#[test]
fn duplicate_names() {
    let one = tensor("F32", &[1], 0, 4);
    let expected = WeightsError::DuplicateTensor { name: "a".into() };
    assert_eq!(refused(&file(&format!(r#"{{"a":{one},"a":{one}}}"#), 4)), expected);
    // The same name written in another way.
    assert_eq!(refused(&file(&format!(r#"{{"a":{one},"\u0061":{one}}}"#), 4)), expected);
    let field = r#"{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#;
    assert!(matches!(refused(&file(field, 4)), WeightsError::HeaderSyntax { .. }));
}

#[test]
fn names_that_are_not_utf8() {
    let mut header = br#"{"a"#.to_vec();
    header.extend_from_slice(b"\xff\":1}");
    assert_eq!(refused(&file_of(&header, 4)), WeightsError::Utf8 { at: 3 });
    assert!(matches!(refused(&file(r#"{"\ud800":1}"#, 4)), WeightsError::HeaderSyntax { .. }));
}

#[test]
fn types_and_sizes() {
    let unknown = refused(&file(&json!({"layer": tensor("F8_E4M3", &[4], 0, 4)}).to_string(), 4));
    assert!(matches!(unknown, WeightsError::Dtype { name, found, .. } if name == "layer" && found == "F8_E4M3"));
    let size = refused(&file(&json!({"a": tensor("F16", &[4], 0, 4)}).to_string(), 4));
    assert_eq!(size, WeightsError::SizeMismatch { name: "a".into(), expected: 8, found: 4 });
    let reversed = refused(&file(&json!({"a": tensor("F16", &[4], 8, 0)}).to_string(), 8));
    assert_eq!(reversed, WeightsError::Offsets { name: "a".into(), start: 8, end: 0 });
}

#[test]
fn headers_of_another_form() {
    let deep = "[".repeat(100_000);
    let texts =
        ["[]", "{", "null", "{\"a\":1}", "{\"a\":{\"shape\":[-1]}}", "{\"a\":{\"dtype\":\"F32\"}}", "{} {}", &deep];
    for text in texts {
        assert!(matches!(refused(&file(text, 0)), WeightsError::HeaderSyntax { .. }), "{text:.20}");
    }
    let nested = format!(r#"{{"a":{{"extra":{deep}}}}}"#);
    assert!(matches!(refused(&file(&nested, 0)), WeightsError::HeaderSyntax { .. }));
}

#[test]
fn other_files_are_told_apart() {
    let files: [(&[u8], &str); 7] = [
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (b"\n\n  <html><body>Sign in</body></html>", "a web page"),
        (b"\xEF\xBB\xBF<html></html>", "a web page"),
        (b"{\"error\": \"not found\"}", "a JSON file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "a pointer to a large file"),
        (b"Not found, sorry", "a text file"),
        (b"PK\x03\x04\x14\x00\x08\x08\x08\x00\x00\x00", "a ZIP archive, such as a PyTorch file"),
    ];
    for (bytes, found) in files {
        assert_eq!(refused(bytes), WeightsError::NotAModelFile { found: found.into() });
    }
}

/// "<" and "{" are also the first bytes of headers of 60 and 123 bytes.
#[test]
fn a_length_that_reads_as_a_letter_is_a_length() {
    for length in [60, 123] {
        let header = json!({"a": tensor("F32", &[1], 0, 4)}).to_string();
        assert!(header.len() <= 60, "{}", header.len());
        assert!(Header::parse(&file(&format!("{header:<length$}"), 4)).is_ok());
    }
}

#[test]
fn errors_serialize_with_their_fields() {
    let error = WeightsError::Shape { name: "a".into(), expected: vec![4], found: vec![2, 2] };
    let value = serde_json::to_value(&error).unwrap();
    assert_eq!(value, json!({"code": "shape", "name": "a", "expected": [4], "found": [2, 2]}));
    assert_eq!(error.kind(), "shape");
    assert_eq!(error.to_string(), "tensor \"a\" of shape [2, 2] where [4] is expected");
}

/// Whatever is accepted holds together: tensors cover the file without a gap.
fn check(bytes: &[u8]) {
    let Ok(header) = Header::parse(bytes) else { return };
    let mut end = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap());
    for entry in header.tensors() {
        assert_eq!(entry.range.start, end);
        assert_eq!(entry.bytes(), entry.elements() as u64 * entry.dtype.size());
        assert_eq!(entry.slice(bytes).unwrap().len() as u64, entry.bytes());
        end = entry.range.end;
    }
    assert_eq!(end, bytes.len() as u64);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
        check(&file_of(&bytes, 7));
    }

    #[test]
    fn mutations_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut bytes = valid();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        check(&bytes);
        check(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn wild_numbers_never_panic(shape in prop::collection::vec(prop_oneof![0u64..5, any::<u64>()], 0..5), start in prop_oneof![0u64..20, any::<u64>()], end in prop_oneof![0u64..20, any::<u64>()], data in 0usize..40) {
        check(&file(&json!({"a": tensor("F32", &shape, start, end)}).to_string(), data));
    }

    #[test]
    fn written_headers_are_read_back(shapes in prop::collection::vec(prop::collection::vec(0u64..4, 0..4), 0..6)) {
        let mut at = 0;
        let entries: serde_json::Map<_, _> = shapes.iter().enumerate().map(|(index, shape)| {
            let bytes = shape.iter().product::<u64>() * 4;
            at += bytes;
            (format!("t{index}"), tensor("F32", shape, at - bytes, at))
        }).collect();
        let bytes = file(&serde_json::Value::Object(entries).to_string(), at as usize);
        prop_assert_eq!(Header::parse(&bytes).unwrap().tensors().len(), shapes.len());
        check(&bytes);
    }
}
