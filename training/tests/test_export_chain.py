"""`full` cut into a chain of sub-graphs: the same numbers, each part with weights of its own, sizes over one set."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from diffusers import FluxPipeline, ZImagePipeline

from training import micro
from training.export.__main__ import main as export
from training.export.chain import SLACK
from training.tests.export_support import Bundle, max_error, normal
from training.tests.test_export_bundle import CHECKOUT
from training.tests.test_export_parity import conditions, denoiser_feeds
from training.tests.z_image_support import slots_of, time_of


def flux_feeds(pipeline: FluxPipeline, tokens: int = 64) -> dict[str, torch.Tensor]:
    given = conditions(pipeline)
    return denoiser_feeds(normal(1, 1, tokens, 64), 0.63, given) | {"prompt_embeds": given.prompt_embeds}


def z_image_feeds() -> dict[str, torch.Tensor]:
    times = {"latents": normal(2, 1, 16, 16, 16), "timestep_projection": time_of(0.63)}
    return times | slots_of(normal(3, 11, 64), 64)


def test_the_chain_is_the_whole_graph(
    pipeline: FluxPipeline, bundle: Bundle, cut_bundle: Bundle, z_image_bundle: Bundle, z_image_sizes: Bundle
) -> None:
    for whole, cut, feeds in (
        (bundle, cut_bundle, flux_feeds(pipeline)),
        (z_image_bundle, z_image_sizes, z_image_feeds()),
    ):
        assert len(cut.component("full")["chain"]) == 3 and "chain" not in cut.component("cached")
        for found, expected in zip(cut.run("full", **feeds), whole.run("full", **feeds), strict=True):
            assert max_error(found, expected) <= 1e-6
        # And it can fail: another input gives another result.
        changed = cut.run("full", **(feeds | {"latents": feeds["latents"] + 0.1}))[0]
        assert max_error(changed, whole.run("full", **feeds)[0]) > 1e-3


@pytest.mark.parametrize("name", ["cut_bundle", "z_image_sizes"])
def test_parts_are_joined_by_name_and_hold_near_equal_shares(name: str, request: pytest.FixtureRequest) -> None:
    cut: Bundle = request.getfixturevalue(name)
    component = cut.component("full")
    known = {port["name"]: port for port in component["inputs"]}
    for link in component["chain"]:
        for port in link["inputs"]:
            assert known[port["name"]] == port
        known |= {port["name"]: port for port in link["outputs"]}
    for port in component["outputs"]:
        assert known[port["name"]] == port
    assert component["graph"] == component["chain"][0]["graph"]
    own = [set(link["weights"]) - set(cut.component("cached")["weights"]) for link in component["chain"]]
    assert any(own) and not any(own[i] & own[j] for i in range(3) for j in range(i))
    seen: dict[tuple[str, int], int] = {}
    before, largest = [], 0
    for link in component["chain"]:
        lengths = external_bytes(cut, link["graph"]["file"])
        largest = max(largest, *lengths.values())
        seen |= lengths
        before.append(sum(seen.values()))
    share = before[-1] / 3
    for index, found in enumerate(before, 1):
        assert abs(found - index * share) <= max(SLACK * share, largest)


def test_the_cut_bundle_of_the_page_is_what_the_command_makes(micro_folder: Path, tmp_path: Path) -> None:
    kept = CHECKOUT / "e2e/fixtures/models/micro-cut"
    assert export(micro.cut_arguments(micro_folder, tmp_path)) == 0
    assert {path.name for path in kept.iterdir()} == {path.name for path in tmp_path.iterdir()}
    for path in kept.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def external_bytes(bundle: Bundle, graph: str) -> dict[tuple[str, int], int]:
    """Of every weight of the graph that lies in a weights file, by its place."""
    entries = [
        {e.key: e.value for e in t.external_data} for t in onnx.load_from_string(bundle.read(graph)).graph.initializer
    ]
    return {(e["location"], int(e["offset"])): int(e["length"]) for e in entries if e}


def test_another_size_brings_graphs_and_no_weights(
    pipeline: FluxPipeline, z_image: ZImagePipeline, cut_bundle: Bundle, z_image_sizes: Bundle
) -> None:
    for cut in (cut_bundle, z_image_sizes):
        bindings = {cut.manifest["binding"]}
        for other in cut.manifest["otherSizes"]:
            links = zip(other["components"]["full"]["chain"], cut.component("full")["chain"], strict=True)
            assert all(there["weights"] == here["weights"] for there, here in links)
            bindings.add(other["binding"])
        assert len(bindings) == 1 + len(cut.manifest["otherSizes"]) >= 2
    matrices = sum(p.numel() for p in pipeline.transformer.parameters() if p.ndim > 1)
    stored = [w for key, w in cut_bundle.manifest["weights"].items() if key.startswith("denoiser")]
    # Both sizes, all parts: each matrix once.
    assert sum(w["bytes"] for w in stored) <= 2 * matrices * 1.05
