"""Blobs, their shards and sections."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from training.export.weights import HalfBlob, widen


def exact(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count).astype(np.float16).astype(np.float32)


def test_a_tensor_is_found_again_in_the_widened_blob(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path)
    first, second = exact(300), exact(512, 1).reshape(16, 32)
    blob.place(first)
    extent = blob.place(second)
    assert extent is not None and extent.offset % 64 == 0
    found = np.frombuffer(widen((tmp_path / "weights.bin").read_bytes()), np.float32, second.size, extent.offset)
    assert np.array_equal(found.reshape(16, 32), second)


def test_equal_content_is_stored_once(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path)
    extent = blob.place(exact(400))
    assert blob.place(exact(400).reshape(20, 20)) == extent
    assert (tmp_path / "weights.bin").stat().st_size == blob.shards[0].bytes == 800


def test_what_float16_cannot_hold_stays_out(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path)
    for tensor in (
        np.full(300, 0.1, np.float32),
        np.full(300, 1e6, np.float32),
        np.full(300, 1e-9, np.float32),
        np.arange(300),
        exact(255),
    ):
        assert blob.place(tensor) is None
    assert not blob.shards and not list(tmp_path.iterdir())


def test_signs_of_zero_survive(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path)
    zeros = np.full(256, -0.0, np.float32)
    blob.place(zeros)
    assert widen((tmp_path / "weights.bin").read_bytes()) == zeros.tobytes()


def test_a_full_shard_is_followed_by_another(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path, shard_bytes=2 * 4 * 300)
    places = [blob.place(exact(300, seed)) for seed in range(5)]
    assert [place.location for place in places if place] == [f"weights{n}.bin" for n in ("", "", "-2", "-2", "-3")]
    for seed, place in enumerate(places):
        assert place is not None
        found = np.frombuffer(widen((tmp_path / place.location).read_bytes()), np.float32, 300, place.offset)
        assert np.array_equal(found, exact(300, seed))
    for shard in blob.shards:
        assert shard.hash.hexdigest() == hashlib.sha256(shard.path.read_bytes()).hexdigest()


def test_a_section_shares_with_the_common_one_alone(tmp_path: Path) -> None:
    blob = HalfBlob("weights", tmp_path)
    common = blob.place(exact(300, 0))
    blob.section = 1
    own = blob.place(exact(300, 1))
    assert blob.place(exact(300, 0)) == common and own is not None and own.location == "weights-2.bin"
    blob.section = 2
    other = blob.place(exact(300, 1))
    assert other is not None and other.location == "weights-3.bin"
    blob.section = 1
    assert blob.place(exact(300, 1)) == own
