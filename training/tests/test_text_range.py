"""Text encoders whose activations or weights leave float16's range: computed in float32 they must not care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers import Qwen3Config, Qwen3Model, T5Config, T5EncoderModel

from training.export.bundle import Bundle as Files
from training.export.onnx_write import trace
from training.export.pipeline import FEED_FORWARD_OUT, ExportError, round_to_half
from training.export.qwen_graph import QwenGraph
from training.export.text_graphs import T5Graph
from training.export.weights import ExactBlob, HalfBlob
from training.micro import randomise
from training.tests.export_support import Bundle, max_error

TOKENS = 8
ACTIVATION = 1e5


def t5() -> tuple[nn.Module, nn.Module, list[nn.Linear]]:
    sizes = {"vocab_size": 40, "d_model": 128, "d_kv": 32, "d_ff": 256, "num_layers": 2, "num_heads": 4}
    model = T5EncoderModel(T5Config(**sizes, feed_forward_proj="gated-gelu", dropout_rate=0.0))
    model.set_attn_implementation("eager")
    randomise(model, np.random.default_rng(5))
    model.eval().requires_grad_(False)
    return model, T5Graph(model, TOKENS), [block.layer[-1].DenseReluDense.wo for block in model.encoder.block]


def qwen() -> tuple[nn.Module, nn.Module, list[nn.Linear]]:
    sizes = {"vocab_size": 40, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3, "head_dim": 32}
    model = Qwen3Model(Qwen3Config(**sizes, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64))
    model.set_attn_implementation("eager")
    randomise(model, np.random.default_rng(6))
    model.eval().requires_grad_(False)
    return model, QwenGraph(model, TOKENS), [layer.mlp.down_proj for layer in model.layers[:-1]]


def peak(graph: nn.Module, layer: nn.Linear, ids: torch.Tensor) -> float:
    """The largest activation that leaves `layer`."""
    seen: list[float] = []
    hook = layer.register_forward_hook(lambda _, __, out: seen.append(float(out.abs().max())))
    with torch.no_grad():
        graph(ids)
    hook.remove()
    return max(seen)


def exported(graph: nn.Module, ids: torch.Tensor, folder: Path) -> tuple[torch.Tensor, dict[str, dict]]:
    """The graph's result on onnxruntime from files as a bundle holds them, and the weights' entries."""
    files = Files(folder)
    blobs = {"half": HalfBlob("half", folder), "exact": ExactBlob("exact", folder)}
    trace_of = {"text": trace(graph, {"input_ids": ids}, ["prompt_embeds"])}
    done = files.part("text", lambda: (files.components(trace_of, blobs, "fp16"), blobs))
    component, weights = done["components"]["text"], done["weights"]
    files.finish({"components": {"text": component}, "weights": weights})
    assert set(component["weights"]) == set(weights)
    return Bundle(folder).run("text", input_ids=ids)[0], weights


IDS = torch.arange(3, 3 + TOKENS)[None]


@pytest.mark.parametrize("build", [t5, qwen])
def test_activations_beyond_half_precision_stay_finite_and_equal(build, tmp_path: Path) -> None:
    model, graph, (first, *_) = build()
    first.weight.mul_(ACTIVATION / peak(graph, first, IDS))
    assert round_to_half(model, "text_encoder", FEED_FORWARD_OUT) == []
    assert peak(graph, first, IDS) >= 0.99 * ACTIVATION
    with torch.no_grad():
        expected = graph(IDS)
        # What the test guards against: in half precision the same model overflows.
        assert not torch.isfinite(build_half(model, build)(IDS)).all()
    found, weights = exported(graph, IDS, tmp_path)
    assert torch.isfinite(found).all()
    assert max_error(found, expected) <= 1e-4 * max(1.0, float(expected.abs().max()))
    assert list(weights) == ["half"]


def build_half(model: nn.Module, build) -> nn.Module:
    """The same weights, computed in float16 throughout (T5's own guard against infinities aside)."""
    copy, graph, _ = build()
    copy.load_state_dict(model.state_dict())
    for part in copy.modules():
        part.register_forward_hook(_overflowing)
    return graph


def _overflowing(_: nn.Module, __: object, out: object) -> object:
    return out.half().float() if isinstance(out, torch.Tensor) else out


@pytest.mark.parametrize("build", [t5, qwen])
@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_weights_beyond_half_precision_are_stored_whole(build, scale: float, tmp_path: Path) -> None:
    model, graph, layers = build()
    layers[0].weight.mul_(scale)
    before = layers[0].weight.clone()
    kept = round_to_half(model, "text_encoder", FEED_FORWARD_OUT)
    assert len(kept) == 1 and kept[0].endswith(FEED_FORWARD_OUT)
    assert torch.equal(layers[0].weight, before)
    with torch.no_grad():
        expected = graph(IDS)
    found, weights = exported(graph, IDS, tmp_path)
    assert torch.isfinite(found).all()
    assert max_error(found, expected) <= 1e-4 * max(1.0, float(expected.abs().max()))
    assert weights["exact"]["storedDtype"] == "float32" and weights["exact"]["bytes"] == 4 * before.numel()


def test_only_the_named_weights_may_stay_whole() -> None:
    model, _, layers = t5()
    layers[0].weight.mul_(1e6)
    with pytest.raises(ExportError, match=r"^weight-overflow: text_encoder\..*wo\.weight"):
        round_to_half(model, "text_encoder")
