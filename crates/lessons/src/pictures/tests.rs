//! What comes out of files and drawings, and that nothing strange breaks anything.

use proptest::prelude::*;

use super::*;

fn drawn(count: usize, seed: u64) -> Pictures {
    digits(&DigitsQuestion { count, seed, variety: None }).expect("digits")
}

/// Ink of a picture: its box and its centre of mass.
fn ink(picture: &[u8]) -> ([usize; 4], [f64; 2]) {
    let dark = || picture.iter().enumerate().filter(|&(_, &value)| value > 40).map(|(at, _)| (at % SIDE, at / SIDE));
    let edges = [
        dark().map(|(x, _)| x).min(),
        dark().map(|(x, _)| x).max(),
        dark().map(|(_, y)| y).min(),
        dark().map(|(_, y)| y).max(),
    ];
    let total: f64 = picture.iter().map(|&value| f64::from(value)).sum();
    let mean = |of: fn(usize) -> usize| {
        picture.iter().enumerate().map(|(at, &value)| (of(at) as f64 + 0.5) * f64::from(value)).sum::<f64>() / total
    };
    (edges.map(|edge| edge.expect("ink")), [mean(|at| at % SIDE), mean(|at| at / SIDE)])
}

#[test]
fn digits_stand_as_mnists_do() {
    let pictures = drawn(200, 1);
    assert_eq!((pictures.pixels.len(), pictures.labels.len()), (200 * PIXELS, 200));
    for (row, picture) in pictures.pixels.chunks_exact(PIXELS).enumerate() {
        let ([left, right, top, bottom], mass) = ink(picture);
        let long = (right - left).max(bottom - top) + 1;
        assert!((18..=21).contains(&long), "{row}: {long}");
        // Off the middle only where the box would be cut off.
        let off = mass.iter().map(|mass| (mass - 14.0).abs()).fold(0.0, f64::max);
        assert!(off < 0.6 || left <= 1 || top <= 1 || right >= 26 || bottom >= 26, "{row}: {mass:?}");
        assert_eq!(picture.iter().max(), Some(&255), "{row}");
        assert_eq!(usize::from(pictures.labels[row]), row % 10);
    }
}

#[test]
fn a_longer_sample_begins_with_the_shorter_and_seeds_differ() {
    let (short, long, other) = (drawn(20, 5), drawn(50, 5), drawn(20, 6));
    assert_eq!(short.pixels, long.pixels[..short.pixels.len()]);
    assert_ne!(short.pixels, other.pixels);
    let plain = digits(&DigitsQuestion { count: 20, seed: 5, variety: Some(0.0) }).expect("digits");
    assert_eq!(plain.pixels[..10 * PIXELS], plain.pixels[10 * PIXELS..], "without variety a digit is always the same");
    assert!(digits(&DigitsQuestion { count: 1, seed: 1, variety: Some(f64::NAN) }).is_err());
    assert!(digits(&DigitsQuestion { count: MOST_PICTURES + 1, seed: 1, variety: None }).is_err());
}

#[test]
fn a_drawing_comes_to_the_middle_whatever_its_size_and_place() {
    let drawing = |side: usize, from: [usize; 2], size: usize| {
        let mut pixels = vec![0; side * side];
        for at in 0..size {
            for across in 0..size / 5 {
                pixels[(from[1] + at) * side + from[0] + across] = 200; // an upright
                pixels[(from[1] + across) * side + from[0] + at] = 200; // and a beam
            }
        }
        centre(&pixels, side, side).expect("a drawing").expect("ink")
    };
    let first = drawing(280, [10, 100], 100);
    let ([left, right, top, bottom], _) = ink(&first);
    // Twenty, that begin anywhere within a pixel.
    assert!([right - left + 1, bottom - top + 1].iter().all(|side| (20..=21).contains(side)));
    for other in [drawing(280, [150, 20], 100), drawing(560, [300, 200], 200), drawing(64, [3, 5], 50)] {
        let most = first.iter().zip(&other).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(most <= Some(2), "{most:?}");
    }
    assert_eq!(centre(&[0; 100], 10, 10), Ok(None));
    assert!(matches!(centre(&[0; 100], 10, 11), Err(LessonError::Shape { .. })));
    assert!(matches!(centre(&[], 0, 0), Err(LessonError::IdxSide { .. })));
    // A dot and a line are drawings, too.
    assert!(centre(&[255], 1, 1).is_ok_and(|found| found.is_some()));
    let mut line = vec![0; 300 * 300];
    line[300 * 150..][..300].fill(255);
    assert!(centre(&line, 300, 300).is_ok_and(|found| found.is_some_and(|picture| picture.contains(&255))));
}

