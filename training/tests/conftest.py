"""The micro pipelines and their bundles, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from diffusers import FluxPipeline, ZImagePipeline

from training import micro, micro_z_image
from training.export.__main__ import main as export
from training.export.flux_pipeline import load
from training.export.z_image_pipeline import load as load_z_image
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


@pytest.fixture(scope="session")
def z_image_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro Z-Image pipeline as saved, weights not yet rounded."""
    folder = tmp_path_factory.mktemp("pipeline") / "micro-z-image"
    micro_z_image.write(folder)
    return folder


@pytest.fixture(scope="session")
def z_image(z_image_folder: Path) -> ZImagePipeline:
    """The micro Z-Image pipeline with float16-rounded weights in float32."""
    return load_z_image(z_image_folder)


@pytest.fixture(scope="session")
def z_image_bundle(z_image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Its bundle, written by the command line."""
    folder = tmp_path_factory.mktemp("bundle") / "micro-z-image"
    assert export(micro_z_image.export_arguments(z_image_folder, folder)) == 0
    return Bundle(folder)


@pytest.fixture(scope="session")
def cut_bundle(micro_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The micro bundle with `full` in three parts, at two sizes."""
    folder = tmp_path_factory.mktemp("bundle") / "micro-cut"
    assert export([*micro.export_arguments(micro_folder, folder), "--parts", "3", "--also", "128x64"]) == 0
    return Bundle(folder)


@pytest.fixture(scope="session")
def z_image_sizes(z_image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The micro Z-Image bundle with `full` in three parts, at two sizes."""
    folder = tmp_path_factory.mktemp("bundle") / "micro-z-image-cut"
    arguments = micro_z_image.export_arguments(z_image_folder, folder)
    assert export([*arguments, "--parts", "3", "--also", "128x64"]) == 0
    return Bundle(folder)
