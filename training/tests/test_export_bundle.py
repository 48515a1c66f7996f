"""The files of a bundle: true to their manifest, fit for browsers, the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from diffusers import FluxPipeline

from training import micro
from training.export.__main__ import main as export
from training.export.manifest import binding
from training.export.webgpu_operators import ON_THE_GPU
from training.export.weights import widen
from training.tests.export_support import Bundle

CHECKOUT = Path(__file__).parents[2]
COMPONENTS = ("clip", "t5", "full", "cached", "modulated", "firstBlock", "remainingBlocks", "vaeDecoder")


def test_manifest_tells_the_truth_about_every_file(bundle: Bundle) -> None:
    told: list[dict[str, object]] = []

    def visit(value: object) -> None:
        if isinstance(value, dict):
            if "sha256" in value:
                told.append(value)
            for item in value.values():
                visit(item)

    visit(bundle.manifest)
    for file in told:
        content = bundle.read(str(file["file"]))
        assert file["bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
    names = {str(file["file"]) for file in told} | {"manifest.json"}
    assert names == {path.name for path in bundle.folder.iterdir()}


def test_manifests_have_the_fields_the_page_types(bundle: Bundle, z_image_bundle: Bundle, cut_bundle: Bundle) -> None:
    source = (CHECKOUT / "src/protocol/manifest.ts").read_text()
    typed = set(re.findall(r"readonly (\w+)\??:", source))

    def keys(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set()

    manifests = [bundle.manifest, z_image_bundle.manifest, cut_bundle.manifest]
    told = set().union(*map(keys, manifests))
    free = set().union(*(set(m["weights"]) | set(m["vocabulary"]["groups"]) for m in manifests))
    assert told - free <= typed
    assert typed <= told


def test_manifest_describes_the_micro_model(bundle: Bundle) -> None:
    manifest = bundle.manifest
    assert manifest["latent"] == {
        "channels": 16,
        "height": 16,
        "width": 16,
        "patch": 2,
        "tokens": 64,
        "tokenChannels": 64,
        "projectionChannels": 256,
    }
    assert manifest["image"] == {"width": 128, "height": 128}
    assert manifest["defaults"] == {"stepCount": 28}
    assert manifest["tokenizers"]["t5"]["maxTokens"] == manifest["tokenizers"]["clip"]["maxTokens"] == 32
    assert manifest["vocabulary"]["groups"]["shapes"] == list(micro.SHAPES)
    weights, components = manifest["weights"], manifest["components"]
    denoiser = components["full"], components["cached"], weights
    assert manifest["binding"] == binding(*denoiser, manifest["scheduler"])
    assert manifest["binding"] != binding(*denoiser, manifest["scheduler"] | {"timestepScale": 999})


@pytest.mark.parametrize("name", COMPONENTS)
def test_ports_are_those_of_the_graph(bundle: Bundle, name: str) -> None:
    graph, component = bundle.graph(name), bundle.component(name)
    kinds = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.INT64: "int64"}
    for told, values in ((component["inputs"], graph.input), (component["outputs"], graph.output)):
        found = [
            {
                "name": value.name,
                "dtype": kinds[value.type.tensor_type.elem_type],
                "shape": [dimension.dim_value for dimension in value.type.tensor_type.shape.dim],
            }
            for value in values
        ]
        assert found == told


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_node_can_run_on_webgpu(bundle: Bundle, name: str) -> None:
    model = onnx.load_from_string(bundle.read(bundle.component(name)["graph"]["file"]))
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 20}
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    assert {node.op_type for node in graph.node} <= ON_THE_GPU
    constants = {initializer.name for initializer in graph.initializer}
    computed = {value.name: value for value in (*graph.value_info, *graph.output)}
    for node in graph.node:
        for output in node.output:
            kind = computed[output].type.tensor_type
            assert kind.elem_type == onnx.TensorProto.FLOAT, f"{node.op_type} computes {kind.elem_type}"
            assert all(dimension.HasField("dim_value") for dimension in kind.shape.dim)
        assert any(key not in constants for key in node.input), f"{node.name} could have been folded"


@pytest.mark.parametrize("name", COMPONENTS)
def test_large_weights_lie_in_the_blob(bundle: Bundle, name: str) -> None:
    component = bundle.component(name)
    (key,) = component["weights"]
    weights = bundle.manifest["weights"][key]
    size = len(widen(bundle.read(weights["file"])))
    for tensor in bundle.graph(name).initializer:
        count = int(np.prod(tensor.dims))
        if not tensor.external_data:
            exact = tensor.data_type == onnx.TensorProto.FLOAT and count >= 256
            values = onnx.numpy_helper.to_array(tensor)
            assert not exact or not np.array_equal(values.astype(np.float16).astype(np.float32), values)
            continue
        where = {entry.key: entry.value for entry in tensor.external_data}
        offset, length = int(where["offset"]), int(where["length"])
        assert where["location"] == weights["location"] and weights["storedDtype"] == "float16"
        assert offset % 64 == 0 and length == 4 * count and offset + length <= size


def extents(bundle: Bundle, name: str) -> set[tuple[int, int]]:
    entries = [{e.key: e.value for e in t.external_data} for t in bundle.graph(name).initializer]
    return {(int(e["offset"]), int(e["length"])) for e in entries if e}


def test_cached_shares_its_weights_and_holds_no_block(bundle: Bundle, pipeline: FluxPipeline) -> None:
    graph = bundle.graph("cached")
    operators = {node.op_type for node in graph.node}
    assert "Softmax" not in operators and "Transpose" not in operators
    assert len(graph.node) <= 32
    shared = extents(bundle, "cached")
    assert shared < extents(bundle, "full")

    blob = widen(bundle.read("denoiser.bin"))
    held = {np.sort(np.frombuffer(blob[o : o + n], "<f4")).tobytes() for o, n in shared}
    held |= {np.sort(onnx.numpy_helper.to_array(t).ravel()).tobytes() for t in graph.initializer if not t.external_data}
    head = 0
    for key, parameter in pipeline.transformer.named_parameters():
        # Sorted, so that a transposed matrix is still recognised.
        here = np.sort(parameter.numpy().ravel()).tobytes() in held
        assert not (here and "transformer_blocks" in key), f"{key} is in the cached graph"
        head += here
    assert head >= 16


def test_nothing_of_this_machine_is_written(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> None:
    here = {str(CHECKOUT), str(Path.home()), str(tmp_path_factory.getbasetemp()), "site-packages", ".venv"}
    for path in bundle.folder.iterdir():
        content = path.read_bytes()
        for text in here:
            assert text.encode() not in content, f"{text} in {path.name}"
    for name in COMPONENTS:
        model = onnx.load_from_string(bundle.read(bundle.component(name)["graph"]["file"]))
        assert not model.metadata_props and not model.graph.metadata_props and not model.functions
        assert not any(node.metadata_props or node.doc_string for node in model.graph.node)


def test_the_same_pipeline_gives_the_same_bytes(micro_folder: Path, bundle: Bundle, tmp_path: Path) -> None:
    assert export(micro.export_arguments(micro_folder, tmp_path)) == 0
    for path in bundle.folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_shipped_micro_bundle_is_what_the_command_makes(bundle: Bundle) -> None:
    shipped = CHECKOUT / "public/models/micro"
    assert {path.name for path in shipped.iterdir()} == {path.name for path in bundle.folder.iterdir()}
    for path in shipped.iterdir():
        assert path.read_bytes() == bundle.read(path.name), f"{path.name}: run python -m training.micro --bundle"


def test_tokenizer_files_are_plain_json(bundle: Bundle) -> None:
    for tokenizer in bundle.manifest["tokenizers"].values():
        content = json.loads(bundle.read(tokenizer["tokenizer"]["file"]))
        assert content["truncation"] is None and content["padding"] is None
        config = json.loads(bundle.read(tokenizer["config"]["file"]))
        assert config["model_max_length"] == tokenizer["maxTokens"]
