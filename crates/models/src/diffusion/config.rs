//! `config.json` of a U-Net and of a ControlNet, as diffusers writes them. Fields that change nothing at inference are left out.

use kindling_kernels::Act;
use serde::{Deserialize, Serialize};

use super::resnet::Style;
use super::transformer::TransformerShape;
use crate::ConfigError;

/// One value for every block, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerBlock {
    /// The same everywhere.
    One(usize),
    /// In the order of the way down.
    Each(Vec<usize>),
}

impl PerBlock {
    /// The value of a block on the way down.
    pub fn at(&self, block: usize) -> usize {
        match self {
            Self::One(value) => *value,
            Self::Each(values) => values.get(block).or(values.last()).copied().unwrap_or_default(),
        }
    }

    fn check(&self, field: &'static str, blocks: usize, most: usize) -> Result<(), ConfigError> {
        let fits = match self {
            Self::One(value) => (1..=most).contains(value),
            Self::Each(values) => values.len() == blocks && values.iter().all(|value| (1..=most).contains(value)),
        };
        let expected = || format!("1 to {most}, or {blocks} of them");
        fits.then_some(()).ok_or_else(|| ConfigError::field(field, format!("{self:?}"), expected()))
    }
}

/// One switch for every block, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Switch {
    /// The same everywhere.
    One(bool),
    /// In the order of the way down.
    Each(Vec<bool>),
}

impl Switch {
    fn at(&self, block: usize) -> bool {
        match self {
            Self::One(on) => *on,
            Self::Each(all) => all.get(block).copied().unwrap_or_default(),
        }
    }
}

/// `config.json` of a `UNet2DConditionModel`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UNet2DConditionConfig {
    /// Side of the latents that it was trained on.
    pub sample_size: Option<usize>,
    /// Channels of the latents; 9 where the mask and the masked picture come along.
    pub in_channels: usize,
    /// Channels of what it predicts.
    pub out_channels: usize,
    /// Whether the input is stretched from 0…1 to −1…1 first.
    pub center_input_sample: bool,
    /// Cosines before sines in the time embedding.
    pub flip_sin_to_cos: bool,
    /// Taken off the number of frequencies.
    pub freq_shift: f32,
    /// `CrossAttnDownBlock2D` or `DownBlock2D`
    pub down_block_types: Vec<String>,
    /// `UNetMidBlock2DCrossAttn`, `UNetMidBlock2D` or none
    pub mid_block_type: Option<String>,
    /// `CrossAttnUpBlock2D` or `UpBlock2D`
    pub up_block_types: Vec<String>,
    /// Whether pixels look at the prompt in the first attention too.
    pub only_cross_attention: Switch,
    /// Width of each block.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks in each block; one more on the way up.
    pub layers_per_block: PerBlock,
    /// 1, or 0 for one row and column after the last.
    pub downsample_padding: usize,
    /// What the residual blocks of the middle are divided by.
    pub mid_block_scale_factor: f64,
    /// `silu`, `swish`, `gelu`, `mish` or `relu`
    pub act_fn: String,
    /// Groups of every group norm.
    pub norm_num_groups: usize,
    /// Added to the variance before its root.
    pub norm_eps: f64,
    /// Width of the prompt's vectors.
    pub cross_attention_dim: PerBlock,
    /// Transformer layers in each block.
    pub transformer_layers_per_block: PerBlock,
    /// The same for the way up, where it is not the way down reversed.
    pub reverse_transformer_layers_per_block: Option<Vec<usize>>,
    /// Despite its name the number of heads: the reference keeps it so for the sake of older checkpoints.
    pub attention_head_dim: PerBlock,
    /// Must be absent, as the reference demands, but in a ControlNet, where it goes before `attention_head_dim`.
    pub num_attention_heads: Option<PerBlock>,
    /// Whether the checkpoint holds the projections as linear layers; both load.
    pub use_linear_projection: bool,
    /// `default` or `scale_shift`
    pub resnet_time_scale_shift: String,
    /// Only `positional` is known here.
    pub time_embedding_type: String,
    /// Width of the time embedding where it is not four times the first block's.
    pub time_embedding_dim: Option<usize>,
    /// Width of the guidance embedding of a distilled model.
    pub time_cond_proj_dim: Option<usize>,
    /// Kernel of the first convolution.
    pub conv_in_kernel: usize,
    /// Kernel of the last convolution.
    pub conv_out_kernel: usize,
    /// Must be absent: models of classes are not known here.
    pub class_embed_type: Option<String>,
    /// Must be absent, as above.
    pub num_class_embeds: Option<usize>,
    /// Must be absent: the second text tower of larger models is not known here.
    pub addition_embed_type: Option<String>,
    /// Must be absent.
    pub encoder_hid_dim_type: Option<String>,
    /// Only `default`.
    pub attention_type: String,
    /// Must be false.
    pub dual_cross_attention: bool,
    /// Must be false.
    pub resnet_skip_time_act: bool,
    /// Must be 1.
    pub resnet_out_scale_factor: f64,
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| name.to_string()).collect()
}

