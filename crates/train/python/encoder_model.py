"""BERT in plain torch, its parameters named as `transformers.BertModel` names them; a text's vector is the mean of its tokens'."""

import torch
import torch.nn.functional as F
from torch import nn


def named(**parts):
    module = nn.Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


class Layer(nn.Module):
    def __init__(self, width, inner, heads, epsilon):
        super().__init__()
        dense, norm = (lambda a, b: nn.Linear(a, b)), (lambda: nn.LayerNorm(width, eps=epsilon))
        this = named(query=dense(width, width), key=dense(width, width), value=dense(width, width))
        self.attention = named(**{"self": this, "output": named(dense=dense(width, width), LayerNorm=norm())})
        self.intermediate = named(dense=dense(width, inner))
        self.output = named(dense=dense(inner, width), LayerNorm=norm())
        self.heads = heads

    def forward(self, x, hidden):
        rows, tokens, width = x.shape
        this, out = getattr(self.attention, "self"), self.attention.output
        three = (this.query, this.key, this.value)
        qkv = F.linear(x, torch.cat([p.weight for p in three]), torch.cat([p.bias for p in three]))
        q, k, v = qkv.view(rows, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + hidden
        mixed = (scores.softmax(-1).to(v.dtype) @ v).transpose(1, 2).reshape(rows, tokens, width)
        x = out.LayerNorm(x + out.dense(mixed))
        return self.output.LayerNorm(x + self.output.dense(F.gelu(self.intermediate.dense(x))))


class Bert(nn.Module):
    def __init__(self, about):
        super().__init__()
        width, epsilon = about["hidden_size"], about["layer_norm_eps"]
        self.embeddings = named(
            word_embeddings=nn.Embedding(about["vocab_size"], width), position_embeddings=nn.Embedding(about["max_position_embeddings"], width),
            token_type_embeddings=nn.Embedding(about["type_vocab_size"], width), LayerNorm=nn.LayerNorm(width, eps=epsilon),
        )  # fmt: skip
        layers = (Layer(width, about["intermediate_size"], about["num_attention_heads"], epsilon) for _ in range(about["num_hidden_layers"]))
        self.encoder = named(layer=nn.ModuleList(layers))

    def forward(self, ids, mask):
        """`[n, tokens]` and 1 where there is a token; returns unit vectors `[n, hidden]`."""
        at = self.embeddings
        x = at.word_embeddings(ids) + at.position_embeddings.weight[: ids.shape[1]] + at.token_type_embeddings.weight[0]
        x = at.LayerNorm(x)
        hidden = (1 - mask[:, None, None].float()) * -1e4
        for layer in self.encoder.layer:
            x = layer(x, hidden)
        weights = mask[..., None].float()
        return F.normalize((x.float() * weights).sum(1) / weights.sum(1), dim=-1)
