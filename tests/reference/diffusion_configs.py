"""Configurations of the tiny diffusion models that diffusion.py makes, and why each is there.

The first of a kind has only the keys that a published file of its time has, so that defaults are met too.
"""

CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"

# Stable Diffusion 1.5's keys. `attention_head_dim` is the number of heads, whatever its name says.
SD1 = {
    "_class_name": "UNet2DConditionModel",
    "_diffusers_version": "0.6.0",
    "act_fn": "silu",
    "attention_head_dim": 8,
    "block_out_channels": [8, 16, 16, 24],
    "center_input_sample": False,
    "cross_attention_dim": 24,
    "down_block_types": [CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN],
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 4,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 4,
    "out_channels": 4,
    "sample_size": 16,
    "up_block_types": [UP, CROSS_UP, CROSS_UP, CROSS_UP],
}
# Stable Diffusion 2's: a number of heads for each level, linear projections
SD2 = SD1 | {
    "_diffusers_version": "0.8.0",
    "attention_head_dim": [2, 4, 8, 6],
    "cross_attention_dim": 16,
    "dual_cross_attention": False,
    "num_class_embeds": None,
    "only_cross_attention": False,
    "upcast_attention": True,
    "use_linear_projection": True,
}
# three levels, latents, mask and masked latents in
INPAINT = SD1 | {
    "attention_head_dim": 4,
    "block_out_channels": [8, 16, 24],
    "cross_attention_dim": 16,
    "down_block_types": [CROSS_DOWN, CROSS_DOWN, DOWN],
    "in_channels": 9,
    "layers_per_block": 1,
    "up_block_types": [UP, CROSS_UP, CROSS_UP],
}
# lists where a number is common. Of `cross_attention_dim` the first is not used by its block: a reader that takes
# one number for all takes the wrong one. Downsampling pads right and below only.
LISTS = SD1 | {
    "_diffusers_version": "0.31.0",
    "act_fn": "gelu",
    "attention_head_dim": [3, 2, 4],
    "block_out_channels": [12, 16, 24],
    "cross_attention_dim": [10, 20, 20],
    "down_block_types": [DOWN, CROSS_DOWN, CROSS_DOWN],
    "downsample_padding": 0,
    "flip_sin_to_cos": False,
    "freq_shift": 1,
    "layers_per_block": [1, 2, 1],
    "norm_num_groups": 4,
    "resnet_time_scale_shift": "scale_shift",
    "transformer_layers_per_block": [1, 2, 1],
    "up_block_types": [CROSS_UP, CROSS_UP, UP],
    "use_linear_projection": True,
}
# attention to the text in the middle alone; input centred; other scale and epsilon
MID = SD1 | {
    "_diffusers_version": "0.31.0",
    "attention_head_dim": 4,
    "block_out_channels": [8, 16],
    "center_input_sample": True,
    "cross_attention_dim": 16,
    "down_block_types": [DOWN, DOWN],
    "layers_per_block": 1,
    "mid_block_scale_factor": 1.4142,
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "norm_eps": 0.01,
    "norm_num_groups": 4,
    "only_cross_attention": True,  # the middle of this type does not look at it
    "transformer_layers_per_block": 2,
    "up_block_types": [UP, UP],
}
# a middle of one residual block; blocks that attend to the text twice and never to themselves
PLAIN = SD1 | {
    "_diffusers_version": "0.31.0",
    "attention_head_dim": [2, 8],
    "block_out_channels": [8, 16],
    "cross_attention_dim": 12,
    "down_block_types": [CROSS_DOWN, CROSS_DOWN],
    "layers_per_block": 1,
    "mid_block_only_cross_attention": None,
    "mid_block_type": "UNetMidBlock2D",
    "norm_num_groups": 4,
    "num_attention_heads": None,
    "only_cross_attention": [True, False],
    "up_block_types": [CROSS_UP, CROSS_UP],
}
# no middle; the guidance as a second condition beside the time, as a distilled consistency model has it
LCM = SD1 | {
    "_diffusers_version": "0.22.0",
    "attention_head_dim": 2,
    "block_out_channels": [8, 16],
    "cross_attention_dim": 12,
    "down_block_types": [DOWN, CROSS_DOWN],
    "layers_per_block": 1,
    "mid_block_type": None,
    "norm_num_groups": 4,
    "time_cond_proj_dim": 32,
    "up_block_types": [CROSS_UP, UP],
}

