"""What the exporter refuses, and what it says then."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import FluxPipeline
from safetensors.torch import load_file, save_file
from torch import nn

from training.export.__main__ import main as export
from training.export.flux_bundle import latent_layout
from training.export.flux_pipeline import check_config
from training.export.pipeline import ExportError, round_to_half, tokenizer_changes


@pytest.fixture
def copy(micro_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro_folder, tmp_path / "pipeline"))


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def refusal(folder: Path, out: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert export([str(folder), "--out", str(out), *more]) == 1
    assert not out.exists()
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_a_folder_that_is_no_pipeline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(tmp_path, tmp_path / "out", capsys).startswith("not-a-pipeline: ")


def test_another_pipeline_class(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(copy / "model_index.json", _class_name="StableDiffusionPipeline")
    said = refusal(copy, tmp_path / "out", capsys)
    assert said.startswith("unsupported-pipeline: ") and "StableDiffusionPipeline" in said


def test_another_class_of_a_part(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(copy / "model_index.json", vae=["diffusers", "AutoencoderDC"])
    assert "vae is AutoencoderDC" in refusal(copy, tmp_path / "out", capsys)


@pytest.mark.parametrize(
    ("part", "changes", "word"),
    [
        ("scheduler/scheduler_config.json", {"use_dynamic_shifting": False}, "use_dynamic_shifting"),
        ("scheduler/scheduler_config.json", {"time_shift_type": "linear"}, "time_shift_type"),
        ("scheduler/scheduler_config.json", {"shift_terminal": 0.1}, "shift_terminal"),
        ("scheduler/scheduler_config.json", {"use_karras_sigmas": True}, "use_karras_sigmas"),
        ("vae/config.json", {"shift_factor": None}, "shift_factor"),
        ("text_encoder/config.json", {"eos_token_id": 7}, "end of text"),
    ],
)
def test_settings_the_manifest_cannot_say(
    copy: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    part: str,
    changes: dict[str, Any],
    word: str,
) -> None:
    edit(copy / part, **changes)
    said = refusal(copy, tmp_path / "out", capsys)
    assert said.startswith("unsupported-pipeline: ") and word in said


def test_a_transformer_without_guidance(copy: Path) -> None:
    pipeline = FluxPipeline.from_pretrained(copy, low_cpu_mem_usage=False)
    pipeline.transformer.register_to_config(guidance_embeds=False)
    with pytest.raises(ExportError, match="guidance"):
        check_config(pipeline)


def test_a_size_that_does_not_fit(
    copy: Path, pipeline: FluxPipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(copy, tmp_path / "out", capsys, "--size", "120").startswith("size-invalid: ")
    assert latent_layout(pipeline, 256, 64)["tokens"] == 64


def test_a_vocabulary_of_another_shape(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "words.json").write_text('["red"]')
    said = refusal(copy, tmp_path / "out", capsys, "--vocabulary", str(tmp_path / "words.json"))
    assert said.startswith("vocabulary-invalid: ")


def test_weights_beyond_half_precision() -> None:
    layer = nn.Linear(2, 2).requires_grad_(False)
    layer.weight[0, 0] = 70_000.0
    with pytest.raises(ExportError, match=r"^weight-overflow: transformer\.weight"):
        round_to_half(layer, "transformer")


def test_rounding_is_to_the_nearest_half() -> None:
    layer = nn.Linear(3, 1, bias=False).requires_grad_(False)
    layer.weight.copy_(torch.tensor([[0.1, -2.5, 1 / 3]]))
    round_to_half(layer, "part")
    assert layer.weight.tolist() == [[0.0999755859375, -2.5, 0.333251953125]]


def test_a_tokenizer_that_loads_otherwise_than_stored_is_told(copy: Path, pipeline: FluxPipeline) -> None:
    assert tokenizer_changes(copy, pipeline) == []
    edit(copy / "tokenizer_2/tokenizer.json", normalizer={"type": "Lowercase"})
    assert tokenizer_changes(copy, FluxPipeline.from_pretrained(copy, low_cpu_mem_usage=False)) == [
        "tokenizer_2: T5Tokenizer replaces the normalizer of its tokenizer.json"
    ]


def test_videos_are_not_exported_yet(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(copy / "model_index.json", _class_name="WanPipeline")
    said = refusal(copy, tmp_path / "out", capsys)
    assert said.startswith("unsupported-pipeline: WanPipeline")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--dtype", "t5=q3"], "option-invalid"),
        (["--dtype", "text=q4"], "option-invalid"),
        (["--parts", "0"], "option-invalid"),
        (["--parts", "500"], "model-too-large"),
        (["--part-bytes", "1000"], "model-too-large"),
    ],
)
def test_options_that_make_no_sense(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: str
) -> None:
    assert export([str(copy), "--out", str(tmp_path / "out"), *more]) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith(f"{code}: ")


@pytest.mark.parametrize("revision", [[], ["--revision", "main"]])
def test_a_repository_needs_a_pinned_revision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], revision: list[str]
) -> None:
    assert export(["somebody/some-model", *revision, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.startswith("revision-missing: ")


def test_a_checkpoint_that_lacks_a_tensor(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = copy / "transformer/diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    del tensors["proj_out.weight"]
    save_file(tensors, file)
    assert (
        refusal(copy, tmp_path / "out", capsys) == "weights-missing: transformer: the checkpoint has no proj_out.weight"
    )
