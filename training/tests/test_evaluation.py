"""The figures that pictures are judged by, on cases whose answer is known."""

import numpy as np
import torch

from training.drawing import sheet
from training.frechet import frechet_distance, nearest_distances
from training.guidance_table import psnr_db


def test_frechet_distance_of_known_gaussians() -> None:
    rng = torch.Generator().manual_seed(0)
    a = torch.randn(200_000, 3, generator=rng)
    scaled = a * torch.tensor([1.0, 2.0, 3.0])
    assert frechet_distance(a, a) < 1e-9
    assert abs(frechet_distance(a, a + 2.0) - 12) < 1e-6
    # Diagonal covariances: the sum of squared differences of the spreads.
    assert abs(frechet_distance(a, scaled) - 5) < 0.05
    assert abs(frechet_distance(a, scaled) - frechet_distance(scaled, a)) < 1e-9


def test_a_copy_is_found_among_the_training_pictures() -> None:
    rng = np.random.default_rng(0)
    pool = rng.integers(0, 256, (20, 128, 128, 3), dtype=np.uint8)
    fresh = rng.integers(0, 256, (2, 128, 128, 3), dtype=np.uint8)
    copied, other = nearest_distances(np.stack([pool[7], fresh[0]]), pool)
    assert copied < 0.1 < 5 < other


def test_psnr_is_the_median_over_pictures() -> None:
    a = torch.zeros(3, 3, 8, 8)
    b = a + torch.tensor([0.2, 0.02, 0.02]).view(3, 1, 1, 1)
    assert psnr_db(a, b) == 40.0


def test_a_sheet_holds_every_picture() -> None:
    pictures = torch.zeros(3, 3, 4, 4)
    pictures[2] = 1
    image = np.asarray(sheet(pictures, columns=2))
    assert image.shape == (8, 8, 3)
    assert (image[4:, :4] == 255).all() and (image[:4] == 128).all()
