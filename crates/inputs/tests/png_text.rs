//! Text in PNG files: out and in again, from another program, and from strangers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kindling_inputs::{
    InputError, MAX_PNG_TEXT_BYTES, MAX_PNG_TEXTS, PictureFormat, decode_picture, read_png_text, write_png,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
    text.iter().map(|&(key, text)| (key.to_owned(), text.to_owned())).collect()
}

fn code(error: &InputError) -> String {
    serde_json::to_value(error).unwrap()["code"].as_str().unwrap().to_owned()
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), |sum, _| step(sum)))
}

/// A PNG with more chunks, before its pixels or after them.
fn with_chunks<'a>(chunks: impl IntoIterator<Item = (&'a [u8; 4], Vec<u8>)>, last: bool) -> Vec<u8> {
    let mut png = write_png(2, 1, &[9, 8, 7, 255, 1, 2, 3, 255], &[]).unwrap();
    let mut all = Vec::new();
    for (kind, data) in chunks {
        let named = [&kind[..], &data].concat();
        all.extend((data.len() as u32).to_be_bytes());
        all.extend(&named);
        all.extend(crc32(&named).to_be_bytes());
    }
    let at = if last { png.len() - 12 } else { 33 };
    png.splice(at..at, all);
    png
}

fn one(kind: &[u8; 4], data: &[u8]) -> Result<Vec<(String, String)>, InputError> {
    read_png_text(&with_chunks([(kind, data.to_vec())], false))
}