impl Default for UNet2DConditionConfig {
    /// Stable Diffusion 1's, which are diffusers' own defaults.
    fn default() -> Self {
        let (cross_down, cross_up) = ("CrossAttnDownBlock2D", "CrossAttnUpBlock2D");
        Self {
            sample_size: None,
            in_channels: 4,
            out_channels: 4,
            center_input_sample: false,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            down_block_types: names(&[cross_down, cross_down, cross_down, "DownBlock2D"]),
            mid_block_type: Some("UNetMidBlock2DCrossAttn".into()),
            up_block_types: names(&["UpBlock2D", cross_up, cross_up, cross_up]),
            only_cross_attention: Switch::One(false),
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: PerBlock::One(2),
            downsample_padding: 1,
            mid_block_scale_factor: 1.0,
            act_fn: "silu".into(),
            norm_num_groups: 32,
            norm_eps: 1e-5,
            cross_attention_dim: PerBlock::One(1280),
            transformer_layers_per_block: PerBlock::One(1),
            reverse_transformer_layers_per_block: None,
            attention_head_dim: PerBlock::One(8),
            num_attention_heads: None,
            use_linear_projection: false,
            resnet_time_scale_shift: "default".into(),
            time_embedding_type: "positional".into(),
            time_embedding_dim: None,
            time_cond_proj_dim: None,
            conv_in_kernel: 3,
            conv_out_kernel: 3,
            class_embed_type: None,
            num_class_embeds: None,
            addition_embed_type: None,
            encoder_hid_dim_type: None,
            attention_type: "default".into(),
            dual_cross_attention: false,
            resnet_skip_time_act: false,
            resnet_out_scale_factor: 1.0,
        }
    }
}

/// Why a field that must keep one value has another.
fn only(field: &'static str, fine: bool, found: impl std::fmt::Debug, expected: &str) -> Result<(), ConfigError> {
    if fine { Ok(()) } else { Err(ConfigError::field(field, format!("{found:?}"), expected)) }
}

/// A size between 1 and a bound far above every published checkpoint: it stops a hostile file before it asks for memory.
pub(super) fn within(field: &'static str, found: usize, most: usize) -> Result<(), ConfigError> {
    if (1..=most).contains(&found) { Ok(()) } else { Err(ConfigError::field(field, found, format!("1 to {most}"))) }
}

pub(super) fn act(name: &str) -> Result<Act, ConfigError> {
    Act::named(name).ok_or_else(|| ConfigError::field("act_fn", name, Act::NAMES))
}

/// What every autoencoder's configuration says of pictures and latents.
pub(super) fn latents(into: usize, out: usize, latent: usize, scaling: f64) -> Result<(), ConfigError> {
    within("in_channels", into, 1024)?;
    within("out_channels", out, 1024)?;
    within("latent_channels", latent, 1024)?;
    only("scaling_factor", scaling.is_finite() && scaling > 0.0, scaling, "above 0")
}

/// Widths that the group norms divide.
pub(super) fn widths(channels: &[usize], groups: usize) -> Result<(), ConfigError> {
    within("block_out_channels", channels.len(), 8)?;
    within("norm_num_groups", groups, 1024)?;
    for &width in channels {
        within("block_out_channels", width, 8192)?;
        if !width.is_multiple_of(groups) {
            return Err(ConfigError::field(
                "block_out_channels",
                width,
                format!("multiples of norm_num_groups {groups}"),
            ));
        }
    }
    Ok(())
}

