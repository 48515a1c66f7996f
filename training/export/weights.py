"""Blobs of half-precision weights that several graphs refer to as ONNX external data.

A graph says where its float32 tensors lie in the *widened* blob; the stored one holds every value as
float16, so it is half as long and each offset half as large. Only tensors that lose nothing go in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

# Smaller tensors stay in the graph: a reference costs about as much as they do.
MIN_ELEMENTS = 256
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
class HalfBlob:
    """Grows by tensors; the same content is stored once."""

    location: str
    content: bytearray = field(default_factory=bytearray)
    _extents: dict[str, Extent] = field(default_factory=dict)

    def place(self, tensor: np.ndarray) -> Extent | None:
        """Where `tensor` lies in the widened blob, added if new; None if it must stay in the graph."""
        if tensor.dtype != np.float32 or tensor.size < MIN_ELEMENTS:
            return None
        half = as_half(tensor)
        if half is None:
            return None
        stored = half.astype("<f2").tobytes()
        key = hashlib.sha256(stored).hexdigest()
        if key not in self._extents:
            self.content.extend(bytes(-len(self.content) % (ALIGNMENT_BYTES // 2)))
            self._extents[key] = Extent(2 * len(self.content), 2 * len(stored))
            self.content.extend(stored)
        return self._extents[key]


def widen(stored: bytes) -> bytes:
    """What a loader does: float16 → float32, little endian, every offset doubling."""
    return np.frombuffer(stored, "<f2").astype("<f4").tobytes()
