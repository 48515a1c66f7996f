"""FLUX.1's transformer as two graphs, `full` and `cached` (BudCache, arXiv 2606.13496).

Both take the sinusoidal projections of time and guidance from the host: sines of arguments of a
thousand radians differ between machines, and they cost nothing there. Position ids are baked into
rotary tables. The modules below hold no weights of their own; they call the model's submodules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from torch import nn

from .attention import Rotary, attend, rotary, rotate


def rotary_tables(transformer: FluxTransformer2DModel, text_tokens: int, rows: int, columns: int) -> Rotary:
    """For text tokens, then image tokens; bit for bit what diffusers computes with six more operators."""
    image_ids = FluxPipeline._prepare_latent_image_ids(1, rows, columns, "cpu", torch.float32)
    cos, sin = transformer.pos_embed(torch.cat([torch.zeros(text_tokens, 3), image_ids]))
    return rotary(cos, sin)


class BakedAttention:
    """FluxAttnProcessor written out in operators that every WebGPU provider has, rotary tables given."""

    def __call__(
        self,
        attn: nn.Module,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: Rotary | None = None,
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        assert attention_mask is None and image_rotary_emb is not None
        split = (-1, attn.head_dim)
        query = attn.norm_q(attn.to_q(hidden_states).unflatten(-1, split))
        key = attn.norm_k(attn.to_k(hidden_states).unflatten(-1, split))
        value = attn.to_v(hidden_states).unflatten(-1, split)
        text_tokens = 0
        if encoder_hidden_states is not None:
            text_tokens = encoder_hidden_states.shape[1]
            text_query = attn.norm_added_q(attn.add_q_proj(encoder_hidden_states).unflatten(-1, split))
            text_key = attn.norm_added_k(attn.add_k_proj(encoder_hidden_states).unflatten(-1, split))
            text_value = attn.add_v_proj(encoder_hidden_states).unflatten(-1, split)
            query = torch.cat([text_query, query], dim=1)
            key = torch.cat([text_key, key], dim=1)
            value = torch.cat([text_value, value], dim=1)
        query, key = rotate(query, image_rotary_emb), rotate(key, image_rotary_emb)
        mixed = attend(query, key, value)
        if encoder_hidden_states is None:
            return mixed
        text, image = mixed[:, :text_tokens], mixed[:, text_tokens:]
        return attn.to_out[0](image), attn.to_add_out(text)


@contextmanager
def baked_attention(transformer: FluxTransformer2DModel) -> Iterator[None]:
    """While open, the transformer's blocks expect `rotary_tables`; afterwards they are as before."""
    before = transformer.attn_processors
    transformer.set_attn_processor(BakedAttention())
    try:
        yield
    finally:
        transformer.set_attn_processor(before)


def conditioning(
    transformer: FluxTransformer2DModel,
    timestep_projection: torch.Tensor,
    guidance_projection: torch.Tensor,
    pooled: torch.Tensor,
) -> torch.Tensor:
    """Time, guidance and pooled text → the modulation vector [1, width]."""
    embed = transformer.time_text_embed
    time = embed.timestep_embedder(timestep_projection)
    return time + embed.guidance_embedder(guidance_projection) + embed.text_embedder(pooled)


def run_head(transformer: FluxTransformer2DModel, hidden: torch.Tensor, modulation: torch.Tensor) -> torch.Tensor:
    return transformer.proj_out(transformer.norm_out(hidden, modulation))


def run_blocks(
    transformer: FluxTransformer2DModel,
    hidden: torch.Tensor,
    text: torch.Tensor,
    modulation: torch.Tensor,
    rotary: tuple[torch.Tensor, ...],
    which: slice = slice(None),
) -> tuple[torch.Tensor, torch.Tensor]:
    """Text and image hidden states after those blocks, double ones first; all of them by default."""
    for block in (*transformer.transformer_blocks, *transformer.single_transformer_blocks)[which]:
        text, hidden = block(hidden_states=hidden, encoder_hidden_states=text, temb=modulation, image_rotary_emb=rotary)
    return text, hidden


class BlockGraph(nn.Module):
    """What graphs with blocks share: the model and its rotary tables."""

    def __init__(self, transformer: FluxTransformer2DModel, text_tokens: int, rows: int, columns: int) -> None:
        super().__init__()
        self.transformer = transformer
        cos, sin, swap = rotary_tables(transformer, text_tokens, rows, columns)
        self.register_buffer("cos", cos)
        self.register_buffer("sin", sin)
        self.register_buffer("swap", swap)

    @property
    def rotary(self) -> Rotary:
        return self.cos, self.sin, self.swap


class FullGraph(BlockGraph):
    """latents [1, tokens, channels], projections [1, 256], pooled, prompt_embeds → velocity, residual."""

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        guidance_projection: torch.Tensor,
        pooled: torch.Tensor,
        prompt_embeds: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        model = self.transformer
        modulation = conditioning(model, timestep_projection, guidance_projection, pooled)
        before = model.x_embedder(latents)
        text = model.context_embedder(prompt_embeds)
        _, after = run_blocks(model, before, text, modulation, self.rotary)
        return run_head(model, after, modulation), after - before


class BlocklessGraph(nn.Module):
    """What graphs share that run no block."""

    def __init__(self, transformer: FluxTransformer2DModel) -> None:
        super().__init__()
        self.transformer = transformer


class CachedGraph(BlocklessGraph):
    """latents, projections, pooled, residual [1, tokens, width] → velocity. Runs no block."""

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        guidance_projection: torch.Tensor,
        pooled: torch.Tensor,
        residual: torch.Tensor,
    ) -> torch.Tensor:
        model = self.transformer
        modulation = conditioning(model, timestep_projection, guidance_projection, pooled)
        return run_head(model, model.x_embedder(latents) + residual, modulation)


class ModulatedGraph(BlocklessGraph):
    """latents, projections, pooled → the first block's normalised and modulated input, TeaCache's signal."""

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        guidance_projection: torch.Tensor,
        pooled: torch.Tensor,
    ) -> torch.Tensor:
        model = self.transformer
        modulation = conditioning(model, timestep_projection, guidance_projection, pooled)
        return model.transformer_blocks[0].norm1(model.x_embedder(latents), emb=modulation)[0]


class FirstBlockGraph(BlockGraph):
    """As `full`, as far as the first block: image hidden states after it, what it added to them, text hidden states.

    DiCache's probe (arXiv 2508.17356); `remainingBlocks` goes on from there.
    """

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        guidance_projection: torch.Tensor,
        pooled: torch.Tensor,
        prompt_embeds: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        model = self.transformer
        modulation = conditioning(model, timestep_projection, guidance_projection, pooled)
        before = model.x_embedder(latents)
        given = model.context_embedder(prompt_embeds)
        text, hidden = run_blocks(model, before, given, modulation, self.rotary, slice(1))
        return hidden, hidden - before, text


class RemainingBlocksGraph(BlockGraph):
    """latents, projections, pooled, hidden and text states after the first block → velocity, residual as of `full`."""

    def forward(
        self,
        latents: torch.Tensor,
        timestep_projection: torch.Tensor,
        guidance_projection: torch.Tensor,
        pooled: torch.Tensor,
        hidden: torch.Tensor,
        text: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        model = self.transformer
        modulation = conditioning(model, timestep_projection, guidance_projection, pooled)
        _, after = run_blocks(model, hidden, text, modulation, self.rotary, slice(1, None))
        return run_head(model, after, modulation), after - model.x_embedder(latents)
