"""The cached sampler's Z-Image twin against ZImagePipeline, and the goldens it writes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import ZImagePipeline

from training.tests.export_support import max_error, psnr_db
from training.twin_z_image import (
    CASES,
    TOKEN_PROMPTS,
    Case,
    Size,
    captions_of,
    main,
    noise_of,
    reference,
    sample,
    token_ids,
)

SIZE = Size(128, 128)
# What the browser has to reach; a broken sampler must stay well below.
WEBGPU_DB = 60.0


def run(
    pipeline: ZImagePipeline, case: Case, computed: range | tuple[int, ...], size: Size = SIZE, **breaks: object
) -> torch.Tensor:
    noise, captions = noise_of(pipeline, case.seed, size), captions_of(pipeline, case)
    return sample(pipeline, noise, captions, case.guidance_scale, case.step_count, computed, **breaks)


@pytest.mark.parametrize("size", [SIZE, Size(128, 192)])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_with_every_step_computed_it_is_the_pipeline(z_image: ZImagePipeline, case: Case, size: Size) -> None:
    found, expected = run(z_image, case, range(case.step_count), size), reference(z_image, case, size)
    # Guidance multiplies the rounding of two branches and of a batch of two.
    assert max_error(found, expected) <= (2e-5 if case.guidance_scale else 1e-5)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shifted_time_is_noticed(z_image: ZImagePipeline, case: Case) -> None:
    shifted = run(z_image, case, range(case.step_count), time_shift_steps=1)
    assert psnr_db(shifted, reference(z_image, case, SIZE)) < WEBGPU_DB - 10
    masked = run(z_image, case, case.computed_steps, time_shift_steps=1)
    assert psnr_db(masked, run(z_image, case, case.computed_steps)) < WEBGPU_DB - 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_zeroed_residual_is_noticed(z_image: ZImagePipeline, case: Case) -> None:
    zeroed = run(z_image, case, case.computed_steps, zero_residual=True)
    assert psnr_db(zeroed, run(z_image, case, case.computed_steps)) < WEBGPU_DB - 25


def test_guidance_and_both_prompts_count(z_image: ZImagePipeline) -> None:
    case = CASES[0]
    exact = reference(z_image, case, SIZE)
    for change in ({"guidance_scale": 2.9}, {"negative_prompt": ""}, {"prompt": case.prompt + "."}):
        changed = run(z_image, dataclasses.replace(case, **change), range(case.step_count))
        assert psnr_db(changed, exact) < WEBGPU_DB, change


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_places_of_the_residual_are_measured(z_image: ZImagePipeline, case: Case, record_property) -> None:
    exact = reference(z_image, case, SIZE)
    for start in ("refiner", "embedder"):
        every = run(z_image, case, range(case.step_count), residual_from=start)
        assert max_error(every, run(z_image, case, range(case.step_count))) == 0
        error_db = psnr_db(run(z_image, case, case.computed_steps, residual_from=start), exact)
        record_property(f"{case.name} residual from {start}, dB", round(error_db, 2))
        print(f"{case.name}: residual from the {start}: {error_db:.2f} dB against every step computed")
        assert 20 < error_db < 60


def test_the_first_step_must_be_computed(z_image: ZImagePipeline) -> None:
    with pytest.raises(ValueError, match="step 0"):
        run(z_image, CASES[1], (1, 2))


def test_goldens_are_what_the_index_says(z_image_folder: Path, z_image: ZImagePipeline, tmp_path: Path) -> None:
    main(["--pipeline", str(z_image_folder), "--out", str(tmp_path)])
    index = json.loads((tmp_path / "index.json").read_text("utf-8"))
    assert [entry["name"] for entry in index["cases"]] == [f"{case.name}-128x128" for case in CASES]
    for case, entry in zip(CASES, index["cases"], strict=True):

        def stored(key: str, entry: dict = entry) -> torch.Tensor:
            told = entry[key]
            return torch.from_numpy(np.fromfile(tmp_path / told["file"], told["dtype"]).reshape(told["shape"]))

        assert torch.equal(stored("noise"), noise_of(z_image, case.seed, SIZE))
        assert psnr_db(stored("latents"), reference(z_image, case, SIZE)) > 100
        assert psnr_db(stored("cachedLatents"), run(z_image, case, case.computed_steps)) > 100
        assert stored("picture").shape == (128, 128, 3)
        assert entry["tokenIds"]["positive"] == token_ids(z_image, case.prompt)
    assert [len(entry["tokenIds"]) for entry in index["tokens"]] == [len(token_ids(z_image, p)) for p in TOKEN_PROMPTS]
    assert len(index["tokens"][-1]["tokenIds"]) == 64
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000_000
    for path in tmp_path.iterdir():
        assert str(z_image_folder).encode() not in path.read_bytes()
