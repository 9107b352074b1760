//! A shader of ours on Burn's tensors: CubeCL keeps the pipelines, the memory and the queue.

use burn::tensor::{DType, Device, Int, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
pub(super) use burn_cubecl::tensor::CubeTensor;
use cubecl::ir::{UIntKind, metadata::Info};
use cubecl::prelude::*;
use cubecl::server::{KernelArguments, MetadataBindingInfo};
use cubecl::{CubeKernel, PrecompiledSource};

use super::template::expand;

/// Constants of a shader by name.
pub(super) type Constants = Vec<(&'static str, u32)>;

/// A shader's name, its parts, and what a model fixes of it. The name and the constants are the key of its pipeline.
pub(super) struct Shader {
    pub name: &'static str,
    pub parts: &'static [&'static str],
    pub constants: Constants,
}

impl KernelMetadata for Shader {
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.name, self.constants.clone()))
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Shader {
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(CubeDim::new_1d(1).into(), ExecutionMode::Unchecked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        let mut source = expand(&self.parts.concat(), &self.constants);
        // Outside browsers CubeCL lays several tensors into one buffer, which a launch may then only use in one way.
        if std::env::consts::ARCH != "wasm32" {
            source = source.replace("var<storage, read>", "var<storage, read_write>");
        }
        Some(PrecompiledSource { source, entrypoint_name: "main".into(), lang: "wgsl" })
    }
}

/// A tensor of the GPU, row by row; `None` where it is elsewhere or not of `f32`.
pub(super) fn cube<const D: usize>(x: &Tensor<D>) -> Option<CubeTensor> {
    if crate::Place::of(&x.device()) != crate::Place::Gpu || x.dtype() != DType::F32 {
        return None;
    }
    x.clone().try_into_primitive::<CubeBackend>().ok().map(into_contiguous)
}

/// Ids of the GPU, row by row; `None` where they are elsewhere or not of `i32`.
pub(super) fn cube_ids(ids: &Tensor<2, Int>) -> Option<CubeTensor> {
    if crate::Place::of(&ids.device()) != crate::Place::Gpu || ids.dtype() != DType::I32 {
        return None;
    }
    ids.clone().try_into_primitive::<CubeBackend>().ok().map(into_contiguous)
}

/// Of an optional tensor: `None` where it is there, but not on the GPU.
pub(super) fn cubes<const D: usize>(x: Option<&Tensor<D>>) -> Option<Option<CubeTensor>> {
    match x {
        None => Some(None),
        Some(x) => cube(x).map(Some),
    }
}

/// Bytes of the largest buffer that a shader of a device's can bind.
pub(crate) fn largest(device: &Device) -> Option<u64> {
    let any = cube(&Tensor::<1>::from_data([0.0f32], device))?;
    Some(any.client.properties().memory.max_page_size)
}

/// Most workgroups in one dimension that every adapter takes.
pub(super) const MOST_GROUPS: usize = 65_535;

/// So many workgroups in a line, as x and y.
pub(super) fn line(groups: usize) -> [usize; 3] {
    [groups.clamp(1, MOST_GROUPS), groups.div_ceil(MOST_GROUPS).max(1), 1]
}

/// Runs a shader; its output has `shape`, its inputs are those that are there, in order, and `info` its sizes.
pub(super) fn run<const D: usize>(
    shader: Shader,
    inputs: Vec<Option<CubeTensor>>,
    shape: [usize; D],
    info: &[u32],
    [x, y, z]: [usize; 3],
) -> Tensor<D> {
    let mut inputs = inputs.into_iter().flatten().peekable();
    let Some((client, device)) = inputs.peek().map(|first| (first.client.clone(), first.device.clone())) else {
        unreachable!("every shader has an input");
    };
    let shape = Shape::from(shape);
    let out = client.empty(shape.num_elements() * size_of::<f32>());
    let out = CubeTensor::new_contiguous(client.clone(), device, shape, out, DType::F32);
    let mut buffers: Vec<_> = inputs.map(|input| input.handle.binding()).collect();
    buffers.push(out.handle.clone().binding());
    let arguments = KernelArguments::new().with_buffers(buffers).with_info(MetadataBindingInfo::custom(words(info)));
    client.launch(Box::new(shader), CubeCount::Static(x as u32, y as u32, z as u32), arguments);
    Tensor::from_primitive::<CubeBackend>(out)
}

/// Sizes in the words that CubeCL carries, filled up to 16 bytes as a uniform buffer must be.
fn words(info: &[u32]) -> Vec<u64> {
    let pair = |pair: &[u32]| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
    let mut words: Vec<u64> = info.chunks(2).map(pair).collect();
    words.resize(words.len().next_multiple_of(2), 0);
    words
}

#[cfg(test)]
mod tests {
    use super::{line, words};

    #[test]
    fn sizes_fill_whole_vectors() {
        assert_eq!(words(&[1, 2, 3]), [1 | 2 << 32, 3]);
        assert_eq!(words(&[1, 2, 3, 4, 5]).len(), 4);
    }

    #[test]
    fn long_lines_turn() {
        assert_eq!(line(7), [7, 1, 1]);
        assert_eq!(line(65_536), [65_535, 2, 1]);
    }
}
