"""CLIP in plain torch, its parameters named as `transformers.CLIPModel` names them, with the heads that only training needs."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, causal):
        rows, tokens, width = x.shape
        three = (self.q_proj, self.k_proj, self.v_proj)
        # One product instead of three.
        qkv = F.linear(x, torch.cat([p.weight for p in three]), torch.cat([p.bias for p in three]))
        q, k, v = qkv.view(rows, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if x.is_cuda:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        else:  # The fused kernel's way back is slow on a CPU.
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)  # [rows, heads, tokens, tokens]
            if causal:
                scores = scores + torch.full((tokens, tokens), -1e4, device=x.device).triu(1)
            mixed = scores.softmax(-1).to(v.dtype) @ v
        return self.out_proj(mixed.transpose(1, 2).reshape(rows, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, width * 4), nn.Linear(width * 4, width)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.self_attn, self.mlp = Attention(width, heads), Mlp(width)
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x, causal):
        x = x + self.self_attn(self.layer_norm1(x), causal)
        return x + self.mlp(self.layer_norm2(x))


def encoder(width, heads, layers):
    return nn.ModuleDict({"layers": nn.ModuleList(Layer(width, heads) for _ in range(layers))})


class Embeddings(nn.Module):
    """Of either tower: what is looked up."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class Vision(nn.Module):
    def __init__(self, about):
        super().__init__()
        width, patch, side = about["hidden_size"], about["patch_size"], about["image_size"] // about["patch_size"]
        self.embeddings = Embeddings(
            patch_embedding=nn.Conv2d(3, width, patch, patch, bias=False), position_embedding=nn.Embedding(side * side + 1, width)
        )
        self.embeddings.class_embedding = nn.Parameter(torch.randn(width) * width**-0.5)
        self.pre_layrnorm, self.post_layernorm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.encoder = encoder(width, about["num_attention_heads"], about["num_hidden_layers"])
        self.patch = patch

    def forward(self, pixels, keep=None):
        """`[n, 3, side, side]` and the patches to look at, `[n, kept]`; returns `[n, width]`."""
        at, rows = self.embeddings, len(pixels)
        patches = F.pixel_unshuffle(pixels, self.patch).flatten(2).transpose(1, 2)  # [n, patches, 3 × patch²]
        place = at.position_embedding.weight[1:].expand(rows, -1, -1)
        if keep is not None:
            patches = patches.gather(1, keep[..., None].expand(-1, -1, patches.shape[-1]))
            place = at.position_embedding.weight[1:][keep]
        x = F.linear(patches, at.patch_embedding.weight.flatten(1)) + place
        first = (at.class_embedding + at.position_embedding.weight[0]).expand(rows, 1, -1)
        x = self.pre_layrnorm(torch.cat([first, x.float()], 1))
        for layer in self.encoder["layers"]:
            x = layer(x, False)
        return self.post_layernorm(x[:, 0])


class Text(nn.Module):
    def __init__(self, about):
        super().__init__()
        width = about["hidden_size"]
        self.embeddings = Embeddings(
            token_embedding=nn.Embedding(about["vocab_size"], width), position_embedding=nn.Embedding(about["max_position_embeddings"], width)
        )
        self.encoder = encoder(width, about["num_attention_heads"], about["num_hidden_layers"])
        self.final_layer_norm = nn.LayerNorm(width)
        self.end = about["eos_token_id"]

    def forward(self, ids):
        """`[n, tokens]`, padded with 0 after the end; returns `[n, width]`. What comes after a token is never seen by it."""
        x = self.embeddings.token_embedding(ids) + self.embeddings.position_embedding.weight[: ids.shape[1]]
        for layer in self.encoder["layers"]:
            x = layer(x, True)
        ends = (ids == self.end).int().argmax(1)
        return self.final_layer_norm(x[torch.arange(len(ids), device=ids.device), ends])


class Clip(nn.Module):
    def __init__(self, about):
        super().__init__()
        width, common = about["text_config"]["hidden_size"], about["projection_dim"]
        self.vision_model, self.text_model = Vision(about["vision_config"]), Text(about["text_config"])
        self.visual_projection, self.text_projection = (nn.Linear(width, common, bias=False) for _ in range(2))
        self.logit_scale = nn.Parameter(torch.tensor([2.6592]))

    def pictures(self, pixels, keep=None):
        return self.visual_projection(self.vision_model(pixels, keep)).float()

    def texts(self, ids):
        return self.text_projection(self.text_model(ids)).float()


class Trained(nn.Module):
    """CLIP, one vector a concept, and the way from the common space to the encoder's."""

    def __init__(self, about, concepts, teacher):
        super().__init__()
        self.clip = Clip(about)
        self.concepts = nn.Linear(about["projection_dim"], concepts, bias=False)
        self.teacher = nn.Linear(about["projection_dim"], teacher, bias=False)
        for name, value in self.named_parameters():
            if name.endswith("embedding.weight"):
                nn.init.normal_(value, std=0.02)