#[test]
fn what_is_written_is_read_again() {
    let text = pairs(&[
        ("kindling", r#"{"prompt":"一只猫在树旁边","seed":7}"#),
        ("parameters", "a red apple 🍎👩\u{200d}👩\u{200d}👧\nNegative prompt: <img src=x onerror=alert(1)>\r\n"),
        ("Größe ÿ", "שלום \u{202e} \u{fffd} \0 \u{10ffff}"),
        ("empty", ""),
        ("empty", "twice"),
    ]);
    let opaque: Vec<u8> = (0..12).flat_map(|at| [at, 100 + at, 200 - at, 255]).collect();
    let png = write_png(4, 3, &opaque, &text).unwrap();
    assert_eq!(read_png_text(&png).unwrap(), text);
    let picture = decode_picture(&png).unwrap();
    let rgb: Vec<u8> = opaque.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    assert_eq!((picture.width, picture.height, picture.rgb), (4, 3, rgb));
    assert_eq!((png[24], png[25]), (8, 2), "eight bits of RGB");
    assert!(png.windows(4).any(|name| name == b"sRGB"));

    let clear = [opaque[..44].to_vec(), vec![1, 2, 3, 254]].concat();
    let png = write_png(4, 3, &clear, &text).unwrap();
    assert_eq!((png[24], png[25]), (8, 6), "eight bits of RGBA");
    assert_eq!(read_png_text(&png).unwrap(), text);
}

#[test]
fn every_kind_of_text_is_read() {
    let expected: Vec<(String, String)> = serde_json::from_slice(&file("edges/annotated.json")).unwrap();
    assert_eq!(read_png_text(&file("edges/annotated.png")).unwrap(), expected);
    assert_eq!(expected.len(), 5);
    assert_eq!(read_png_text(&file("pictures/rgb.png")).unwrap(), []);
    let title = pairs(&[("Title", "<img src=x onerror=alert(1)>")]);
    assert_eq!(read_png_text(&file("pictures/script_text.png")).unwrap(), title);
    // After the pixels too.
    let late = with_chunks([(b"tEXt", b"Author\0\xe9".to_vec()), (b"tIME", vec![0; 7])], true);
    assert_eq!(read_png_text(&late).unwrap(), pairs(&[("Author", "é")]));
}

#[test]
fn texts_that_break_the_rules_are_corrupt() {
    let long = [&[b'a'; 80][..], b"\0text"].concat();
    let packed = fdeflate::compress_to_vec(b"text");
    let itxt = |flag: u8, method: u8, text: &[u8]| [&b"key\0"[..], &[flag, method], b"\0\0", text].concat();
    assert_eq!(one(b"iTXt", &itxt(1, 0, &packed)).unwrap(), pairs(&[("key", "text")]));
    assert_eq!(one(b"zTXt", &[&b"key\0\0"[..], &packed].concat()).unwrap(), pairs(&[("key", "text")]));
    for (kind, data) in [
        (b"tEXt", b"no end of the key".to_vec()),
        (b"tEXt", b"\0no key".to_vec()),
        (b"tEXt", long),
        (b"zTXt", b"key\0".to_vec()),
        (b"zTXt", [&b"key\0\x01"[..], &packed].concat()),
        (b"zTXt", [&b"key\0\0"[..], &packed[..packed.len() - 1]].concat()),
        (b"zTXt", b"key\0\0not deflated".to_vec()),
        (b"iTXt", b"key\0".to_vec()),
        (b"iTXt", b"key\0\0".to_vec()),
        (b"iTXt", b"key\0\0\0en".to_vec()),
        (b"iTXt", b"key\0\0\0en\0Name".to_vec()),
        (b"iTXt", itxt(0, 0, b"\xff\xfe")),
        (b"iTXt", itxt(0, 1, b"text")),
        (b"iTXt", itxt(2, 0, b"text")),
    ] {
        let error = one(kind, &data).unwrap_err();
        assert_eq!(code(&error), "image_corrupt", "{}: {error}", data.escape_ascii());
        assert_eq!(error.kind(), "image");
    }
    let mut wrong = with_chunks([(b"tEXt", b"key\0text".to_vec())], false);
    wrong[46] ^= 1;
    assert_eq!(code(&read_png_text(&wrong).unwrap_err()), "image_corrupt");
}

#[test]
fn files_that_are_cut_off_are_told_from_others() {
    let png = file("edges/annotated.png");
    for end in 33..png.len() {
        let error = read_png_text(&png[..end]).unwrap_err();
        assert_eq!(error, InputError::ImageTruncated { format: PictureFormat::Png }, "{end} bytes");
    }
    for (name, expected) in [
        ("pictures/baseline_420.jpg", json!({"code": "png_format", "format": "jpeg"})),
        ("pictures/still.gif", json!({"code": "png_format", "format": "gif"})),
        ("pictures/login.html", json!({"code": "image_unsupported", "found": "html"})),
        ("pictures/empty.png", json!({"code": "image_empty"})),
    ] {
        let error = read_png_text(&file(name)).unwrap_err();
        assert_eq!(serde_json::to_value(&error).unwrap(), expected, "{name}");
    }
}

/// A busy machine may hold up one attempt, not all.
fn refused_at_once(bytes: &[u8]) -> Value {
    let attempt = || {
        let start = Instant::now();
        let error = read_png_text(bytes).unwrap_err();
        (start.elapsed(), serde_json::to_value(error).unwrap())
    };
    let (time, error) = (0..5).map(|_| attempt()).min_by_key(|(time, _)| *time).unwrap();
    assert!(time < Duration::from_millis(200), "{time:?}");
    error
}

#[test]
fn bombs_are_refused_at_once() {
    let size = json!({"code": "png_text_size", "limit": MAX_PNG_TEXT_BYTES});
    assert_eq!(refused_at_once(&file("pictures/bomb_text.png")), size);
    let zeros = fdeflate::compress_to_vec(&vec![0; 60_000_000]);
    let bomb = [&b"key\0\0"[..], &zeros].concat();
    assert_eq!(refused_at_once(&with_chunks([(b"zTXt", bomb)], false)), size);
    let bomb = [&b"key\0\x01\0\0\0"[..], &zeros].concat();
    assert_eq!(refused_at_once(&with_chunks([(b"iTXt", bomb)], true)), size);
    // Many small ones: each within the limit, not all of them.
    let small = [&b"key\0\0"[..], &fdeflate::compress_to_vec(&[0; 200_000])].concat();
    assert_eq!(refused_at_once(&with_chunks(vec![(b"zTXt", small); 60], false)), size);
    // Large as stored, next to nothing inside.
    let blocks = [&b"key\0\0\x78\x01"[..], &b"\0\0\0\xff\xff".repeat(2_000_000)].concat();
    assert_eq!(refused_at_once(&with_chunks([(b"zTXt", blocks)], false)), size);
    let plain = [&b"key\0"[..], &vec![b'a'; 40 << 20]].concat();
    assert_eq!(refused_at_once(&with_chunks([(b"tEXt", plain)], false)), size);
    let many = with_chunks(vec![(b"tEXt", b"k\0".to_vec()); 100_000], false);
    assert_eq!(refused_at_once(&many), json!({"code": "png_texts", "limit": MAX_PNG_TEXTS}));
}

#[test]
fn the_limits_are_the_same_on_both_sides() {
    let pixel = [1, 2, 3, 255];
    let write = |text: &[(String, String)]| write_png(1, 1, &pixel, text);
    let full = vec![("key".to_owned(), "a".repeat(MAX_PNG_TEXT_BYTES - 3))];
    assert_eq!(read_png_text(&write(&full).unwrap()).unwrap(), full);
    let over = vec![("key".to_owned(), "a".repeat(MAX_PNG_TEXT_BYTES - 2))];
    assert_eq!(write(&over), Err(InputError::PngTextSize { limit: MAX_PNG_TEXT_BYTES }));
    // Packed text may fill the room to its last byte.
    let packed = |count: usize| [&b"key\0\0"[..], &fdeflate::compress_to_vec(&vec![b'a'; count])].concat();
    assert_eq!(one(b"zTXt", &packed(MAX_PNG_TEXT_BYTES - 3)).unwrap(), full);
    assert_eq!(one(b"zTXt", &packed(MAX_PNG_TEXT_BYTES - 2)).unwrap_err(), write(&over).unwrap_err());
    let many = vec![("k".to_owned(), String::new()); MAX_PNG_TEXTS];
    assert_eq!(read_png_text(&write(&many).unwrap()).unwrap(), many);
    let more = vec![("k".to_owned(), String::new()); MAX_PNG_TEXTS + 1];
    assert_eq!(write(&more), Err(InputError::PngTexts { limit: MAX_PNG_TEXTS }));
}

#[test]
fn pictures_and_keys_that_cannot_be_written_are_refused() {
    let key = |key: &str| code(&write_png(1, 1, &[0; 4], &pairs(&[(key, "")])).unwrap_err());
    let long = "k".repeat(80);
    for wrong in ["", &long, "名", "a\nb", "a\0b", " a", "a ", "a  b", "a\u{a0}b", "\u{7f}"] {
        assert_eq!(key(wrong), "png_key", "{wrong:?}");
    }
    assert!(write_png(1, 1, &[0; 4], &pairs(&[(&long[1..], "")])).is_ok());
    let write = |width, height, bytes| code(&write_png(width, height, &vec![0; bytes], &[]).unwrap_err());
    assert_eq!(write(2, 2, 15), "png_pixels");
    assert_eq!(write(0, 2, 0), "png_pixels");
    assert_eq!(write(u32::MAX, u32::MAX, 4), "image_pixels");
    assert_eq!(write(65_536, 1, 4), "image_side");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_comes_back(text in prop::collection::vec(("[!-~]{1,79}", any::<String>()), 0..8)) {
        let png = write_png(1, 2, &[7; 8], &text).unwrap();
        prop_assert_eq!(read_png_text(&png).unwrap(), text);
    }

    #[test]
    fn any_bytes_do_no_harm(
        kind in prop::sample::select(vec![*b"tEXt", *b"zTXt", *b"iTXt", *b"IEND", *b"eXIf"]),
        key in "[ -~]{0,82}", data in prop::collection::vec(any::<u8>(), 0..200), packed in any::<bool>(),
        last in any::<bool>(),
    ) {
        let data = if packed { fdeflate::compress_to_vec(&data) } else { data };
        let body = [key.as_bytes(), &[0, 0], &data].concat();
        let _ = read_png_text(&with_chunks([(&kind, body)], last));
        let _ = read_png_text(&[b"\x89PNG\r\n\x1a\n", &data[..]].concat());
        let _ = read_png_text(&data);
    }

    #[test]
    fn damaged_files_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut png = file("edges/annotated.png");
        for (at, value) in &changes {
            *at.get_mut(&mut png) = *value;
        }
        png.truncate(cut.index(png.len()) + 1);
        if let Err(error) = read_png_text(&png) {
            prop_assert_eq!(error.kind(), "image");
        }
    }
}
