//! What comes after pooling in a sentence encoder, as `modules.json` lists it: linear layers of their own and the scaling to length 1.
//!
//! A few vectors of some hundred numbers: computed here on plain numbers, beside which a way to the device would cost more.
//! Reference implementation: `sentence_transformers.models.Dense` and `Normalize` (6.2).

use std::collections::BTreeMap;

use kindling_weights::{Checkpoint, Source, WeightFiles, small_file};
use serde::Deserialize;

use crate::TaskError;
use crate::error::json;

const MODULES: &str = "modules.json";
/// Far above every published head: it stops a hostile file before it asks for memory.
const MOST: usize = 65_536;

#[derive(Deserialize)]
struct ModuleEntry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    path: String,
}

/// `config.json` of a `Dense`; what it leaves out has the library's default.
#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    #[serde(default = "tanh")]
    activation_function: String,
    /// Which of the vectors so far; that of the whole text alone is known here.
    #[serde(default = "sentence")]
    module_input_name: String,
}

fn yes() -> bool {
    true
}
fn tanh() -> String {
    "torch.nn.modules.activation.Tanh".into()
}
fn sentence() -> String {
    SENTENCE.into()
}
const SENTENCE: &str = "sentence_embedding";

#[derive(Debug, Clone, Copy)]
enum Activation {
    Identity,
    Tanh,
    Relu,
    Sigmoid,
}

impl Activation {
    /// By the name of PyTorch's class, whatever module it is said to lie in.
    fn named(class: &str) -> Option<Self> {
        Some(match class.rsplit('.').next()? {
            "Identity" => Self::Identity,
            "Tanh" => Self::Tanh,
            "ReLU" => Self::Relu,
            "Sigmoid" => Self::Sigmoid,
            _ => return None,
        })
    }

    fn of(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            Self::Tanh => x.tanh(),
            Self::Relu => x.max(0.0),
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }
}

#[derive(Debug)]
enum Step {
    /// `act(W x + b)`: weight `[outputs × inputs]`, bias `[outputs]`.
    Dense { weight: Vec<f32>, bias: Vec<f32>, act: Activation },
    /// `x / max(‖x‖, 1e-12)`
    Normalize,
}

/// Files by their paths in the folder.
pub(crate) type Files = BTreeMap<String, Box<dyn Source>>;

/// From a pooled vector to the one that is given out.
#[derive(Debug)]
pub(crate) struct Head {
    steps: Vec<Step>,
    /// Width of what comes in, and of what goes out.
    widths: (usize, usize),
}

impl Head {
    /// Of a model whose pooled vectors have `width` numbers; `files` are those of the dense modules, by their paths in the folder.
    /// Without a `modules.json` vectors are scaled to length 1 and no more.
    ///
    /// # Errors
    /// [`TaskError::Json`] for a module that is not here, or one that does not fit what comes before it; what a file of weights is refused for.
    pub fn read(modules: Option<&[u8]>, files: &mut Files, width: usize) -> Result<Self, TaskError> {
        let mut head = Self { steps: Vec::new(), widths: (width, width) };
        let Some(modules) = modules else {
            head.steps.push(Step::Normalize);
            return Ok(head);
        };
        let modules: Vec<ModuleEntry> = json(MODULES, modules)?;
        for ModuleEntry { kind, path } in &modules {
            match kind.rsplit('.').next() {
                // The model itself and its pooling, and what does nothing but in training.
                Some("Transformer" | "Pooling" | "Dropout") => {}
                Some("Normalize") => head.steps.push(Step::Normalize),
                Some("Dense") => {
                    let (step, out) = dense(path, files, head.widths.1)?;
                    head.steps.push(step);
                    head.widths.1 = out;
                }
                _ => return Err(refused(format!("module {kind} is not supported"))),
            }
        }
        Ok(head)
    }

    /// Whether vectors come out with length 1.
    pub fn normalises(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Normalize))
    }

    /// Width of a vector that comes out.
    pub fn dim(&self) -> usize {
        self.widths.1
    }

    /// # Shapes
    /// `rows`: `[rows × width]`, flat; returns `[rows × dim]`.
    pub fn forward(&self, rows: Vec<f32>) -> Vec<f32> {
        let (mut rows, mut width) = (rows, self.widths.0);
        for step in &self.steps {
            match step {
                Step::Normalize => scale_to_unit(&mut rows, width),
                Step::Dense { weight, bias, act } => {
                    let out = |row: &[f32]| -> Vec<f32> {
                        let sums = weight.chunks(width).map(|w| w.iter().zip(row).map(|(w, x)| w * x).sum::<f32>());
                        sums.zip(bias).map(|(sum, bias)| act.of(sum + bias)).collect()
                    };
                    rows = rows.chunks(width).flat_map(out).collect();
                    width = bias.len();
                }
            }
        }
        rows
    }
}

