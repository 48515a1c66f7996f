"""Blobs of weights that several graphs refer to as ONNX external data, written as they come.

A graph says where its tensors lie in the *widened* shard; a half-precision one is stored with every value
as float16, so it is half as long and each offset half as large. Only tensors that lose nothing go in. What
is large and would lose goes to a blob stored as float32, packed 4-bit values to one of bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np

# Smaller tensors stay in the graph: a reference costs about as much as they do.
MIN_ELEMENTS = 256
# Below this a float32 tensor that halves would damage stays in the graph too, such as small tables.
MIN_EXACT_ELEMENTS = 16_384
# Of widened offsets; a loader may then view the blob as any element type, or map it.
ALIGNMENT_BYTES = 64
# Widened. Browsers read a file in one piece, and below 2 GiB all of them can.
SHARD_BYTES = 2_000_000_000

StoredDtype = Literal["float16", "float32", "uint8"]


class Extent(NamedTuple):
    """Bytes of a tensor inside the widened shard."""

    location: str
    offset: int
    length: int


def as_half(tensor: np.ndarray) -> np.ndarray | None:
    """The tensor as float16 where that loses nothing, else None."""
    with np.errstate(over="ignore"):
        half = tensor.astype(np.float16)
    return half if np.array_equal(half.astype(np.float32), tensor) else None


@dataclass
class Shard:
    """One file, open at its end."""

    path: Path
    bytes: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    def append(self, content: bytes) -> None:
        with self.path.open("ab" if self.bytes else "wb") as file:
            file.write(content)
        self.hash.update(content)
        self.bytes += len(content)


@dataclass
class Blob:
    """Grows by tensors into shards in `folder`; the same content is stored once.

    A *section* holds what one part of a cut graph needs and no other: its tensors get shards of their own,
    which no other section refers to. What lies in the section 0 serves all. How values are stored, the classes
    below say.
    """

    stem: str
    folder: Path
    shard_bytes: int = SHARD_BYTES
    section: int = 0
    shards: list[Shard] = field(default_factory=list)
    _open: dict[int, Shard] = field(default_factory=dict)
    _extents: dict[tuple[int, str], Extent] = field(default_factory=dict)
    stored_dtype: ClassVar[StoredDtype]
    min_elements: ClassVar[int]
    dtype: ClassVar[type] = np.float32

    def place(self, tensor: np.ndarray) -> Extent | None:
        """Where `tensor` lies, written if new; None if it does not belong here."""
        if tensor.dtype != self.dtype or tensor.size < self.min_elements:
            return None
        stored = self.encode(tensor)
        return None if stored is None else self._add(stored)

    def encode(self, tensor: np.ndarray) -> bytes | None:
        """The tensor as stored, None where that would lose something."""
        raise NotImplementedError

    def _add(self, stored: bytes) -> Extent:
        factor = 2 if self.stored_dtype == "float16" else 1
        key = hashlib.sha256(stored).hexdigest()
        for section in (0, self.section):
            if (section, key) in self._extents:
                return self._extents[section, key]
        shard = self._shard(len(stored) * factor, factor)
        shard.append(bytes(-shard.bytes % (ALIGNMENT_BYTES // factor)))
        extent = Extent(shard.path.name, factor * shard.bytes, factor * len(stored))
        shard.append(stored)
        self._extents[self.section, key] = extent
        return extent

    def _shard(self, more_bytes: int, factor: int) -> Shard:
        shard = self._open.get(self.section)
        if shard is None or shard.bytes * factor + more_bytes > self.shard_bytes:
            number = len(self.shards) + 1
            self.folder.mkdir(parents=True, exist_ok=True)
            shard = Shard(self.folder / (f"{self.stem}.bin" if number == 1 else f"{self.stem}-{number}.bin"))
            self.shards.append(shard)
            self._open[self.section] = shard
        return shard


class ExactBlob(Blob):
    """Stored as float32: for large tensors whose size or precision float16 cannot hold."""

    stored_dtype = "float32"
    min_elements = MIN_EXACT_ELEMENTS

    def encode(self, tensor: np.ndarray) -> bytes:
        return tensor.astype("<f4").tobytes()


class WholeBlob(ExactBlob):
    """Stored as float32, whatever the values."""

    min_elements = MIN_ELEMENTS


class HalfBlob(Blob):
    """Stored as float16: for tensors that lose nothing by it."""

    stored_dtype = "float16"
    min_elements = MIN_ELEMENTS

    def encode(self, tensor: np.ndarray) -> bytes | None:
        half = as_half(tensor)
        return None if half is None else half.astype("<f2").tobytes()


class ByteBlob(Blob):
    """Packed values as they are."""

    stored_dtype = "uint8"
    min_elements = MIN_ELEMENTS
    dtype = np.uint8

    def encode(self, tensor: np.ndarray) -> bytes:
        return tensor.tobytes()


def widen(stored: bytes) -> bytes:
    """What a loader does: float16 → float32, little endian, every offset doubling."""
    return np.frombuffer(stored, "<f2").astype("<f4").tobytes()
