"""`manifest.json`, format 1, as `src/protocol/manifest.ts` types it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Literal, TypedDict

FORMAT_VERSION: Literal[1] = 1


class BundleFile(TypedDict):
    file: str
    bytes: int
    sha256: str


class WeightsFile(BundleFile):
    location: str
    storedDtype: Literal["float16", "float32"]


class GraphPort(TypedDict):
    name: str
    dtype: str
    shape: list[int]


class GraphComponent(TypedDict):
    graph: BundleFile
    weights: list[str]
    inputs: list[GraphPort]
    outputs: list[GraphPort]


class TokenizerComponent(TypedDict):
    tokenizer: BundleFile
    config: BundleFile
    maxTokens: int
    padTokenId: int
    endTokenId: int


class Shift(TypedDict):
    rule: Literal["exponential-by-tokens"]
    baseTokens: int
    baseMu: float
    maxTokens: int
    maxMu: float


class SchedulerFields(TypedDict):
    type: Literal["flow-match-euler"]
    shift: Shift
    timestepScale: int


class Latent(TypedDict):
    channels: int
    height: int
    width: int
    patch: int
    tokens: int
    tokenChannels: int
    projectionChannels: int


class ImageSize(TypedDict):
    width: int
    height: int


class VaeFields(TypedDict):
    scalingFactor: float
    shiftFactor: float
    downsampling: int


class Preview(TypedDict):
    # Rows red, green and blue over the latents' channels, as samplers have them; colours on [0, 1].
    matrix: list[list[float]]
    bias: list[float]


class Guidance(TypedDict):
    kind: Literal["embedded"]
    default: float
    min: float
    max: float


class Defaults(TypedDict):
    stepCount: int


class Vocabulary(TypedDict):
    groups: dict[str, list[str]]
    examples: list[str]


class Manifest(TypedDict):
    formatVersion: Literal[1]
    id: str
    name: str
    pipeline: Literal["flux"]
    binding: str
    weights: dict[str, WeightsFile]
    components: dict[str, GraphComponent]
    tokenizers: dict[str, TokenizerComponent]
    latent: Latent
    image: ImageSize
    scheduler: SchedulerFields
    vae: VaeFields
    preview: Preview
    guidance: Guidance
    defaults: Defaults
    vocabulary: Vocabulary
    licence: str
    provenance: str


def sha256(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()


def binding(full: BundleFile, cached: BundleFile, denoiser: BundleFile, scheduler: Mapping[str, object]) -> str:
    """What a bound policy depends on: another denoiser or scheduler voids it, another VAE does not.

    sha256 over JSON with sorted keys, no spaces and integral floats written as integers.
    """
    fields = {
        "full": full["sha256"],
        "cached": cached["sha256"],
        "denoiser": denoiser["sha256"],
        "scheduler": scheduler,
    }
    canonical = json.dumps(_plain(fields), sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode())


def _plain(value: object) -> object:
    """1.0 → 1, so that JavaScript's JSON.stringify writes the same text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
