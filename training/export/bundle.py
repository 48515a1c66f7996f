"""The files of a bundle, whatever its pipeline: graphs, weights, tokenizers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnx_ir as ir

from . import manifest as m
from .onnx_write import Port, externalise, ports, serialise
from .pipeline import ExportError
from .tokenizers import TokenizerFiles
from .weights import Blob

PROJECTION_CHANNELS = 256
# What browsers hold in one piece; a larger denoiser would have to be a chain of sub-graphs.
MAX_BLOB_BYTES = 3_500_000_000


@dataclass(frozen=True)
class BundleOptions:
    """What the pipeline's folder does not say."""

    id: str
    name: str
    # Pixels; must be a multiple of the VAE's downsampling times the patch side.
    width: int
    height: int
    step_count: int = 28
    guidance_default: float = 4.0
    guidance_min: float = 1.0
    guidance_max: float = 6.0
    vocabulary: m.Vocabulary = field(default_factory=lambda: m.Vocabulary(groups={}, examples=[]))
    licence: str = "not stated"
    provenance: str = ""


@dataclass
class Bundle:
    """File name → content, the manifest among them once `finish` has run."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> m.BundleFile:
        self.files[name] = content
        return m.BundleFile(file=name, bytes=len(content), sha256=m.sha256(content))

    def write(self, folder: Path) -> None:
        """Write every file; other files in the folder stay as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)

    def blob(self, blob: Blob) -> m.WeightsFile:
        if len(blob.content) > MAX_BLOB_BYTES:
            raise ExportError("model-too-large", f"{blob.location} would take {len(blob.content)} bytes")
        stored = self.add(blob.location, bytes(blob.content))
        return m.WeightsFile(**stored, location=blob.location, storedDtype=blob.stored_dtype)

    def component(self, name: str, model: ir.Model, blobs: Mapping[str, Blob]) -> m.GraphComponent:
        """Serialise a graph, each large weight going to the first of `blobs` (by key) that takes it."""
        inputs, outputs = ports(model.graph.inputs), ports(model.graph.outputs)
        used = externalise(model, list(blobs.values()))
        return m.GraphComponent(
            graph=self.add(f"{name}.onnx", serialise(model)),
            weights=[key for key, blob in blobs.items() if blob.location in used],
            inputs=[_port(port) for port in inputs],
            outputs=[_port(port) for port in outputs],
        )

    def weights(self, blobs: Mapping[str, Blob]) -> dict[str, m.WeightsFile]:
        """Add every blob that holds anything; to be called when all graphs are in."""
        return {key: self.blob(blob) for key, blob in blobs.items() if blob.content}

    def finish(self, manifest: Mapping[str, object]) -> None:
        self.add("manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())

    def tokenizer(self, name: str, files: TokenizerFiles) -> m.TokenizerComponent:
        return m.TokenizerComponent(
            tokenizer=self.add(f"{name}-tokenizer.json", files.tokenizer),
            config=self.add(f"{name}-tokenizer-config.json", files.config),
            maxTokens=files.max_tokens,
            padTokenId=files.pad_token_id,
            endTokenId=files.end_token_id,
        )


def _port(port: Port) -> m.GraphPort:
    name, dtype, shape = port
    return m.GraphPort(name=name, dtype=dtype, shape=shape)


def pick(blobs: Mapping[str, Blob], *keys: str) -> dict[str, Blob]:
    """The blobs a graph may use, in the order it tries them."""
    return {key: blobs[key] for key in keys}


def megabytes(count: int) -> str:
    return f"{math.ceil(count / 1e4) / 100:.2f} MB"
