"""`manifest.json` of a Z-Image bundle, format 1; what differs from FLUX's."""

from __future__ import annotations

from typing import Literal, TypedDict

from .manifest import (
    Defaults,
    GraphComponent,
    ImageSize,
    Preview,
    TokenizerComponent,
    VaeFields,
    Vocabulary,
    WeightsFile,
)


class StaticShift(TypedDict):
    """sigma' = shift·sigma / (1 + (shift − 1)·sigma)."""

    rule: Literal["static"]
    shift: float


class StaticScheduler(TypedDict):
    type: Literal["flow-match-euler"]
    shift: StaticShift
    # The transformer's time is (1 − sigma) times `timestepScale`.
    timestep: Literal["one-minus-sigma"]
    timestepScale: float


class ChatTokenizer(TokenizerComponent):
    # Put before and after the prompt ahead of tokenizing; cutting a long prompt cuts the suffix too.
    prefix: str
    suffix: str


class SpatialLatent(TypedDict):
    channels: int
    height: int
    width: int
    patch: int
    tokens: int
    projectionChannels: int


class Caption(TypedDict):
    # Slots of the graphs, the caption at their end.
    slots: int
    # A caption's length is filled up to the next multiple of this.
    multiple: int
    channels: int


class Residual(TypedDict):
    start: Literal["refiner", "embedder"]
    tokens: int
    channels: int


class SizeFields(TypedDict):
    """What depends on the size of the picture; `components`: full, cached, vaeDecoder."""

    image: ImageSize
    latent: SpatialLatent
    residual: Residual
    components: dict[str, GraphComponent]


class OtherSize(SizeFields):
    binding: str


class ClassifierFreeGuidance(TypedDict):
    # velocity = pos + g·(pos − neg); at g = 0 the negative branch is not run.
    kind: Literal["classifier-free"]
    default: float
    min: float
    max: float


class ZImageManifest(TypedDict):
    formatVersion: Literal[1]
    id: str
    name: str
    pipeline: Literal["z-image"]
    binding: str
    weights: dict[str, WeightsFile]
    components: dict[str, GraphComponent]
    tokenizers: dict[str, ChatTokenizer]
    latent: SpatialLatent
    caption: Caption
    residual: Residual
    image: ImageSize
    scheduler: StaticScheduler
    vae: VaeFields
    preview: Preview
    guidance: ClassifierFreeGuidance
    defaults: Defaults
    vocabulary: Vocabulary
    licence: str
    provenance: str
    otherSizes: list[OtherSize]
