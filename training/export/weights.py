"""Blobs of weights that several graphs refer to as ONNX external data.

A graph says where its float32 tensors lie in the *widened* blob; a half-precision one is stored with
every value as float16, so it is half as long and each offset half as large. Only tensors that lose
nothing go in. What is large and would lose goes to a blob stored as float32.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

# Smaller tensors stay in the graph: a reference costs about as much as they do.
MIN_ELEMENTS = 256
# Below this a float32 tensor that halves would damage stays in the graph too, such as small tables.
MIN_EXACT_ELEMENTS = 16_384
# Of widened offsets; a loader may then view the blob as any element type, or map it.
ALIGNMENT_BYTES = 64


@dataclass(frozen=True)
class Extent:
    """Bytes of a float32 tensor inside the widened blob."""

    offset: int
    length: int


def as_half(tensor: np.ndarray) -> np.ndarray | None:
    """The tensor as float16 where that loses nothing, else None."""
    with np.errstate(over="ignore"):
        half = tensor.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), tensor) else None


@dataclass
class Blob:
    """Grows by tensors; the same content is stored once. How it is stored, the two classes below say."""

    location: str
    content: bytearray = field(default_factory=bytearray)
    _extents: dict[str, Extent] = field(default_factory=dict)
    stored_dtype: ClassVar[Literal["float16", "float32"]]
    min_elements: ClassVar[int]

    def place(self, tensor: np.ndarray) -> Extent | None:
        """Where `tensor` lies in the widened blob, added if new; None if it does not belong here."""
        if tensor.dtype != np.float32 or tensor.size < self.min_elements:
            return None
        stored = self.encode(tensor)
        return None if stored is None else self._add(stored)

    def encode(self, tensor: np.ndarray) -> bytes | None:
        """The tensor as stored, None where that would lose something."""
        raise NotImplementedError

    def _add(self, stored: bytes) -> Extent:
        factor = 2 if self.stored_dtype == "float16" else 1
        key = hashlib.sha256(stored).hexdigest()
        if key not in self._extents:
            self.content.extend(bytes(-len(self.content) % (ALIGNMENT_BYTES // factor)))
            self._extents[key] = Extent(factor * len(self.content), factor * len(stored))
            self.content.extend(stored)
        return self._extents[key]


class ExactBlob(Blob):
    """Stored as float32: for large tensors whose size or precision float16 cannot hold."""

    stored_dtype = "float32"
    min_elements = MIN_EXACT_ELEMENTS

    def encode(self, tensor: np.ndarray) -> bytes:
        return tensor.astype("<f4").tobytes()


class HalfBlob(Blob):
    """Stored as float16: for tensors that lose nothing by it."""

    stored_dtype = "float16"
    min_elements = MIN_ELEMENTS

    def encode(self, tensor: np.ndarray) -> bytes | None:
        half = as_half(tensor)
        return None if half is None else half.astype("<f2").tobytes()


def widen(stored: bytes) -> bytes:
    """What a loader does: float16 → float32, little endian, every offset doubling."""
    return np.frombuffer(stored, "<f2").astype("<f4").tobytes()
