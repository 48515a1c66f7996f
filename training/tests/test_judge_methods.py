"""The judge on pictures as the methods' experiment leaves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.classifier import load_judge
from training.eval_prompts import _asked
from training.judge_methods import compliance, read_pictures, row_key
from training.scenes.render import render
from training.scenes.spec import COLOURS, sample_scene

COUNT = 12


def test_compliance_is_high_for_renders_and_none_for_what_was_not_asked(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    scenes = [sample_scene(rng, 1) for _ in range(COUNT)]
    for index, scene in enumerate(scenes):
        np.asarray(render(scene, 128), np.uint8).tofile(tmp_path / f"{index:04d}.rgb")
    pairs = [{"kind": "one", "objects": [_asked(scene.objects[0])]} for scene in scenes]
    pictures, judge = read_pictures(tmp_path, COUNT), load_judge()
    assert pictures.shape == (COUNT, 3, 128, 128)
    assert compliance(judge, pictures, pairs) >= 0.75
    for pair in pairs:
        asked = pair["objects"][0]
        asked["colour"] = COLOURS[(COLOURS.index(asked["colour"]) + 5) % len(COLOURS)]
    assert compliance(judge, pictures, pairs) <= 0.1


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_pictures(tmp_path, 1)


def test_a_row_keeps_its_pictures_under_its_name_and_budget() -> None:
    assert row_key({"method": "teacache", "nfe": 8}) == "teacache-08"
