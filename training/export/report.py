"""What an export made, component by component: sizes, operators, and where WebGPU runs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import onnx

from . import manifest as m
from .webgpu_operators import ON_THE_GPU


class GraphReport(TypedDict):
    name: str
    nodes: int
    operators: dict[str, int]
    # Operators that would run on the CPU; empty is what an export should have.
    notOnWebGpu: list[str]
    graphBytes: int
    # Of the weights files that the session is given, as stored and as widened for it.
    storedBytes: int
    heldBytes: int


def report(folder: Path, manifest: dict[str, Any]) -> list[GraphReport]:
    """A row for every graph of the bundle."""
    return [graph_report(folder, name, link, manifest["weights"]) for name, link in graphs_of(manifest)]


def graphs_of(manifest: dict[str, Any]) -> Iterator[tuple[str, m.GraphAndWeights]]:
    for size in (manifest, *manifest.get("otherSizes", [])):
        for component in size["components"].values():
            for link in m.links_of(component):
                yield link["graph"]["file"].removesuffix(".onnx"), link


def graph_report(folder: Path, name: str, link: m.GraphAndWeights, weights: dict[str, m.WeightsFile]) -> GraphReport:
    nodes = onnx.load(folder / link["graph"]["file"], load_external_data=False).graph.node
    operators = Counter(node.op_type for node in nodes)
    files = [weights[key] for key in link["weights"]]
    return GraphReport(
        name=name,
        nodes=len(nodes),
        operators=dict(sorted(operators.items())),
        notOnWebGpu=sorted(set(operators) - ON_THE_GPU),
        graphBytes=link["graph"]["bytes"],
        storedBytes=sum(file["bytes"] for file in files),
        heldBytes=sum(file["bytes"] * (2 if file["storedDtype"] == "float16" else 1) for file in files),
    )


def table(rows: list[GraphReport]) -> str:
    """The report for people."""
    lines = [f"{'graph':24} {'nodes':>6} {'graph':>12} {'weights':>12} {'in memory':>12}  not on WebGPU"]
    for row in rows:
        sizes = " ".join(f"{megabytes(row[key]):>12}" for key in ("graphBytes", "storedBytes", "heldBytes"))
        lines.append(f"{row['name']:24} {row['nodes']:>6} {sizes}  {', '.join(row['notOnWebGpu']) or '–'}")
    return "\n".join(lines)


def megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB"
