//! Ids to vectors, from tables in every form and cut anywhere; patches to a sequence, a sequence to one vector.

use burn::module::Param;
use burn::nn::EmbeddingConfig;
use burn::tensor::{Device, Int, Tensor, TensorData};
use kindling_kernels::resident::{Form, Stored};
use kindling_kernels::table::Rows;
use kindling_kernels::{Counted, Place, Table, add_places, embed_tokens, first_token, mean_tokens};
use proptest::prelude::*;

use crate::common::{Numbers, alike, close, int8, ours, values};

/// In parts of at most so many bytes.
fn table_of(data: &TensorData, most: u64, device: &Device) -> Table {
    let stored = Stored::Floats(data.clone().try_to_vec::<f32>().expect("f32"), false);
    filled(&stored, data.shape().dims(), most, device)
}

/// As loading fills it.
fn filled(stored: &Stored, [height, width]: [usize; 2], most: u64, device: &Device) -> Table {
    let mut table = Table::cut(height, width, most, device);
    let each = table.each();
    for (at, part) in table.weight.iter_mut().enumerate() {
        let (from, to) = (at * each, height.min((at + 1) * each));
        let block = |from: usize, to: usize| match stored {
            Stored::Floats(values, half) => Stored::Floats(values[from * width..to * width].to_vec(), *half),
            Stored::Int8(values, scales) => {
                Stored::Int8(values[from * width..to * width].to_vec(), scales[from..to].to_vec())
            }
        };
        let mut rows = Rows::new(&block(from, from + 1), to - from, width, device);
        (from..to).for_each(|row| rows.push(block(row, row + 1)));
        let (words, columns) = rows.done();
        assert_eq!(words.capacity(), words.len(), "a tensor keeps what its vector has");
        *part = Param::from_tensor(Tensor::from_data(TensorData::new(words, [to - from, columns]), device));
    }
    table
}
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn tokens_to_vectors(seed in any::<u64>(), batch in 1usize..4, tokens in 1usize..20, width in 1usize..70, rows in 1usize..50, segment in any::<bool>(), padding in proptest::option::of(0usize..9), each in 1usize..60) {
        let mut numbers = Numbers(seed);
        let [words, places, segments] = [rows, tokens + 10, 2].map(|rows| numbers.tensor([rows, width]));
        let ids: Vec<i32> = numbers.many(batch * tokens).iter().map(|x| ((x + 2.0) * 1e4) as i32 % rows as i32).collect();
        alike(|device| {
            let words = table_of(&words, (4 * width * each) as u64, device);
            let table = |data: &TensorData| {
                let mut table = EmbeddingConfig::new(data.shape()[0], width).init(device);
                table.weight = Param::from_tensor(Tensor::from_data(data.clone(), device));
                table
            };
            let ids = Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [batch, tokens]), device);
            embed_tokens(&words, ids, &table(&places), segment.then(|| table(&segments)).as_ref(), padding.map_or(Counted::All, Counted::Without))
        }, 1e-6)?;
    }

    #[test]
    fn tables_in_parts_and_forms(seed in any::<u64>(), height in 1usize..60, fours in 4usize..40, odd in 0usize..2, each in 1usize..70, kind in 0usize..3) {
        let mut numbers = Numbers(seed);
        let width = 4 * fours + odd;
        let stored = match kind {
            0 => Stored::Floats(numbers.many(height * width), false),
            1 => Stored::Floats(numbers.many(height * width).iter().map(|value| (value * 256.0).round() / 256.0).collect(), true),
            _ => int8(&mut numbers, height, width),
        };
        let plain = match &stored {
            Stored::Floats(values, _) => values.clone(),
            Stored::Int8(values, scales) => Stored::Int8(values.clone(), scales.clone()).floats(width),
        };
        // The first and the last row of every part, what lies before the table and beyond it, and some others.
        let borders = (0..height).step_by(each).flat_map(|from| [from as i32 - 1, from as i32]);
        let some = numbers.many(9).into_iter().map(|x| ((x + 2.0) * 1e4) as i32 % height as i32);
        let ids: Vec<i32> = borders.chain([height as i32 - 1, height as i32, i32::MAX, -7]).chain(some).collect();
        let (places, tokens) = (numbers.tensor([ids.len(), width]), ids.len());
        for device in ours() {
            let embedded = |table: &Table| {
                let mut of_places = EmbeddingConfig::new(tokens, width).init(device);
                of_places.weight = Param::from_tensor(Tensor::from_data(places.clone(), device));
                let ids = Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [1, tokens]), device);
                values(embed_tokens(table, ids, &of_places, None, Counted::All))
            };
            let most = (4 * width * each) as u64;
            let cut = filled(&stored, [height, width], most, device);
            let found = embedded(&cut);
            prop_assert_eq!(cut.weight.len(), height.div_ceil(each.min(height)));
            let form = if odd == 1 { Form::Plain } else { [Form::Plain, Form::Half, Form::Int8][kind] };
            prop_assert_eq!(cut.form(), form);
            prop_assert!(cut.weight.iter().all(|part| 4 * part.val().shape().num_elements() as u64 <= most));
            prop_assert_eq!(&found, &embedded(&filled(&stored, [height, width], u64::MAX, device)), "as the whole table");
            let places = places.clone().try_to_vec::<f32>().expect("f32");
            let wanted: Vec<f32> = (0..tokens * width).map(|at| {
                let row = (ids[at / width].max(0) as usize).min(height - 1);
                plain[row * width + at % width] + places[at]
            }).collect();
            close(&found, &wanted, if Place::of(device) == Place::Cpu { 0.0 } else { 1e-6 })?;
        }
    }

    #[test]
    fn patches_to_a_sequence(seed in any::<u64>(), batch in 1usize..4, count in 1usize..12, width in 1usize..70) {
        let mut numbers = Numbers(seed);
        let (patches, class, places) = (numbers.tensor([batch, count, width]), numbers.tensor([width]), numbers.tensor([1 + count, width]));
        let on = |device: &Device| {
            let (class, places) = (Tensor::from_data(class.clone(), device), Tensor::from_data(places.clone(), device));
            add_places(Tensor::from_data(patches.clone(), device), class, places)
        };
        alike(on, 1e-6)?;
    }

    #[test]
    fn sequences_to_a_vector(seed in any::<u64>(), batch in 1usize..4, tokens in 1usize..30, width in 1usize..70, weighed in any::<bool>()) {
        let mut numbers = Numbers(seed);
        let hidden = numbers.tensor([batch, tokens, width]);
        // The last text has no token at all.
        let weights: Vec<f32> = (0..batch * tokens).map(|at| f32::from(u8::from(at / tokens + 1 < batch && at % 3 != 1))).collect();
        let of = |device: &Device| Tensor::<3>::from_data(hidden.clone(), device);
        alike(|device| {
            let weights = Tensor::from_data(TensorData::new(weights.clone(), [batch, tokens]), device);
            mean_tokens(of(device), weighed.then_some(weights))
        }, 1e-5)?;
        alike(|device| first_token(of(device)), 1e-6)?;
    }
}
