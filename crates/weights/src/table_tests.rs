//! Tables on their way: cut into parts, kept as the file has them.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Device;
use kindling_kernels::resident::{Compute, Form};
use kindling_kernels::{Place, Table};
use pollster::block_on;

use crate::module::fill;
use crate::{
    Checkpoint, NamedTensor, Precision, WeightFiles, WeightsError, collect, expected, load, load_resident, write,
};

#[derive(Module, Debug)]
struct Small {
    before: Linear,
    words: Table,
    after: Linear,
}

const ROWS: usize = 23;
const WIDTH: usize = 20;

fn small(rows_each: usize) -> Small {
    let device = Device::flex();
    let linear = || LinearConfig::new(3, 2).init(&device);
    let most = 4 * WIDTH as u64 * rows_each as u64;
    Small { before: linear(), words: Table::cut(ROWS, WIDTH, most, &device), after: linear() }
}

/// Numbers that are halves, and all of them different.
fn numbers() -> Vec<f32> {
    (0..ROWS * WIDTH).map(|at| (at as f32 - 200.0) / 64.0).collect()
}

/// The file of such a module whose table holds [`numbers`].
fn stored(precision: Precision) -> Vec<u8> {
    let mut tensors = block_on(collect(&small(ROWS), &[])).unwrap();
    let table = tensors.iter_mut().find(|tensor| tensor.name == "words.weight").unwrap();
    table.values = numbers();
    write(&tensors, precision).unwrap()
}

#[test]
fn a_table_in_parts_is_one_tensor_of_the_file() {
    let checkpoint = Checkpoint::parse(stored(Precision::F32)).unwrap();
    for each in [1, 5, 22, 23, 99] {
        let keys = expected(&small(each), &[]);
        let found: Vec<_> = keys.iter().filter(|(key, _)| key.starts_with("words")).collect();
        assert_eq!(found, [&("words.weight".to_string(), vec![ROWS, WIDTH])]);
        let (loaded, report) = load(small(each), &checkpoint, &[]).unwrap();
        assert_eq!(loaded.words.weight.len(), ROWS.div_ceil(each));
        assert_eq!((report.parameters, report.unused.len()), (ROWS * WIDTH + 2 * (3 * 2 + 2), 0));
        let back = block_on(collect(&loaded, &[])).unwrap();
        let NamedTensor { shape, values, .. } = back.iter().find(|tensor| tensor.name == "words.weight").unwrap();
        assert_eq!((shape, values), (&vec![ROWS, WIDTH], &numbers()));
        assert_eq!(back.len(), 5);
    }
}

#[test]
fn tables_stay_what_they_are_or_become_what_is_asked_for() {
    let device = Device::flex();
    assert_eq!(Place::of(&device), Place::Cpu);
    let cases = [
        (Precision::F32, None, Form::Plain, WIDTH),
        (Precision::F16, None, Form::Half, WIDTH / 2),
        (Precision::Int8, None, Form::Int8, WIDTH / 4 + 1),
        (Precision::F32, Some(Precision::F16), Form::Half, WIDTH / 2),
        (Precision::F32, Some(Precision::Int8), Form::Int8, WIDTH / 4 + 1),
        (Precision::F16, Some(Precision::F32), Form::Plain, WIDTH),
    ];
    for (in_file, store_as, form, columns) in cases {
        let checkpoint = Checkpoint::open(WeightFiles { store_as, ..stored(in_file).into() }).unwrap();
        let (loaded, report) = load_resident(small(7), &checkpoint, &[], Compute::Full, &["words"]).unwrap();
        assert_eq!(loaded.words.form(), form, "{in_file:?} {store_as:?}");
        assert_eq!(report.bytes, 4 * (ROWS * columns) as u64, "{in_file:?} {store_as:?}");
    }
}

#[test]
fn a_tensor_that_the_device_cannot_bind_is_named() {
    // What a part of five rows takes: the whole table is beyond it, all else below.
    const LIMIT: u64 = 4 * 5 * WIDTH as u64;
    fn five_rows(_: &Device, bytes: u64) -> Option<u64> {
        (bytes > LIMIT).then_some(LIMIT)
    }
    fn three_numbers(_: &Device, bytes: u64) -> Option<u64> {
        (bytes > 12).then_some(12)
    }
    let checkpoint = Checkpoint::parse(stored(Precision::F32)).unwrap();
    let (loaded, _) = fill(small(5), &checkpoint, &[], None, &[], five_rows).unwrap();
    assert_eq!(loaded.words.weight.len(), ROWS.div_ceil(5));
    let whole = fill(small(ROWS), &checkpoint, &[], None, &[], five_rows).unwrap_err();
    assert_eq!(whole.to_string(), "tensor \"words.weight\" of 1840 bytes on the device, which takes 400 at most");
    // Other tensors are not cut: the first that is too large ends it.
    let error = fill(small(5), &checkpoint, &[], None, &[], three_numbers).unwrap_err();
    let WeightsError::TooLarge { name, bytes, limit } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), bytes, limit), ("before.weight", 24, 12));
    // Fewer bytes a number are fewer bytes there: as int8 the table is 23 rows of 6 words.
    let small_table = WeightFiles { store_as: Some(Precision::Int8), ..stored(Precision::F32).into() };
    let checkpoint = Checkpoint::open(small_table).unwrap();
    let resident = Some(Compute::Full);
    let fits: fn(&Device, u64) -> Option<u64> = |_, bytes| (bytes > 4 * 23 * 6).then_some(4 * 23 * 6);
    fill(small(ROWS), &checkpoint, &[], resident, &[], fits).unwrap();
}