#[test]
fn parts_are_even_apart_and_do_not_move_with_their_size() {
    let labels = drawn(1000, 1).labels;
    let of = |train| {
        split_pictures(&labels, &PictureSplitQuestion { train, validation: 100, test: 200, seed: 1 }).expect("a split")
    };
    let (few, many) = (of(100), of(700));
    assert_eq!((&few.test, &few.validation), (&many.test, &many.validation));
    assert!(few.train.iter().all(|row| many.train.contains(row)));
    let mut all: Vec<usize> = [&many.train[..], &many.validation, &many.test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    for digit in 0..10 {
        assert_eq!(few.train.iter().filter(|&&row| labels[row] == digit).count(), 10);
    }
    let much = split_pictures(&labels, &PictureSplitQuestion { train: 900, validation: 100, test: 200, seed: 1 });
    assert_eq!(much, Err(LessonError::TooFewRows { found: 1000, needed: 1200 }));
}

fn idx(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = (0x0800 + sizes.len() as u32).to_be_bytes().to_vec();
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(values);
    bytes
}

#[test]
fn mnists_files_are_read_and_what_is_wrong_with_others_is_named() {
    let pictures = drawn(5, 1);
    let (images, labels) = (idx(&[5, 28, 28], &pictures.pixels), idx(&[5], &pictures.labels));
    let read = read_idx(&images, &labels, None).expect("pictures");
    assert_eq!((&read.pictures, read.found, read.side), (&pictures, 5, [28, 28]));
    let two = read_idx(&images, &labels, Some(2)).expect("pictures");
    assert_eq!((two.pictures.labels.len(), two.pictures.pixels.len(), two.found), (2, 2 * PIXELS, 5));
    let refused = |images: &[u8], labels: &[u8]| read_idx(images, labels, None).expect_err("a refusal");
    assert_eq!(refused(&labels, &images), LessonError::IdxMagic { file: "images", found: 0x0801 });
    assert_eq!(refused(&images, &images), LessonError::IdxMagic { file: "labels", found: 0x0803 });
    assert_eq!(refused(&images[..3], &labels), LessonError::IdxShort { file: "images", found: 3, needed: 4 });
    assert_eq!(refused(&images[..15], &labels), LessonError::IdxShort { file: "images", found: 15, needed: 16 });
    let cut = LessonError::IdxShort { file: "images", found: images.len() - 1, needed: images.len() };
    assert_eq!(refused(&images[..images.len() - 1], &labels), cut);
    assert!(matches!(refused(&images, &labels[..10]), LessonError::IdxShort { file: "labels", .. }));
    assert_eq!(refused(&images, &idx(&[4], &[1; 4])), LessonError::IdxCounts { images: 5, labels: 4 });
    assert_eq!(refused(&idx(&[1, 65, 28], &[0; 65 * 28]), &labels), LessonError::IdxSide { rows: 65, columns: 28 });
    assert_eq!(refused(&images, &idx(&[5], &[0, 1, 11, 3, 4])), LessonError::Label { row: 2, found: "11".into() });
    assert!(matches!(refused(&idx(&[u32::MAX, 64, 64], &[]), &idx(&[u32::MAX], &[])), LessonError::IdxShort { .. }));
    assert!(matches!(refused(&idx(&[0, 28, 28], &[]), &idx(&[0], &[])), LessonError::TooFewRows { .. }));
    assert!(matches!(read_idx(&images, &labels, Some(0)), Err(LessonError::Setting { name: "most", .. })));
    // Other sides come to 28: a black square stays black.
    let large = read_idx(&idx(&[1, 56, 56], &[255; 56 * 56]), &idx(&[1], &[7]), None).expect("pictures");
    assert!(large.pictures.pixels.iter().all(|&value| value == 255));
    let flat = read_idx(&idx(&[1, 8, 16], &[255; 8 * 16]), &idx(&[1], &[7]), None).expect("pictures");
    assert_eq!(flat.pictures.pixels.iter().filter(|&&value| value == 255).count(), 14 * 28);
}

#[test]
fn rows_of_numbers_are_read() {
    let row = |label: &str, value: &str| format!("{label},{}", vec![value; PIXELS].join(","));
    let names = format!("label,{}", (0..PIXELS).map(|at| format!("pixel{at}")).collect::<Vec<_>>().join(","));
    let text = [names, row("3", "255"), String::new(), row("12", "1"), row("4", "7"), "1,2,3".into(), row("5", "256")]
        .join("\r\n");
    let read = read_rows(&text, None).expect("rows");
    assert_eq!((&read.pictures.labels[..], read.found, &read.skipped[..]), (&[3, 4][..], 2, &[4, 6, 7][..]));
    assert_eq!((read.pictures.pixels[0], read.pictures.pixels[PIXELS]), (255, 7));
    let shares = read_rows(&row("1", "0.5"), None).expect("rows");
    assert_eq!(shares.pictures.pixels[0], 128);
    assert_eq!(read_rows("a,b\n1,2", None), Err(LessonError::NoDigits { lines: 2 }));
    assert_eq!(read_rows("", None), Err(LessonError::NoDigits { lines: 0 }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_file_and_no_drawing_breaks_anything(
        images in prop::collection::vec(any::<u8>(), 0..400),
        labels in prop::collection::vec(any::<u8>(), 0..40),
        sizes in prop::array::uniform3(0u32..70),
        text in ".{0,200}",
        width in 0usize..40,
        height in 0usize..40,
    ) {
        let _ = read_idx(&images, &labels, None);
        let _ = read_idx(&idx(&sizes, &images), &idx(&[sizes[0]], &labels), None);
        let _ = read_rows(&text, None);
        let drawing: Vec<u8> = images.iter().copied().cycle().take(if images.is_empty() { 0 } else { width * height }).collect();
        if let Ok(Some(picture)) = centre(&drawing, width, height) {
            prop_assert_eq!(picture.len(), PIXELS);
            prop_assert!(picture.contains(&255));
        }
    }
}
