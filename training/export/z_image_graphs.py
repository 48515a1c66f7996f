"""Z-Image's transformer as two graphs, `full` and `cached` (BudCache, arXiv 2606.13496).

Latents stay spatial; the graphs cut them into patches. The velocity is ε − x0, the negative of what the
model itself gives, and the time projection is that of 1 − σ, as the pipeline feeds it.

A caption has as many tokens as it has words, filled to a multiple of 32, and image positions begin
after it. Here its `caption_tokens` slots are fixed and the caption stands at their end: rotary
attention knows only differences of positions, so every length has the same tables, and the slots
before the caption are masked. The modules below hold no weights of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from diffusers import ZImageTransformer2DModel
from diffusers.models.attention_processor import Attention
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF
from torch import nn

from .attention import MASKED, Rotary, attend, rotary, rotate
from .pipeline import ExportError
from .z_image_pipeline import PATCH

# Where the residual starts: after the noise refiner, which cached steps then still run (the official
# code), or right after the patch embedding, which leaves cached steps no attention at all.
ResidualFrom = Literal["refiner", "embedder"]

KEY = f"{PATCH}-1"


def check_sizes(transformer: ZImageTransformer2DModel, caption_tokens: int, rows: int, columns: int) -> None:
    """Refuse sizes whose filling tokens or positions the tables could not hold."""
    if caption_tokens <= 0 or caption_tokens % SEQ_MULTI_OF:
        raise ExportError("size-invalid", f"{caption_tokens} text tokens: not a multiple of {SEQ_MULTI_OF}")
    if (rows * columns) % SEQ_MULTI_OF:
        raise ExportError("size-invalid", f"{rows}×{columns} image tokens: not a multiple of {SEQ_MULTI_OF}")
    if any(n > most for n, most in zip((caption_tokens + 2, rows, columns), transformer.axes_lens, strict=True)):
        raise ExportError("size-invalid", f"{caption_tokens} text, {rows}×{columns} image tokens: too many")


def rotary_tables(transformer: ZImageTransformer2DModel, caption_tokens: int, rows: int, columns: int) -> Rotary:
    """For image tokens, then caption slots, from the model's own complex table."""
    grid = transformer.create_coordinate_grid
    image = grid((1, rows, columns), (caption_tokens + 1, 0, 0)).flatten(0, 2)
    caption = grid((caption_tokens, 1, 1), (1, 0, 0)).flatten(0, 2)
    turns = transformer.rope_embedder(torch.cat([image, caption]))
    return rotary(turns.real.repeat_interleave(2, -1), turns.imag.repeat_interleave(2, -1))


class BakedAttention:
    """ZSingleStreamAttnProcessor in real arithmetic; the mask is a bias on the scores."""

    def __call__(
        self,
        attn: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        freqs_cis: Rotary | None = None,
    ) -> torch.Tensor:
        assert encoder_hidden_states is None and freqs_cis is not None
        split = (attn.heads, -1)
        query = attn.to_q(hidden_states).unflatten(-1, split)
        key = attn.to_k(hidden_states).unflatten(-1, split)
        value = attn.to_v(hidden_states).unflatten(-1, split)
        if attn.norm_q is not None:
            query, key = attn.norm_q(query), attn.norm_k(key)
        mixed = attend(rotate(query, freqs_cis), rotate(key, freqs_cis), value, attention_mask)
        return attn.to_out[0](mixed)


@contextmanager
def baked_attention(transformer: ZImageTransformer2DModel) -> Iterator[None]:
    """While open, the transformer's blocks expect `rotary_tables`; afterwards they are as before."""
    layers = [module for module in transformer.modules() if isinstance(module, Attention)]
    before = [layer.processor for layer in layers]
    for layer in layers:
        layer.processor = BakedAttention()
    try:
        yield
    finally:
        for layer, processor in zip(layers, before, strict=True):
            layer.processor = processor