LEFT_OUT = ["center_input_sample", "out_channels", "sample_size", "up_block_types"]
# what differs from the first U-Net is what a ControlNet has of its own
CONTROLNET = {key: value for key, value in SD1.items() if key not in LEFT_OUT}
CONTROLNET |= {
    "_class_name": "ControlNetModel",
    "_diffusers_version": "0.14.0.dev0",
    "class_embed_type": None,
    "conditioning_embedding_out_channels": [4, 6, 8, 12],
    "controlnet_conditioning_channel_order": "rgb",
    "num_class_embeds": None,
    "only_cross_attention": False,
    "projection_class_embeddings_input_dim": None,
    "resnet_time_scale_shift": "default",
    "upcast_attention": False,
    "use_linear_projection": False,
}
# here `num_attention_heads` is read, and stands above `attention_head_dim`; blue comes first
CONTROLNET_HEADS = CONTROLNET | {
    "_diffusers_version": "0.31.0",
    "attention_head_dim": 8,
    "block_out_channels": [8, 16],
    "conditioning_channels": 3,
    "conditioning_embedding_out_channels": [4, 6],
    "controlnet_conditioning_channel_order": "bgr",
    "cross_attention_dim": 12,
    "down_block_types": [CROSS_DOWN, DOWN],
    "global_pool_conditions": False,
    "layers_per_block": 1,
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "norm_num_groups": 4,
    "num_attention_heads": 2,
    "transformer_layers_per_block": 1,
    "use_linear_projection": True,
}

# Stable Diffusion 1's autoencoder
KL = {
    "_class_name": "AutoencoderKL",
    "_diffusers_version": "0.6.0",
    "act_fn": "silu",
    "block_out_channels": [8, 16, 16],
    "down_block_types": ["DownEncoderBlock2D"] * 3,
    "in_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 4,
    "out_channels": 3,
    "sample_size": 32,
    "up_block_types": ["UpDecoderBlock2D"] * 3,
}
# as later ones: no 1 × 1 convolutions beside the latents, a shift, no attention
KL_PLAIN = KL | {
    "act_fn": "gelu",  # of the residual blocks; before the last convolution SiLU stays
    "_diffusers_version": "0.31.0",
    "block_out_channels": [8, 24],
    "down_block_types": ["DownEncoderBlock2D"] * 2,
    "force_upcast": True,
    "latent_channels": 6,
    "latents_mean": None,
    "latents_std": None,
    "layers_per_block": 1,
    "mid_block_add_attention": False,
    "norm_num_groups": 8,
    "scaling_factor": 0.3611,
    "shift_factor": 0.1159,
    "up_block_types": ["UpDecoderBlock2D"] * 2,
    "use_post_quant_conv": False,
    "use_quant_conv": False,
}
# TAESD's, a factor of 8; another magnitude, shift and activation (which does not reach a block's last)
TINY_F8 = {
    "_class_name": "AutoencoderTiny",
    "_diffusers_version": "0.20.0.dev0",
    "act_fn": "silu",
    "decoder_block_out_channels": [8, 8, 8, 8],
    "encoder_block_out_channels": [8, 8, 8, 8],
    "force_upcast": False,
    "in_channels": 3,
    "latent_channels": 4,
    "latent_magnitude": 2,
    "latent_shift": 0.4,
    "num_decoder_blocks": [3, 3, 3, 1],
    "num_encoder_blocks": [1, 3, 3, 3],
    "out_channels": 3,
    "scaling_factor": 1.0,
    "upsampling_scaling_factor": 2,
}
# a factor of 4; other widths on both sides
TINY_F4 = TINY_F8 | {
    "_diffusers_version": "0.31.0",
    "act_fn": "relu",
    "decoder_block_out_channels": [12, 12, 12],
    "encoder_block_out_channels": [8, 8, 8],
    "latent_magnitude": 3,
    "latent_shift": 0.5,
    "num_decoder_blocks": [2, 1, 1],
    "num_encoder_blocks": [1, 1, 2],
    "scaling_factor": 1.3,
    "shift_factor": 0.0,
    "upsample_fn": "nearest",
}
