use safetensors::tensor::{Dtype as StoredDtype, TensorView, serialize};

use super::*;

fn file(tensors: &[(&str, &[f32])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let view = |bytes| TensorView::new(StoredDtype::F32, vec![2, 1], bytes).unwrap();
    serialize(tensors.iter().zip(&bytes).map(|((name, _), bytes)| (*name, view(bytes))), None).unwrap()
}

fn sharded(index: Option<&str>, shards: Vec<(&str, Vec<u8>)>) -> Result<Checkpoint, WeightsError> {
    let shards = shards.into_iter().map(|(name, bytes)| (name.to_string(), bytes.into())).collect();
    Checkpoint::open(WeightFiles {
        shards,
        index: index.map(|text| text.as_bytes().to_vec()),
        ..WeightFiles::default()
    })
}

const INDEX: &str = r#"{"metadata": {"total_size": 16}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}"#;

#[test]
fn shards_are_one_checkpoint() {
    let shards = vec![("1.safetensors", file(&[("a", &[1.0, 2.0])])), ("2.safetensors", file(&[("b", &[3.0, 4.0])]))];
    let checkpoint = sharded(Some(INDEX), shards).unwrap();
    assert_eq!(checkpoint.read_f32("a").unwrap(), [1.0, 2.0]);
    assert_eq!(checkpoint.read_f32("b").unwrap(), [3.0, 4.0]);
    assert_eq!(checkpoint.entries().count(), 2);
}

#[test]
fn shards_that_disagree_with_their_index_are_named() {
    let (a, b) = (file(&[("a", &[1.0, 2.0])]), file(&[("b", &[3.0, 4.0])]));
    let refused = |index, shards| sharded(index, shards).unwrap_err();
    let missing = refused(Some(INDEX), vec![("1.safetensors", a.clone())]);
    assert_eq!(missing, WeightsError::MissingShard { file: "2.safetensors".into() });
    let swapped = refused(Some(INDEX), vec![("1.safetensors", b.clone()), ("2.safetensors", a.clone())]);
    assert!(
        matches!(&swapped, WeightsError::OtherShard { name, found, .. } if name == "a" && found == "2.safetensors")
    );
    let lacking = refused(Some(INDEX), vec![("1.safetensors", a.clone()), ("2.safetensors", file(&[]))]);
    assert_eq!(lacking, WeightsError::MissingTensor { name: "b".into() });
    let both = file(&[("a", &[0.0, 0.0]), ("b", &[3.0, 4.0])]);
    let twice = refused(Some(INDEX), vec![("1.safetensors", a.clone()), ("2.safetensors", both)]);
    assert_eq!(twice, WeightsError::DuplicateTensor { name: "a".into() });
    assert!(matches!(refused(Some("[]"), vec![("1.safetensors", a)]), WeightsError::Index { .. }));
    assert!(matches!(refused(None, vec![]), WeightsError::MissingShard { .. }));
}

/// A file of which only some bytes can be had, and how much was asked for.
#[derive(Debug)]
struct Torn {
    bytes: Vec<u8>,
    whole: usize,
}

impl Source for Torn {
    fn size(&self) -> u64 {
        self.bytes.size()
    }
    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
        assert!(into.len() as u64 <= PIECE, "{} bytes at once", into.len());
        if at as usize + into.len() > self.whole { Err("bad sector".into()) } else { self.bytes.read(at, into) }
    }
}

#[test]
fn a_large_tensor_comes_in_pieces_and_its_places_count_on() {
    let numbers = PIECE as usize / 4 + 10;
    let mut values = vec![0.5f32; 2 * numbers];
    values[numbers] = -7.0;
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let view = TensorView::new(StoredDtype::F32, vec![2, numbers], &bytes).unwrap();
    let mut file = serialize([("big", view)], None).unwrap();
    let whole = file.len();
    let open = |bytes: &[u8], whole| {
        Checkpoint::open(WeightFiles::one(Box::new(Torn { bytes: bytes.to_vec(), whole }) as Box<dyn Source>)).unwrap()
    };
    assert_eq!(open(&file, whole).read_f32("big").unwrap(), values);
    let Stored::Floats(row, false) = open(&file, whole).read_stored("big", 1..2).unwrap() else { panic!("not floats") };
    assert_eq!(row, values[numbers..]);
    let torn = open(&file, whole - 8).read_f32("big").unwrap_err();
    assert!(matches!(&torn, WeightsError::Unreadable { reason, .. } if reason == "bad sector"), "{torn}");
    file[whole - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let spoiled = WeightsError::NotFinite { name: "big".into(), index: 2 * numbers - 1 };
    assert_eq!(open(&file, whole).read_f32("big").unwrap_err(), spoiled);
    let Err(in_a_row) = open(&file, whole).read_stored("big", 1..2) else { panic!("a NaN") };
    assert_eq!(in_a_row, spoiled);
}

#[test]
fn matrices_become_what_is_asked_for() {
    let files = |store_as| WeightFiles { store_as, ..file(&[("w", &[1.0, -2.0])]).into() };
    let read = |store_as| Checkpoint::open(files(store_as)).unwrap().read_stored("w", 0..2).unwrap();
    let Stored::Int8(values, scales) = read(Some(Precision::Int8)) else { panic!("not int8") };
    assert_eq!((values, scales), (vec![127, -127], vec![1.0 / 127.0, 2.0 / 127.0]));
    assert!(matches!(read(Some(Precision::F16)), Stored::Floats(values, true) if values == [1.0, -2.0]));
    assert!(matches!(read(None), Stored::Floats(values, false) if values == [1.0, -2.0]));
}

#[test]
fn who_watches_is_told_of_every_piece() {
    // As many bytes as CLIP ViT-B/32 has, in tensors of uneven sizes: nothing lies in the file but zeros.
    #[derive(Debug)]
    struct Zeros(Vec<u8>, u64);
    impl Source for Zeros {
        fn size(&self) -> u64 {
            self.1
        }
        fn read(&self, at: u64, into: &mut [u8]) -> Result<(), String> {
            into.fill(0);
            let header = self.0.get(at as usize..).unwrap_or_default();
            let length = header.len().min(into.len());
            into[..length].copy_from_slice(&header[..length]);
            Ok(())
        }
    }
    let (large, small) = (604u64 << 20, 1u64 << 20);
    let header = format!(
        r#"{{"a":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{large}]}},"b":{{"dtype":"F32","shape":[{}],"data_offsets":[{large},{}]}}}}"#,
        large / 4,
        small / 4,
        large + small
    );
    let start = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let size = start.len() as u64 + large + small;
    let told = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let kept = told.clone();
    let progress = Some(crate::Watch::new(move |done, total| kept.borrow_mut().push((done, total))));
    let source: Box<dyn Source> = Box::new(Zeros(start, size));
    let checkpoint = Checkpoint::open(WeightFiles { progress, ..WeightFiles::one(source) }).unwrap();
    for name in ["a", "b", "b"] {
        let rows = rows_of(checkpoint.entry(name).unwrap());
        for from in (0..rows).step_by(8 << 20) {
            checkpoint.read_stored(name, from..rows.min(from + (8 << 20))).unwrap();
        }
    }
    let told = told.borrow();
    assert!(told.len() >= 100, "{} times", told.len());
    assert!(told.is_sorted() && told.iter().all(|&(done, total)| done <= total && total == large + small));
    assert_eq!(told.last(), Some(&(large + small, large + small)));
}
