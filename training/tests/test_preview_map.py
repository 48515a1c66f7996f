"""The map of live previews: exact where the truth is linear, close on an autoencoder, the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, FluxPipeline
from torch.nn import functional as F

from training.export.preview_map import fit_preview, least_squares, synthetic_pictures
from training.tests.export_support import Bundle

CHECKOUT = Path(__file__).parents[2]


def test_finds_a_linear_map_exactly() -> None:
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(4, 16, 6, 6, generator=generator)
    matrix = torch.randn(3, 16, generator=generator).round(decimals=2)
    colours = torch.einsum("rc,nchw->nrhw", matrix, latents) + torch.tensor([0.1, 0.2, 0.3])[:, None, None]
    found = least_squares(latents, colours)
    np.testing.assert_allclose(found["matrix"], matrix, atol=2e-3)
    np.testing.assert_allclose(found["bias"], [0.1, 0.2, 0.3], atol=2e-3)


def test_explains_pictures_of_the_trained_autoencoder_that_it_was_not_fitted_on() -> None:
    vae = AutoencoderKL.from_pretrained(CHECKOUT / "training/checkpoints/scenes/vae", low_cpu_mem_usage=False).eval()
    found = fit_preview(vae, 8)
    with torch.no_grad():
        encoded = vae.encode(synthetic_pictures(6, 128, seed=9)).latent_dist.mode()
        colours = F.avg_pool2d(vae.decode(encoded).sample.clamp(-1, 1) / 2 + 0.5, 8)
    latents = (encoded - vae.config.shift_factor) * vae.config.scaling_factor
    told = torch.einsum("rc,nchw->nrhw", torch.tensor(found["matrix"]), latents)
    told = told + torch.tensor(found["bias"])[:, None, None]
    error = (told - colours).square().mean(dim=(0, 2, 3))
    spread = (colours - colours.mean(dim=(0, 2, 3), keepdim=True)).square().mean(dim=(0, 2, 3))
    assert bool((error < 0.2 * spread).all()), (error / spread).tolist()


def test_pictures_are_the_same_every_time_and_fill_the_range() -> None:
    pictures = synthetic_pictures(8, 64)
    assert torch.equal(pictures, synthetic_pictures(8, 64))
    assert float(pictures.min()) < -0.9 and float(pictures.max()) > 0.9
    assert not torch.equal(pictures[0], pictures[1])


def test_bundle_brings_the_map(bundle: Bundle, pipeline: FluxPipeline) -> None:
    preview = bundle.manifest["preview"]
    assert preview == fit_preview(pipeline.vae, 8)
    assert [len(row) for row in preview["matrix"]] == [bundle.manifest["latent"]["channels"]] * 3
    assert len(preview["bias"]) == 3
