"""The judge on pictures as the methods' experiment leaves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training import judge_methods
from training.classifier import Found, Judge
from training.eval_prompts import _asked
from training.judge_methods import compliance, read_pictures, row_key
from training.scenes.spec import COLOURS, Scene, sample_scene

COUNT = 12


def found(scene: Scene) -> list[Found]:
    """What a judge without fault would see."""
    return [Found(o.shape, o.colour, o.material, o.size, o.x, o.z) for o in scene.objects]


def test_compliance_counts_pictures_that_keep_all_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    scenes = [sample_scene(rng, 1) for _ in range(COUNT)]
    pairs = [{"kind": "one", "objects": [_asked(scene.objects[0])]} for scene in scenes]
    seen = [found(scene) for scene in scenes]
    monkeypatch.setattr(judge_methods, "judge_pictures", lambda _judge, _pictures: (seen, None))
    judge, pictures = Judge(), torch.zeros(COUNT, 3, 128, 128)
    assert compliance(judge, pictures, pairs) == 1
    seen[0] = seen[0] * 2  # an object too many
    pairs[1]["objects"][0]["colour"] = next(c for c in COLOURS if c != scenes[1].objects[0].colour)
    assert compliance(judge, pictures, pairs) == pytest.approx(1 - 2 / COUNT)


def test_pictures_are_read_as_they_were_written(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (2, 128, 128, 3), np.uint8)
    for index, picture in enumerate(pixels):
        picture.tofile(tmp_path / f"{index:04d}.rgb")
    back = ((read_pictures(tmp_path, 2) + 1) * 127.5).round().permute(0, 2, 3, 1).numpy()
    assert np.array_equal(back, pixels)


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_pictures(tmp_path, 1)


def test_a_row_keeps_its_pictures_under_its_name_and_budget() -> None:
    assert row_key({"method": "teacache", "nfe": 8}) == "teacache-08"
