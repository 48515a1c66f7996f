"""The picture decoder as a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn

from . import manifest as m
from .bundle import Blobs, Bundle, Components
from .onnx_write import trace


class VaeDecoderGraph(nn.Module):
    """latents [1, C, h, w], already divided by the scaling factor and shifted → image [1, 3, H, W]."""

    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        if self.vae.post_quant_conv is not None:
            latents = self.vae.post_quant_conv(latents)
        return self.vae.decoder(latents)


def size_endings(sizes: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What the names of each size's files end in; nothing for the first."""
    return {size: "-{}x{}".format(*size) if index else "" for index, size in enumerate(sizes)}


def decoder_part(bundle: Bundle, vae: AutoencoderKL, latents: Mapping[str, Mapping[str, Any]]) -> m.BundlePart:
    """A decoder for each size, by the ending of its file's name, over the same weights."""

    def make() -> tuple[Components, Blobs]:
        dtype = bundle.storage.dtype("vae")
        blobs = bundle.blobs("vae", "vae-decoder", dtype)
        models = {
            f"vae-decoder{ending}": trace(VaeDecoderGraph(vae), {"latents": _spatial(latent)}, ["image"])
            for ending, latent in latents.items()
        }
        return bundle.components(models, blobs, dtype), blobs

    return bundle.part("vae", make)


def _spatial(latent: Mapping[str, Any]) -> torch.Tensor:
    return torch.zeros(1, latent["channels"], latent["height"], latent["width"])