impl UNet2DConditionConfig {
    /// Names the first field that cannot be run.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        within("in_channels", self.in_channels, 1024)?;
        within("out_channels", self.out_channels, 1024)?;
        widths(&self.block_out_channels, self.norm_num_groups)?;
        let blocks = self.block_out_channels.len();
        only("down_block_types", self.down_block_types.len() == blocks, &self.down_block_types, "one for each block")?;
        only("up_block_types", self.up_block_types.len() == blocks, &self.up_block_types, "one for each block")?;
        for name in &self.down_block_types {
            crosses("down_block_types", name, "CrossAttnDownBlock2D", "DownBlock2D")?;
        }
        for name in &self.up_block_types {
            crosses("up_block_types", name, "CrossAttnUpBlock2D", "UpBlock2D")?;
        }
        if let Some(name) = &self.mid_block_type {
            crosses("mid_block_type", name, "UNetMidBlock2DCrossAttn", "UNetMidBlock2D")?;
        }
        self.layers_per_block.check("layers_per_block", blocks, 32)?;
        self.cross_attention_dim.check("cross_attention_dim", blocks, 65_536)?;
        self.transformer_layers_per_block.check("transformer_layers_per_block", blocks, 64)?;
        self.attention_head_dim.check("attention_head_dim", blocks, 1024)?;
        if let Some(up) = &self.reverse_transformer_layers_per_block {
            PerBlock::Each(up.clone()).check("reverse_transformer_layers_per_block", blocks, 64)?;
        }
        for (block, &width) in self.block_out_channels.iter().enumerate() {
            let heads = self.attention_head_dim.at(block);
            if !width.is_multiple_of(heads) {
                let expected = format!("a divisor of the block's width {width}");
                return Err(ConfigError::field("attention_head_dim", heads, expected));
            }
        }
        act(&self.act_fn)?;
        let eps = self.norm_eps;
        only("norm_eps", eps > 0.0 && eps < 1.0, eps, "between 0 and 1")?;
        let shift = self.resnet_time_scale_shift.as_str();
        only("resnet_time_scale_shift", ["default", "scale_shift"].contains(&shift), shift, "default or scale_shift")?;
        only("downsample_padding", self.downsample_padding <= 1, self.downsample_padding, "0 or 1")?;
        for (field, kernel) in [("conv_in_kernel", self.conv_in_kernel), ("conv_out_kernel", self.conv_out_kernel)] {
            only(field, kernel % 2 == 1 && kernel <= 15, kernel, "odd, up to 15")?;
        }
        for (field, width) in
            [("time_embedding_dim", self.time_embedding_dim), ("time_cond_proj_dim", self.time_cond_proj_dim)]
        {
            width.map_or(Ok(()), |width| within(field, width, 65_536))?;
        }
        self.check_unknown()
    }

    /// Switches that lead to architectures not known here.
    fn check_unknown(&self) -> Result<(), ConfigError> {
        let switch = &self.only_cross_attention;
        let fits = !matches!(switch, Switch::Each(all) if all.len() != self.block_out_channels.len());
        only("only_cross_attention", fits, switch, "one for each block")?;
        only("time_embedding_type", self.time_embedding_type == "positional", &self.time_embedding_type, "positional")?;
        only("num_attention_heads", self.num_attention_heads.is_none(), &self.num_attention_heads, "none")?;
        only("class_embed_type", self.class_embed_type.is_none(), &self.class_embed_type, "none")?;
        only("num_class_embeds", self.num_class_embeds.is_none(), self.num_class_embeds, "none")?;
        only("addition_embed_type", self.addition_embed_type.is_none(), &self.addition_embed_type, "none")?;
        only("encoder_hid_dim_type", self.encoder_hid_dim_type.is_none(), &self.encoder_hid_dim_type, "none")?;
        only("attention_type", self.attention_type == "default", &self.attention_type, "default")?;
        only("dual_cross_attention", !self.dual_cross_attention, self.dual_cross_attention, "false")?;
        only("resnet_skip_time_act", !self.resnet_skip_time_act, self.resnet_skip_time_act, "false")?;
        let scale = self.resnet_out_scale_factor;
        only("resnet_out_scale_factor", scale == 1.0, scale, "1")?;
        let scale = self.mid_block_scale_factor;
        only("mid_block_scale_factor", scale.is_finite() && scale > 0.0, scale, "above 0")
    }

    pub(super) fn act(&self) -> Act {
        Act::named(&self.act_fn).unwrap_or(Act::Silu)
    }

    /// Width of the time embedding.
    pub(super) fn time(&self) -> usize {
        self.time_embedding_dim.unwrap_or(self.block_out_channels[0] * 4)
    }

    pub(super) fn style(&self) -> Style {
        Style {
            groups: self.norm_num_groups,
            eps: self.norm_eps,
            act: self.act(),
            time: Some(self.time()),
            scale_shift: self.resnet_time_scale_shift == "scale_shift",
            divisor: 1.0,
        }
    }

    /// The transformers of a block, counted on the way down.
    pub(super) fn transformer(&self, block: usize) -> TransformerShape {
        TransformerShape {
            prompt_only: self.only_cross_attention.at(block),
            heads: self.attention_head_dim.at(block),
            layers: self.transformer_layers_per_block.at(block),
            states: self.cross_attention_dim.at(block),
            groups: self.norm_num_groups,
        }
    }
}

