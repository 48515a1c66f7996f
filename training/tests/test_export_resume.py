"""An export that was cut off goes on; memory does not grow with the weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from training import micro
from training.export import flux_bundle
from training.export.__main__ import main as export
from training.export_memory import measure
from training.tests.export_support import Bundle


class CutOff(Exception):
    pass


def stopped_before_the_decoder(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise CutOff

    with monkeypatch.context() as patch:
        patch.setattr(flux_bundle, "decoder_part", stop)
        with pytest.raises(CutOff):
            export(micro.export_arguments(folder, out))


def test_what_was_finished_is_kept_byte_for_byte(
    micro_folder: Path,
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stopped_before_the_decoder(micro_folder, tmp_path, monkeypatch)
    assert not (tmp_path / "manifest.json").exists()
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.bin")}
    # A damaged component is made again, the others are not.
    damaged = bytearray((tmp_path / "t5.bin").read_bytes())
    damaged[100] ^= 1
    (tmp_path / "t5.bin").write_bytes(damaged)
    capsys.readouterr()
    assert export(micro.export_arguments(micro_folder, tmp_path)) == 0
    said = capsys.readouterr().err
    assert "clip: kept" in said and "denoiser: kept" in said and "t5: kept" not in said
    assert (tmp_path / "denoiser.bin").stat().st_mtime_ns == before["denoiser.bin"]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in bundle.folder.iterdir()}
    for path in bundle.folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_other_options_keep_nothing(
    micro_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped_before_the_decoder(micro_folder, tmp_path, monkeypatch)
    assert export([*micro.export_arguments(micro_folder, tmp_path), "--steps", "20"]) == 0
    assert "kept" not in capsys.readouterr().err


def test_memory_does_not_grow_with_the_weights(tmp_path: Path) -> None:
    small, large = (measure(tmp_path / str(width), width, blocks=6) for width in (128, 768))
    grown = large["peakBytes"] - small["peakBytes"]
    weights = large["checkpointBytes"] - small["checkpointBytes"]
    assert weights > 150e6
    # All at once as float32, with their transposes, would be twice the weights and more.
    assert grown < 0.6 * weights
