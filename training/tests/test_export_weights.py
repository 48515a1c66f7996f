"""The half-precision blob."""

from __future__ import annotations

import numpy as np

from training.export.weights import HalfBlob, widen


def exact(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(count).astype(np.float16).astype(np.float32)


def test_a_tensor_is_found_again_in_the_widened_blob() -> None:
    blob = HalfBlob("weights.bin")
    first, second = exact(300), exact(512, 1).reshape(16, 32)
    blob.place(first)
    extent = blob.place(second)
    assert extent is not None and extent.offset % 64 == 0
    found = np.frombuffer(widen(bytes(blob.content)), np.float32, second.size, extent.offset)
    assert np.array_equal(found.reshape(16, 32), second)


def test_equal_content_is_stored_once() -> None:
    blob = HalfBlob("weights.bin")
    extent = blob.place(exact(400))
    size = len(blob.content)
    assert blob.place(exact(400).reshape(20, 20)) == extent
    assert len(blob.content) == size == 800


def test_what_float16_cannot_hold_stays_out() -> None:
    blob = HalfBlob("weights.bin")
    for tensor in (
        np.full(300, 0.1, np.float32),
        np.full(300, 1e6, np.float32),
        np.full(300, 1e-9, np.float32),
        np.arange(300),
        exact(255),
    ):
        assert blob.place(tensor) is None
    assert not blob.content


def test_signs_of_zero_survive() -> None:
    blob = HalfBlob("weights.bin")
    zeros = np.full(256, -0.0, np.float32)
    blob.place(zeros)
    assert widen(bytes(blob.content)) == zeros.tobytes()
