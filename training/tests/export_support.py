"""Reading a bundle as a browser would: manifest, widened blobs, onnxruntime sessions."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from diffusers.models.embeddings import get_timestep_embedding

from training.export.weights import widen


class Bundle:
    """A bundle folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return json.loads(self.read("manifest.json"))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def component(self, name: str) -> dict[str, Any]:
        return self.manifest["components"][name]

    def graph(self, name: str) -> onnx.GraphProto:
        return onnx.load_from_string(self.read(self.component(name)["graph"]["file"])).graph

    def blob(self, key: str) -> bytes:
        """A weights file as graphs address it."""
        weights = self.manifest["weights"][key]
        stored = self.read(weights["file"])
        return widen(stored) if weights["storedDtype"] == "float16" else stored

    def run(self, name: str, **feeds: torch.Tensor) -> list[torch.Tensor]:
        """Outputs of a component on onnxruntime's CPU provider, from the files as written."""
        component = self.component(name)
        values = {key: value.numpy() for key, value in feeds.items()}
        for link in component.get("chain", [component]):
            values |= self._run_graph(link, {port["name"]: values[port["name"]] for port in link["inputs"]})
        return [torch.from_numpy(values[port["name"]]) for port in component["outputs"]]

    def _run_graph(self, link: dict[str, Any], feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        blobs = {self.manifest["weights"][key]["location"]: self.blob(key) for key in link["weights"]}
        options.add_external_initializers_from_files_in_memory(
            list(blobs), list(blobs.values()), [len(blob) for blob in blobs.values()]
        )
        session = ort.InferenceSession(self.read(link["graph"]["file"]), options, providers=["CPUExecutionProvider"])
        return dict(zip((output.name for output in session.get_outputs()), session.run(None, feeds), strict=True))


def projection(value: float) -> torch.Tensor:
    """The host's sinusoidal projection [1, 256] of a timestep or guidance, scaled by 1000."""
    return get_timestep_embedding(torch.tensor([value]) * 1000, 256, flip_sin_to_cos=True, downscale_freq_shift=0)


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))


def max_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    assert found.shape == expected.shape
    return float((found - expected).abs().max())


def psnr_db(found: torch.Tensor, reference: torch.Tensor) -> float:
    """Peak: the reference's max − min."""
    peak = float(reference.max() - reference.min())
    return float(20 * np.log10(peak / max(float((found - reference).square().mean().sqrt()), 1e-12)))