/// Whether a block's name is the one with cross attention or the one without.
fn crosses(field: &'static str, name: &str, with: &str, without: &str) -> Result<(), ConfigError> {
    only(field, [with, without].contains(&name), name, &format!("{with} or {without}"))
}

/// `config.json` of a `ControlNetModel`: the U-Net's way down and middle, and what reads the hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlNetConfig {
    /// The half that it shares with a U-Net.
    #[serde(flatten)]
    pub unet: UNet2DConditionConfig,
    /// Channels of the hint, a picture of edges for instance.
    #[serde(default = "three")]
    pub conditioning_channels: usize,
    /// Widths of the convolutions that read the hint; each but the first halves height and width.
    #[serde(default = "hint_channels")]
    pub conditioning_embedding_out_channels: Vec<usize>,
    /// `rgb`, or `bgr` where the hint's channels are turned around.
    #[serde(default = "rgb")]
    pub controlnet_conditioning_channel_order: String,
    /// Must be false.
    #[serde(default)]
    pub global_pool_conditions: bool,
}

fn three() -> usize {
    3
}
fn hint_channels() -> Vec<usize> {
    vec![16, 32, 96, 256]
}
fn rgb() -> String {
    "rgb".into()
}

impl ControlNetConfig {
    /// Reads a configuration: there is no way up, whose blocks are then made up to match.
    pub(super) fn half(&self) -> UNet2DConditionConfig {
        let up = |name: &String| if name == "CrossAttnDownBlock2D" { "CrossAttnUpBlock2D" } else { "UpBlock2D" };
        let up_block_types = self.unet.down_block_types.iter().rev().map(|name| up(name).to_string()).collect();
        let heads = self.unet.num_attention_heads.as_ref().unwrap_or(&self.unet.attention_head_dim).clone();
        UNet2DConditionConfig {
            up_block_types,
            attention_head_dim: heads,
            num_attention_heads: None,
            ..self.unet.clone()
        }
    }

    /// Names the first field that cannot be run.
    ///
    /// # Errors
    /// [`ConfigError::Field`].
    pub fn check(&self) -> Result<(), ConfigError> {
        self.half().check()?;
        within("conditioning_channels", self.conditioning_channels, 64)?;
        let widths = &self.conditioning_embedding_out_channels;
        within("conditioning_embedding_out_channels", widths.len(), 8)?;
        widths.iter().try_for_each(|&width| within("conditioning_embedding_out_channels", width, 4096))?;
        let order = self.controlnet_conditioning_channel_order.as_str();
        only("controlnet_conditioning_channel_order", ["rgb", "bgr"].contains(&order), order, "rgb or bgr")?;
        only("global_pool_conditions", !self.global_pool_conditions, self.global_pool_conditions, "false")
    }
}