/// Every row scaled to length 1 (`torch.nn.functional.normalize`, eps 1e-12).
pub(crate) fn scale_to_unit(rows: &mut [f32], dim: usize) {
    for row in rows.chunks_mut(dim.max(1)) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|x| *x /= length);
    }
}

fn refused(reason: String) -> TaskError {
    TaskError::Json { file: MODULES, reason }
}

/// One dense module and how wide what it gives is.
fn dense(path: &str, files: &mut Files, width: usize) -> Result<(Step, usize), TaskError> {
    let mut take = |name: &str| {
        let path = format!("{path}/{name}");
        files.remove(&path).ok_or_else(|| refused(format!("no {path}")))
    };
    let config = small_file(take("config.json")?.as_ref(), "config.json")?;
    let config: DenseConfig = json("config.json", &config).map_err(|error| refused(format!("{path}: {error}")))?;
    let DenseConfig { in_features, out_features, bias, activation_function, module_input_name } = config;
    let wrong = |field: &str, found: &dyn std::fmt::Display, expected: &str| {
        Err(refused(format!("{path}/config.json: field `{field}`: found {found}, expected {expected}")))
    };
    if in_features != width {
        return wrong("in_features", &in_features, &width.to_string());
    }
    if !(1..=MOST).contains(&out_features) {
        return wrong("out_features", &out_features, &format!("1 to {MOST}"));
    }
    let Some(act) = Activation::named(&activation_function) else {
        return wrong("activation_function", &activation_function, "Identity, Tanh, ReLU or Sigmoid");
    };
    if module_input_name != SENTENCE {
        return wrong("module_input_name", &module_input_name, SENTENCE);
    }
    let checkpoint = Checkpoint::open(WeightFiles::one(take("model.safetensors")?))?;
    checkpoint.entry("linear.weight")?.expect_shape(&[out_features, in_features])?;
    let weight = checkpoint.read_f32("linear.weight")?;
    let bias = if bias {
        checkpoint.entry("linear.bias")?.expect_shape(&[out_features])?;
        checkpoint.read_f32("linear.bias")?
    } else {
        vec![0.0; out_features]
    };
    Ok((Step::Dense { weight, bias, act }, out_features))
}

#[cfg(test)]
mod tests {
    use kindling_weights::{NamedTensor, Precision, write};

    use super::*;

    const LIST: &[u8] = br#"[
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
        {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}
    ]"#;

    fn files(config: serde_json::Value) -> Files {
        let tensor = |name: &str, shape: &[usize], values: &[f32]| NamedTensor {
            name: name.into(),
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        let weights = [
            tensor("linear.weight", &[3, 2], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
            tensor("linear.bias", &[3], &[0.0, 0.0, 1.0]),
        ];
        BTreeMap::from([
            ("2_Dense/config.json".to_string(), config.to_string().into_bytes().into()),
            ("2_Dense/model.safetensors".to_string(), write(&weights, Precision::F32).expect("weights").into()),
        ])
    }

    fn config(field: &str, value: serde_json::Value) -> serde_json::Value {
        let mut config = serde_json::json!({
            "in_features": 2, "out_features": 3, "bias": true, "activation_function": "torch.nn.modules.linear.Identity"
        });
        config[field] = value;
        config
    }

    #[test]
    fn a_linear_layer_and_then_length_1() {
        let head = Head::read(Some(LIST), &mut files(config("bias", true.into())), 2).expect("head");
        assert_eq!((head.dim(), head.normalises()), (3, true));
        let rows = head.forward(vec![3.0, 4.0, 0.0, 0.0]);
        let length = (9.0f32 + 16.0 + 64.0).sqrt();
        assert_eq!(rows, [3.0 / length, 4.0 / length, 8.0 / length, 0.0, 0.0, 1.0]);
        let none = Head::read(Some(LIST), &mut files(config("bias", false.into())), 2).expect("head");
        assert_eq!(none.forward(vec![0.0, 2.0])[0], 0.0);
        let plain = Head::read(None, &mut Files::new(), 2).expect("head").forward(vec![3.0, 4.0]);
        assert_eq!(plain, [0.6, 0.8]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let refused = |config| Head::read(Some(LIST), &mut files(config), 2).expect_err("refused").to_string();
        for (field, value) in [
            ("in_features", serde_json::json!(4)),
            ("out_features", 0.into()),
            ("activation_function", "torch.nn.modules.activation.Softplus".into()),
            ("module_input_name", "token_embeddings".into()),
        ] {
            let said = refused(config(field, value));
            assert!(said.contains("2_Dense/config.json") && said.contains(field), "{said}");
        }
        assert!(refused(config("out_features", 5.into())).contains("linear.weight"));
        let missing = Head::read(Some(LIST), &mut Files::new(), 2).expect_err("refused").to_string();
        assert!(missing.contains("2_Dense/config.json"), "{missing}");
        let other = br#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.LSTM"}]"#;
        let said = Head::read(Some(other), &mut Files::new(), 2).expect_err("refused").to_string();
        assert!(said.contains("LSTM"), "{said}");
    }
}
