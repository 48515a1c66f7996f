"""`manifest.json`, format 1, as `src/protocol/manifest.ts` types it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

FORMAT_VERSION: Literal[1] = 1


class BundleFile(TypedDict):
    file: str
    bytes: int
    sha256: str


# As the command line says it: float32, float16, or 4 bits for the matrices of repeated blocks and float16 else.
WeightsDtype = Literal["fp32", "fp16", "q4"]


class WeightsFile(BundleFile):
    location: str
    storedDtype: Literal["float16", "float32", "uint8"]


class GraphPort(TypedDict):
    name: str
    dtype: str
    shape: list[int]


class GraphAndWeights(TypedDict):
    graph: BundleFile
    weights: list[str]


class GraphLink(GraphAndWeights):
    inputs: list[GraphPort]
    outputs: list[GraphPort]


class GraphComponent(GraphLink):
    # A graph in several pieces: each, in the order they run, takes inputs of the whole and outputs of earlier ones.
    # `graph` and `weights` then are the first's, `inputs` and `outputs` the whole's.
    chain: NotRequired[list[GraphLink]]


class BundlePart(TypedDict):
    """Components and the weights that they alone use, by the manifest's keys."""

    components: dict[str, GraphComponent]
    weights: dict[str, WeightsFile]


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


class SizeFields(TypedDict):
    """What depends on the size of the picture; `components`: full, cached, vaeDecoder."""

    image: ImageSize
    latent: Latent
    components: dict[str, GraphComponent]


class OtherSize(SizeFields):
    binding: str


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
    otherSizes: NotRequired[list[OtherSize]]


def sha256(content: bytes | bytearray) -> str:
    return hashlib.sha256(content).hexdigest()


def binding(
    full: GraphComponent, cached: GraphComponent, weights: Mapping[str, WeightsFile], scheduler: Mapping[str, object]
) -> str:
    """What a bound policy depends on: another denoiser or scheduler voids it, another VAE does not.

    sha256 over JSON with sorted keys, no spaces and integral floats written as integers; where there are several
    files in the place of one, a list of theirs.
    """
    keys = dict.fromkeys(key for part in (full, cached) for link in links_of(part) for key in link["weights"])
    fields = {
        "full": _one_or_all([link["graph"] for link in links_of(full)]),
        "cached": _one_or_all([link["graph"] for link in links_of(cached)]),
        "denoiser": _one_or_all([weights[key] for key in keys]),
        "scheduler": scheduler,
    }
    canonical = json.dumps(_plain(fields), sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode())


def links_of(component: GraphComponent) -> list[GraphAndWeights]:
    return list(component.get("chain") or [component])


def files_of(value: Any) -> list[BundleFile]:
    """Every file that a manifest, or a part of one, names."""
    if isinstance(value, dict) and "sha256" in value:
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [file for item in items for file in files_of(item)]


def _one_or_all(files: list[BundleFile]) -> str | list[str]:
    hashes = [file["sha256"] for file in files]
    return hashes[0] if len(hashes) == 1 else hashes


def _plain(value: object) -> object:
    """1.0 → 1, so that JavaScript's JSON.stringify writes the same text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
