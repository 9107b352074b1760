//! From a module back to named tensors.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::WeightsError;
use crate::module::{Path, SegmentNames, transpose};

/// A tensor by name, in the checkpoint's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// The checkpoint's key.
    pub name: String,
    /// The checkpoint's shape.
    pub shape: Vec<usize>,
    /// Row by row.
    pub values: Vec<f32>,
}

/// A parameter: its key, whether it lies transposed, whether it is a part of a table, its shape and its numbers.
struct Found {
    name: String,
    transposed: bool,
    in_parts: bool,
    shape: Vec<usize>,
    tensor: Tensor<1>,
}

struct Collector<'a> {
    path: Path,
    names: SegmentNames<'a>,
    found: Vec<Found>,
}

impl ModuleVisitor for Collector<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.leave();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        self.found.push(Found {
            name: self.path.key(self.names),
            transposed: self.path.transposed(),
            in_parts: self.path.in_parts(),
            shape,
            tensor: tensor.reshape([-1]),
        });
    }
}

/// Reads every parameter of a module back, in the checkpoint's names and layouts.
///
/// # Errors
/// [`WeightsError::Readback`] when the device gives nothing back.
pub async fn collect<M: Module>(module: &M, names: SegmentNames<'_>) -> Result<Vec<NamedTensor>, WeightsError> {
    let mut collector = Collector { path: Path::default(), names, found: Vec::new() };
    module.visit(&mut collector);
    let mut tensors: Vec<NamedTensor> = Vec::with_capacity(collector.found.len());
    for Found { name, transposed, in_parts, mut shape, tensor } in collector.found {
        let readback = |reason: String| WeightsError::Readback { name: name.clone(), reason };
        let data = tensor.into_data_async().await.map_err(|error| readback(format!("{error:?}")))?;
        let mut values = data.convert::<f32>().try_to_vec::<f32>().map_err(|error| readback(format!("{error:?}")))?;
        if transposed {
            values = transpose(&values, shape[0], shape[1]);
            shape.reverse();
        }
        match tensors.last_mut() {
            Some(whole) if in_parts && whole.name == name => {
                whole.shape[0] += shape[0];
                whole.values.extend(values);
            }
            _ => tensors.push(NamedTensor { name, shape, values }),
        }
    }
    Ok(tensors)
}
