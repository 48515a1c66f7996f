"""The cached sampler's twin against FluxPipeline, and the stored goldens against both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FluxPipeline

from training.tests.export_support import max_error, psnr_db
from training.twin import CASES, Case, conditions_of, noise_of, reference, sample, token_ids

GOLDENS = Path(__file__).parents[2] / "e2e/fixtures/parity/micro"
SIZE_PX = 128
# What the browser has to reach; a broken sampler must stay well below.
WEBGPU_DB = 60.0


def run(pipeline: FluxPipeline, case: Case, computed: range | tuple[int, ...], **breaks: int) -> torch.Tensor:
    noise = noise_of(pipeline, case.seed, SIZE_PX)
    given = conditions_of(pipeline, case.prompt, case.guidance_scale, SIZE_PX)
    return sample(pipeline, noise, given, case.step_count, computed, **breaks)


def golden(case: Case, key: str) -> torch.Tensor:
    index = json.loads((GOLDENS / "index.json").read_text("utf-8"))
    entry = next(entry for entry in index["cases"] if entry["name"] == case.name)[key]
    assert entry["dtype"] == "float32"
    return torch.from_numpy(np.fromfile(GOLDENS / entry["file"], "<f4").reshape(entry["shape"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_with_every_step_computed_it_is_the_pipeline(pipeline: FluxPipeline, case: Case) -> None:
    assert max_error(run(pipeline, case, range(case.step_count)), reference(pipeline, case, SIZE_PX)) <= 1e-5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shifted_time_is_noticed(pipeline: FluxPipeline, case: Case) -> None:
    every = range(case.step_count)
    shifted = run(pipeline, case, every, time_shift_steps=1)
    assert psnr_db(shifted, reference(pipeline, case, SIZE_PX)) < WEBGPU_DB - 10
    masked = run(pipeline, case, case.computed_steps, time_shift_steps=1)
    assert psnr_db(masked, run(pipeline, case, case.computed_steps)) < WEBGPU_DB - 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_zeroed_residual_is_noticed(pipeline: FluxPipeline, case: Case) -> None:
    zeroed = run(pipeline, case, case.computed_steps, zero_residual=True)
    assert psnr_db(zeroed, run(pipeline, case, case.computed_steps)) < WEBGPU_DB - 30


def test_masks_differ_clearly(pipeline: FluxPipeline) -> None:
    case = CASES[0]
    exact = reference(pipeline, case, SIZE_PX)
    found = [psnr_db(run(pipeline, case, mask), exact) for mask in ((0, 1, 2, 3), (0, 2, 4, 6), (0, 1, 3, 6))]
    assert all(20 < value < 60 for value in found)
    assert max(found) - min(found) > 3


def test_the_first_step_must_be_computed(pipeline: FluxPipeline) -> None:
    with pytest.raises(ValueError, match="step 0"):
        run(pipeline, CASES[0], (1, 2))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_stored_goldens_are_what_the_command_makes(pipeline: FluxPipeline, case: Case) -> None:
    assert torch.equal(golden(case, "noise"), noise_of(pipeline, case.seed, SIZE_PX))
    assert psnr_db(golden(case, "latents"), reference(pipeline, case, SIZE_PX)) > 100
    assert psnr_db(golden(case, "cachedLatents"), run(pipeline, case, case.computed_steps)) > 100
    index = json.loads((GOLDENS / "index.json").read_text("utf-8"))
    told = next(entry for entry in index["cases"] if entry["name"] == case.name)
    assert told["tokenIds"] == token_ids(pipeline, case.prompt)
    assert tuple(told["computedSteps"]) == case.computed_steps


def test_the_goldens_stay_small() -> None:
    assert sum(path.stat().st_size for path in GOLDENS.iterdir()) <= 1_000_000