def patches(latents: torch.Tensor) -> torch.Tensor:
    """[1, C, H, W] → [1, tokens, 4·C], the channel running fastest."""
    _, channels, height, width = latents.shape
    cut = latents.view(channels, height // PATCH, PATCH, width // PATCH, PATCH)
    return cut.permute(1, 3, 2, 4, 0).reshape(1, -1, PATCH * PATCH * channels)


def picture(tokens: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """`patches` undone: [1, tokens, 4·C] → `shape` [1, C, H, W]."""
    _, channels, height, width = shape
    cut = tokens.view(height // PATCH, width // PATCH, PATCH, PATCH, channels)
    return cut.permute(4, 0, 2, 1, 3).reshape(shape)


class _Graph(nn.Module):
    """What both graphs run: time, patch embedding, noise refiner, head."""

    def __init__(self, transformer: ZImageTransformer2DModel, tables: Rotary, tokens: int) -> None:
        super().__init__()
        self.transformer = transformer
        self.tokens = tokens
        for name, table in zip(("cos", "sin", "swap"), tables, strict=True):
            self.register_buffer(name, table)

    def turns(self, start: int, end: int) -> Rotary:
        return self.cos[start:end], self.sin[start:end], self.swap

    def time(self, timestep_projection: torch.Tensor) -> torch.Tensor:
        return self.transformer.t_embedder.mlp(timestep_projection)

    def embed(self, latents: torch.Tensor) -> torch.Tensor:
        return self.transformer.all_x_embedder[KEY](patches(latents))

    def refine(self, hidden: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        for layer in self.transformer.noise_refiner:
            hidden = layer(hidden, None, self.turns(0, self.tokens), time)
        return hidden

    def head(self, hidden: torch.Tensor, time: torch.Tensor, shape: torch.Size) -> torch.Tensor:
        return -picture(self.transformer.all_final_layer[KEY](hidden, c=time), shape)


class FullGraph(_Graph):
    """latents [1, C, H, W], timestep_projection [1, 256], prompt_embeds [1, L, D], caption_fill [1, L],
    caption_absent [1, L] → velocity [1, C, H, W], residual [1, tokens, width].

    `caption_fill` is 1 where a slot only fills the caption to a multiple of 32, `caption_absent` where
    there is no caption at all; both 0 elsewhere.
    """

    def __init__(
        self,
        transformer: ZImageTransformer2DModel,
        caption_tokens: int,
        rows: int,
        columns: int,
        residual_from: ResidualFrom = "refiner",
    ) -> None:
        check_sizes(transformer, caption_tokens, rows, columns)
        super().__init__(transformer, rotary_tables(transformer, caption_tokens, rows, columns), rows * columns)
        self.all_tokens = rows * columns + caption_tokens
        self.residual_from = residual_from

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        prompt_embeds: torch.Tensor,
        caption_fill: torch.Tensor,
        caption_absent: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        model, tokens = self.transformer, self.tokens
        time = self.time(timestep_projection)
        embedded = self.embed(latents)
        refined = self.refine(embedded, time)
        bias = (caption_absent * MASKED)[:, None, None]
        fill = caption_fill[..., None]
        caption = model.cap_embedder(prompt_embeds) * (1 - fill) + model.cap_pad_token * fill
        for layer in model.context_refiner:
            caption = layer(caption, bias, self.turns(tokens, self.all_tokens))
        joint, joint_bias = torch.cat([refined, caption], 1), nn.functional.pad(bias, (tokens, 0))
        for layer in model.layers:
            joint = layer(joint, joint_bias, self.turns(0, self.all_tokens), time)
        after = joint[:, :tokens]
        before = refined if self.residual_from == "refiner" else embedded
        return self.head(after, time, latents.shape), after - before


class CachedGraph(_Graph):
    """latents, timestep_projection, residual [1, tokens, width] → velocity. None of the main layers."""

    def __init__(
        self,
        transformer: ZImageTransformer2DModel,
        caption_tokens: int,
        rows: int,
        columns: int,
        residual_from: ResidualFrom = "refiner",
    ) -> None:
        check_sizes(transformer, caption_tokens, rows, columns)
        tokens = rows * columns
        cos, sin, swap = rotary_tables(transformer, caption_tokens, rows, columns)
        super().__init__(transformer, (cos[:tokens].clone(), sin[:tokens].clone(), swap), tokens)
        self.residual_from = residual_from

    def forward(self, latents: torch.Tensor, timestep_projection: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
        time = self.time(timestep_projection)
        hidden = self.embed(latents)
        if self.residual_from == "refiner":
            hidden = self.refine(hidden, time)
        return self.head(hidden + residual, time, latents.shape)
