"""FLUX's two text encoders as graphs of fixed length, their masks and position tables baked."""

from __future__ import annotations

import torch
from torch import nn
from transformers import CLIPTextModel, T5EncoderModel

from .attention import MASKED
from .hollow import fill


class ClipGraph(nn.Module):
    """input_ids [1, L], end_of_text [1, L] (1 at the first end token, else 0) → pooled [1, width].

    Picking the token by a product keeps ArgMax and its integer work, which browsers run on the CPU,
    out of the graph.
    """

    def __init__(self, clip: CLIPTextModel, tokens: int) -> None:
        super().__init__()
        self.clip = clip
        self.register_buffer("mask", torch.full((1, 1, tokens, tokens), MASKED).triu(1))
        fill(clip.embeddings.position_embedding)
        self.register_buffer("positions", clip.embeddings.position_embedding.weight[:tokens][None].clone())

    def forward(self, input_ids: torch.Tensor, end_of_text: torch.Tensor) -> torch.Tensor:
        embedded = self.clip.embeddings.token_embedding(input_ids) + self.positions
        hidden = self.clip.encoder(inputs_embeds=embedded, attention_mask=self.mask).last_hidden_state
        return (end_of_text[:, None] @ self.clip.final_layer_norm(hidden))[:, 0]


class T5Graph(nn.Module):
    """input_ids [1, L] → prompt_embeds [1, L, width]. Padding is attended to, as FluxPipeline does."""

    def __init__(self, t5: T5EncoderModel, tokens: int) -> None:
        super().__init__()
        self.stack = t5.encoder
        fill(self.stack.block[0].layer[0].SelfAttention.relative_attention_bias)
        bias = self.stack.block[0].layer[0].SelfAttention.compute_bias(tokens, tokens)
        self.register_buffer("position_bias", bias.clone())

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        hidden = self.stack.embed_tokens(input_ids)
        for block in self.stack.block:
            hidden = block(hidden, None, self.position_bias)[0]
        return self.stack.final_layer_norm(hidden)
