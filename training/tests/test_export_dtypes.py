"""Weights as float32 and in 4 bits; each against the numbers it stands for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from diffusers import FluxPipeline

from training import micro
from training.export.__main__ import main as export
from training.export.quantise import dequantise, quantise
from training.tests.export_support import Bundle, max_error, normal
from training.tests.test_export_chain import flux_feeds
from training.tests.test_export_parity import conditions, forward


def test_four_bits_are_exact_at_the_largest_and_near_everywhere() -> None:
    weight = normal(4, 96, 40).numpy()
    packed, scales = quantise(weight)
    assert packed.shape == (40, 3, 16) and packed.dtype == np.uint8
    found = dequantise(packed, scales, 96)
    blocks = np.abs(weight.T.reshape(40, 3, 32))
    # Half a step of the block, and another half where the side without −8 is cut off.
    bound = np.repeat(blocks.max(-1) / 8, 32, -1).T
    assert (np.abs(found - weight) <= bound * 1.01).all()
    assert np.abs(found - weight).mean() < 0.4 * bound.mean()
    assert np.array_equal(scales.astype(np.float16).astype(np.float32), scales)


def test_a_matrix_whose_rows_do_not_fill_blocks_and_zeros() -> None:
    weight = np.zeros((50, 3), np.float32)
    weight[:, 1] = np.linspace(-8, 7, 50)
    found = dequantise(*quantise(weight), 50)
    assert found.shape == (50, 3) and not found[:, [0, 2]].any()
    assert np.abs(found - weight).max() <= 1


@pytest.fixture(scope="module")
def q4(micro_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundle") / "micro-q4"
    assert export([*micro.export_arguments(micro_folder, folder), "--dtype", "q4", "--dtype", "vae=fp16"]) == 0
    return Bundle(folder)


class Dequantised(Bundle):
    """The same bundle, every MatMulNBits replaced by a MatMul with the matrix it stands for."""

    wrong = 1.0

    def read(self, name: str) -> bytes:
        content = super().read(name)
        if not name.endswith(".onnx"):
            return content
        model = onnx.load_from_string(content)
        tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        for node in model.graph.node:
            if node.op_type != "MatMulNBits":
                continue
            rows = next(attribute.i for attribute in node.attribute if attribute.name == "K")
            packed, scales = (self._values(tensors[name]) for name in node.input[1:3])
            matrix = self.wrong * dequantise(packed, scales, rows)
            model.graph.initializer.append(
                onnx.numpy_helper.from_array(np.ascontiguousarray(matrix), f"{node.input[1]}_w")
            )
            product = onnx.helper.make_node("MatMul", [node.input[0], f"{node.input[1]}_w"], node.output)
            node.CopyFrom(product)
        return model.SerializeToString()

    def _values(self, tensor: onnx.TensorProto) -> np.ndarray:
        if not tensor.external_data:
            return onnx.numpy_helper.to_array(tensor)
        where = {entry.key: entry.value for entry in tensor.external_data}
        key = next(k for k, w in self.manifest["weights"].items() if w["location"] == where["location"])
        dtype = np.uint8 if tensor.data_type == onnx.TensorProto.UINT8 else np.float32
        count = int(np.prod(tensor.dims))
        return np.frombuffer(self.blob(key), dtype, count, int(where["offset"])).reshape(tensor.dims)


def test_four_bits_compute_with_the_weights_they_stand_for(pipeline: FluxPipeline, q4: Bundle) -> None:
    feeds = flux_feeds(pipeline)
    plain, wrong = Dequantised(q4.folder), Dequantised(q4.folder)
    wrong.wrong = 1.01
    for found, expected, other in zip(
        q4.run("full", **feeds), plain.run("full", **feeds), wrong.run("full", **feeds), strict=True
    ):
        assert max_error(found, expected) <= 2e-5
        assert max_error(found, other) > 1e-3
    ids = {"input_ids": torch.arange(2, 34)[None]}
    assert max_error(q4.run("t5", **ids)[0], plain.run("t5", **ids)[0]) <= 2e-5


def test_only_matrices_of_repeated_blocks_have_four_bits(q4: Bundle, bundle: Bundle) -> None:
    operators = {name: [node.op_type for node in q4.graph(name).node] for name in ("clip", "t5", "full", "cached")}
    assert operators["full"].count("MatMulNBits") >= 20 and operators["t5"].count("MatMulNBits") == 14
    assert "MatMulNBits" not in operators["cached"]
    kinds = {key: weights["storedDtype"] for key, weights in q4.manifest["weights"].items()}
    assert {kinds[f"{key}-q4"] for key in ("clip", "t5", "denoiser")} == {"uint8"} and "vae-q4" not in kinds
    assert q4.manifest["binding"] != bundle.manifest["binding"]
    for name in operators:
        graph = q4.graph(name)
        used = {key for node in graph.node for key in node.input}
        assert {tensor.name for tensor in graph.initializer} <= used


def test_float32_keeps_every_bit(micro_folder: Path, tmp_path: Path) -> None:
    assert export([*micro.export_arguments(micro_folder, tmp_path), "--dtype", "denoiser=fp32"]) == 0
    exact = Bundle(tmp_path)
    unrounded = FluxPipeline.from_pretrained(micro_folder, low_cpu_mem_usage=False)
    feeds = flux_feeds(unrounded)
    (velocity, _) = exact.run("full", **feeds)
    expected = forward(unrounded, feeds["latents"], 0.63, conditions(unrounded))
    assert max_error(velocity, expected) <= 2e-5
    assert exact.manifest["weights"]["denoiser"]["storedDtype"] == "float32"
