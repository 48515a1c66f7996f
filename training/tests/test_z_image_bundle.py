"""The files of a Z-Image bundle, and what its exporter refuses."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from diffusers import ZImagePipeline

from training import micro_z_image
from training.export.__main__ import main as export
from training.export.pipeline import ExportError
from training.export.webgpu_operators import ON_THE_GPU
from training.export.z_image_graphs import check_sizes
from training.export.z_image_pipeline import chat_template
from training.tests.export_support import Bundle
from training.tests.test_export_bundle import CHECKOUT, extents

COMPONENTS = ("textEncoder", "full", "cached", "vaeDecoder")


def test_manifest_tells_the_truth_about_every_file(z_image_bundle: Bundle) -> None:
    told: dict[str, dict[str, Any]] = {}

    def visit(value: object) -> None:
        if isinstance(value, dict):
            if "sha256" in value:
                told[value["file"]] = value
            for item in value.values():
                visit(item)
        if isinstance(value, list):
            for item in value:
                visit(item)

    visit(z_image_bundle.manifest)
    assert told.keys() | {"manifest.json"} == {path.name for path in z_image_bundle.folder.iterdir()}
    for name, file in told.items():
        content = z_image_bundle.read(name)
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_manifest_describes_the_model(z_image_bundle: Bundle) -> None:
    manifest = z_image_bundle.manifest
    assert manifest["pipeline"] == "z-image"
    assert manifest["latent"] == {
        "channels": 16,
        "height": 16,
        "width": 16,
        "patch": 2,
        "tokens": 64,
        "projectionChannels": 256,
    }
    (other,) = manifest["otherSizes"]
    assert other["image"] == {"width": 128, "height": 192} and other["latent"]["height"] == 24
    assert other["residual"] == {"start": "refiner", "tokens": 96, "channels": 64}
    assert other["binding"] != manifest["binding"]
    assert other["components"]["full"]["weights"] == manifest["components"]["full"]["weights"]
    assert manifest["caption"] == {"slots": 64, "multiple": 32, "channels": 64}
    assert manifest["residual"] == {"start": "refiner", "tokens": 64, "channels": 64}
    assert manifest["scheduler"] == {
        "type": "flow-match-euler",
        "shift": {"rule": "static", "shift": 3.0},
        "timestep": "one-minus-sigma",
        "timestepScale": 1000.0,
    }
    assert manifest["guidance"] == {"kind": "classifier-free", "default": 5.0, "min": 0.0, "max": 10.0}
    text = manifest["tokenizers"]["text"]
    assert text["maxTokens"] == 64
    assert text["prefix"] == "<|im_start|>user\n" and text["suffix"] == "<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_node_can_run_on_webgpu(z_image_bundle: Bundle, name: str) -> None:
    model = onnx.load_from_string(z_image_bundle.read(z_image_bundle.component(name)["graph"]["file"]))
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 20}
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    assert {node.op_type for node in graph.node} <= ON_THE_GPU
    constants = {initializer.name for initializer in graph.initializer}
    computed = {value.name: value for value in (*graph.value_info, *graph.output)}
    for node in graph.node:
        assert any(key not in constants for key in node.input), f"{node.name} could have been folded"
        for output in node.output:
            kind = computed[output].type.tensor_type
            assert kind.elem_type == onnx.TensorProto.FLOAT, f"{node.op_type} computes {kind.elem_type}"
            assert all(dimension.HasField("dim_value") for dimension in kind.shape.dim)
            assert len(kind.shape.dim) <= 6
    ports = {port["name"]: port["shape"] for port in z_image_bundle.component(name)["inputs"]}
    assert ports == {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim] for value in graph.input
    }


def test_cached_shares_its_weights_and_holds_no_main_layer(z_image_bundle: Bundle, z_image: ZImagePipeline) -> None:
    graph = z_image_bundle.graph("cached")
    assert [node.op_type for node in graph.node].count("Softmax") == 1  # the noise refiner's
    shared = extents(z_image_bundle, "cached")
    assert shared < extents(z_image_bundle, "full")
    blob = z_image_bundle.blob("denoiser")
    held = {np.sort(np.frombuffer(blob[o : o + n], "<f4")).tobytes() for o, n in shared}
    held |= {np.sort(onnx.numpy_helper.to_array(t).ravel()).tobytes() for t in graph.initializer if not t.external_data}
    found = set()
    for key, parameter in z_image.transformer.named_parameters():
        # Sorted, so that a transposed matrix is still recognised.
        if np.sort(parameter.numpy().ravel()).tobytes() in held:
            found.add(key.split(".")[0])
    assert found == {"all_x_embedder", "all_final_layer", "noise_refiner", "t_embedder"}


def test_the_last_text_layer_is_left_out(z_image_bundle: Bundle) -> None:
    assert [node.op_type for node in z_image_bundle.graph("textEncoder").node].count("Softmax") == 2


def test_the_same_pipeline_gives_the_same_bytes_and_names_no_machine(
    z_image_folder: Path, z_image_bundle: Bundle, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = tmp_path / "pipeline"
    micro_z_image.write(again)
    assert export(micro_z_image.export_arguments(again, tmp_path / "bundle")) == 0
    here = {str(CHECKOUT), str(Path.home()), str(tmp_path_factory.getbasetemp()), "site-packages", ".venv"}
    for path in z_image_bundle.folder.iterdir():
        content = path.read_bytes()
        assert (tmp_path / "bundle" / path.name).read_bytes() == content, path.name
        assert not any(text.encode() in content for text in here), path.name


@pytest.fixture
def copy(z_image_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(z_image_folder, tmp_path / "pipeline"))


@pytest.mark.parametrize(
    ("part", "changes", "word"),
    [
        ("scheduler/scheduler_config.json", {"use_dynamic_shifting": True}, "use_dynamic_shifting"),
        ("scheduler/scheduler_config.json", {"num_train_timesteps": 500}, "num_train_timesteps"),
        ("scheduler/scheduler_config.json", {"use_karras_sigmas": True}, "use_karras_sigmas"),
        ("vae/config.json", {"shift_factor": None}, "shift_factor"),
        ("tokenizer/tokenizer_config.json", {"padding_side": "left"}, "pads on the left"),
        ("model_index.json", {"text_encoder": ["transformers", "T5EncoderModel"]}, "text_encoder is T5EncoderModel"),
    ],
)
def test_what_the_manifest_cannot_say_is_refused(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str, changes: dict[str, Any], word: str
) -> None:
    path = copy / part
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    assert export([str(copy), "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("unsupported-pipeline: ") and word in said


def test_a_template_that_changes_the_prompt_is_refused() -> None:
    tokenizer = micro_z_image.qwen_tokenizer(["a cube"])
    tokenizer.chat_template = tokenizer.chat_template.replace("message.content", "(message.content | trim)")
    with pytest.raises(ExportError, match="chat template"):
        chat_template(tokenizer)


@pytest.mark.parametrize("sizes", [(40, 8, 8), (0, 8, 8), (32, 5, 5), (128, 8, 8), (32, 32, 33)])
def test_sizes_that_do_not_fit_are_refused(z_image: ZImagePipeline, sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ExportError, match=r"^size-invalid"):
        check_sizes(z_image.transformer, *sizes)


def test_options_of_the_other_pipeline_are_refused(
    micro_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export([str(micro_folder), "--out", str(tmp_path / "out"), "--text-tokens", "64"]) == 1
    assert capsys.readouterr().err.startswith("option-invalid: ")
