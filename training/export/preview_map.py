"""The linear map from latents to colours that live previews use: colour = matrix · latents + bias, on [0, 1].

Latents of an autoencoder with this much downsampling say a patch's mean colour almost linearly, whatever it was
trained on: least squares over made-up pictures (soft colour fields with a few hard-edged shapes) finds how, without
any data set. The pictures go through the encoder, so that the latents are ones the decoder knows.
"""

from __future__ import annotations

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch.nn import functional as F

from .manifest import Preview

COUNT = 48
# Autoencoders are convolutional: a small picture serves for every size.
SIDE_LATENTS = 12
BATCH = 8
# Written digits: enough for 8-bit colours, few enough to be the same on every machine.
DECIMALS = 4
# Keeps weights small where latents carry nothing.
RIDGE = 1e-4


def synthetic_pictures(count: int, side: int, seed: int = 0) -> torch.Tensor:
    """[count, 3, side, side] in [-1, 1]: smooth fields of colour, on each a few rectangles and discs."""
    rng = np.random.default_rng(seed)
    fields = torch.from_numpy(rng.uniform(-1, 1, (count, 3, 4, 4)).astype(np.float32))
    pictures = F.interpolate(fields, size=(side, side), mode="bicubic", align_corners=True).clamp(-1, 1)
    down, across = np.mgrid[0:side, 0:side] / side
    for picture in pictures:
        for _ in range(rng.integers(2, 6)):
            y, x, half = *rng.uniform(0, 1, 2), rng.uniform(0.08, 0.3)
            inside = np.maximum(abs(down - y), abs(across - x)) < half
            if rng.uniform() < 0.5:
                inside = (down - y) ** 2 + (across - x) ** 2 < half**2
            picture[:, torch.from_numpy(inside)] = torch.from_numpy(rng.uniform(-1, 1, (3, 1)).astype(np.float32))
    return pictures


@torch.no_grad()
def fit_preview(vae: AutoencoderKL, downsampling: int) -> Preview:
    """Fit on pictures through `vae`; latents as samplers have them, shifted and scaled."""
    latents, colours = [], []
    for pictures in synthetic_pictures(COUNT, SIDE_LATENTS * downsampling).split(BATCH):
        encoded = vae.encode(pictures).latent_dist.mode()
        decoded = vae.decode(encoded).sample.clamp(-1, 1)
        latents.append((encoded - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor)
        colours.append(F.avg_pool2d(decoded / 2 + 0.5, downsampling))
    return least_squares(torch.cat(latents), torch.cat(colours))


def least_squares(latents: torch.Tensor, colours: torch.Tensor) -> Preview:
    """The map that takes latents [n, C, h, w] nearest to colours [n, 3, h, w]."""
    x, y = (t.double().permute(0, 2, 3, 1).flatten(0, 2).numpy() for t in (latents, colours))
    x_mean, y_mean = x.mean(0), y.mean(0)
    x, y = x - x_mean, y - y_mean
    gram = x.T @ x
    gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    matrix = np.linalg.solve(gram, x.T @ y).T
    bias = y_mean - matrix @ x_mean
    return Preview(matrix=np.round(matrix, DECIMALS).tolist(), bias=np.round(bias, DECIMALS).tolist())
