"""The micro pipeline and its bundle, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from diffusers import FluxPipeline

from training import micro
from training.export.__main__ import main as export
from training.export.pipeline import load
from training.tests.export_support import Bundle


@pytest.fixture(scope="session")
def micro_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro pipeline as saved, weights not yet rounded."""
    folder = tmp_path_factory.mktemp("pipeline") / "micro"
    micro.write(folder)
    return folder


@pytest.fixture(scope="session")
def pipeline(micro_folder: Path) -> FluxPipeline:
    """The micro pipeline with float16-rounded weights in float32."""
    return load(micro_folder)


@pytest.fixture(scope="session")
def bundle(micro_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The micro bundle, written by the command line."""
    folder = tmp_path_factory.mktemp("bundle") / "micro"
    assert export(micro.export_arguments(micro_folder, folder)) == 0
    return Bundle(folder)
