"""The picture decoder as a graph."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import nn


class VaeDecoderGraph(nn.Module):
    """latents [1, C, h, w], already divided by the scaling factor and shifted → image [1, 3, H, W]."""

    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        if self.vae.post_quant_conv is not None:
            latents = self.vae.post_quant_conv(latents)
        return self.vae.decoder(latents)
