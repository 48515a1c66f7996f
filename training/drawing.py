"""Draw many pictures at once with the bundled pipeline, as FluxPipeline draws them one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from diffusers import FluxPipeline
from PIL import Image

from .model import unpack
from .twin import noise_of, set_schedule, text_tokens

Velocity = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(latents tokens [n, tokens, channels], sigma) → velocity of the same shape."""


@torch.no_grad()
def velocity_of(pipeline: FluxPipeline, prompts: list[str], guidance: float, size_px: int) -> Velocity:
    """The pipeline's transformer for these prompts at this guidance scale."""
    embeds, pooled, text_ids = pipeline.encode_prompt(prompts, prompts, max_sequence_length=text_tokens(pipeline))
    side = size_px // pipeline.vae_scale_factor // 2
    image_ids = pipeline._prepare_latent_image_ids(1, side, side, "cpu", torch.float32)

    def velocity(latents: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return pipeline.transformer(
            hidden_states=latents,
            encoder_hidden_states=embeds,
            pooled_projections=pooled,
            timestep=sigma.expand(len(latents)),
            guidance=torch.full([len(latents)], guidance),
            img_ids=image_ids,
            txt_ids=text_ids,
            return_dict=False,
        )[0]

    return velocity


@torch.no_grad()
def sample(pipeline: FluxPipeline, velocity: Velocity, seeds: list[int], steps: int, size_px: int) -> torch.Tensor:
    """Euler's method from each seed's noise on the pipeline's schedule; pictures [n, 3, H, W] in [-1, 1]."""
    latents = torch.cat([noise_of(pipeline, seed, size_px) for seed in seeds])
    _, sigmas = set_schedule(pipeline, steps, latents.shape[1])
    for k in range(steps):
        latents = latents + (sigmas[k + 1] - sigmas[k]) * velocity(latents, sigmas[k])
    config = pipeline.vae.config
    spatial = unpack(latents) / config.scaling_factor + config.shift_factor
    return pipeline.vae.decode(spatial, return_dict=False)[0].clamp(-1, 1)


def draw(
    pipeline: FluxPipeline, prompts: list[str], seeds: list[int], steps: int, guidance: float, size_px: int = 128
) -> torch.Tensor:
    """Pictures [n, 3, H, W] in [-1, 1] of the uncached sampler."""
    return sample(pipeline, velocity_of(pipeline, prompts, guidance, size_px), seeds, steps, size_px)


def sheet(pictures: torch.Tensor, columns: int = 10) -> Image.Image:
    """Pictures [n, 3, H, W] in [-1, 1] side by side."""
    pixels = ((pictures + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    missing = -len(pixels) % columns
    pixels = np.concatenate([pixels, np.full((missing, *pixels.shape[1:]), 255, np.uint8)])
    rows = [np.concatenate(pixels[i : i + columns], axis=1) for i in range(0, len(pixels), columns)]
    return Image.fromarray(np.concatenate(rows))
