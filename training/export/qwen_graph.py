"""Z-Image's text encoder as a graph of fixed length."""

from __future__ import annotations

import torch
from torch import nn
from transformers import Qwen3Model

from .attention import MASKED


class QwenGraph(nn.Module):
    """input_ids [1, L], padded on the right → prompt_embeds [1, L, width].

    What enters the last layer, as ZImagePipeline takes it; that layer and the last norm are left out.
    No token sees what follows it, so the padding needs no mask: its rows are to be thrown away.
    """

    def __init__(self, qwen: Qwen3Model, tokens: int) -> None:
        super().__init__()
        self.embed_tokens = qwen.embed_tokens
        self.layers = qwen.layers[:-1]
        cos, sin = qwen.rotary_emb(torch.zeros(1), torch.arange(tokens)[None])
        self.register_buffer("cos", cos)
        self.register_buffer("sin", sin)
        self.register_buffer("mask", torch.full((1, 1, tokens, tokens), MASKED).triu(1))

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        hidden = self.embed_tokens(input_ids)
        for layer in self.layers:
            hidden = layer(hidden, attention_mask=self.mask, position_embeddings=(self.cos, self.sin))
        return hidden
