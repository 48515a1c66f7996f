"""A graph whose weights no browser holds at once, cut into sub-graphs joined by named tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import onnx_ir as ir

from .errors import ExportError

# In memory, of one session: what browsers can hold in one piece.
MAX_PART_BYTES = 3_500_000_000
# How far from an even share a cut may lie, as a part of that share, for the sake of fewer bytes across it. Where one
# node's weights span more than that, the cut is the place nearest to the even share.
SLACK = 0.2


@dataclass(frozen=True)
class Part:
    """Consecutive nodes; `inputs` and `outputs` are what joins them to the rest, in the order of their making."""

    nodes: list[ir.Node]
    inputs: list[ir.Value]
    outputs: list[ir.Value]

    @property
    def constants(self) -> list[ir.Value]:
        return list(dict.fromkeys(value for node in self.nodes for value in node.inputs if _is_constant(value)))


def _is_constant(value: ir.Value | None) -> bool:
    return value is not None and value.const_value is not None


def held_bytes(value: ir.Value) -> int:
    """Of a constant in a session, float32 or bytes."""
    tensor = value.const_value
    assert tensor is not None
    return tensor.nbytes


def weight_bytes(graph: ir.Graph) -> int:
    return sum(held_bytes(value) for value in graph.initializers.values())


def cut(graph: ir.Graph, parts: int | None = None, limit: int = MAX_PART_BYTES) -> list[Part]:
    """Into `parts`, or into as few as hold at most `limit` bytes of weights each. One part is the whole graph."""
    nodes = list(graph)
    fewest = parts or max(1, math.ceil(weight_bytes(graph) / limit))
    for count in [parts] if parts else range(fewest, 4 * fewest + 1):
        found = _split(graph, nodes, count)
        if found and (parts or all(sum(map(held_bytes, part.constants)) <= limit for part in found)):
            return found
    raise ExportError("model-too-large", f"no cut into parts of at most {limit} bytes was found")


def _split(graph: ir.Graph, nodes: list[ir.Node], count: int) -> list[Part] | None:
    """Near equal shares of the weights, each cut where the fewest bytes cross."""
    seen: set[ir.Value] = set()
    before = [0]
    for node in nodes:
        new = {value for value in node.inputs if _is_constant(value)} - seen
        seen |= new
        before.append(before[-1] + sum(map(held_bytes, new)))
    crossing, share = _crossing_bytes(graph, nodes), before[-1] / count
    cuts = [0]
    for index in range(1, count):
        free = range(cuts[-1] + 1, len(nodes))
        if not free:
            return None
        nearest = min(abs(before[place] - index * share) for place in free)
        reach = max(nearest, SLACK * share)
        near = [place for place in free if abs(before[place] - index * share) <= reach]
        cuts.append(min(near, key=lambda place: (crossing[place], abs(before[place] - index * share))))
    edges = [*cuts, len(nodes)]
    return [_part(graph, nodes[start:end]) for start, end in pairwise(edges)]


def _crossing_bytes(graph: ir.Graph, nodes: list[ir.Node]) -> list[int]:
    """At each place between two nodes, the bytes that are made before it and used after it."""
    change = [0] * (len(nodes) + 2)
    position = {node: index for index, node in enumerate(nodes)}
    for index, node in enumerate(nodes):
        for value in node.outputs:
            last = max((position[use.node] for use in value.uses()), default=index)
            size = math.prod(int(n) for n in value.shape or ()) * 4
            change[index + 1] += size
            change[last + 1] -= size
    crossing, running = [], 0
    for step in change:
        running += step
        crossing.append(running)
    return crossing


def _part(graph: ir.Graph, nodes: list[ir.Node]) -> Part:
    inside = set(nodes)
    used = dict.fromkeys(value for node in nodes for value in node.inputs if value is not None)
    inputs = [value for value in used if not _is_constant(value) and value.producer() not in inside]
    outputs = [
        value
        for node in nodes
        for value in node.outputs
        if value in graph.outputs or any(use.node not in inside for use in value.uses())
    ]
    return Part(nodes, inputs, outputs)


def as_model(model: ir.Model, part: Part) -> ir.Model:
    """The part as a model of its own; the nodes are copied."""
    values: dict[ir.Value, ir.Value] = {}

    def copy(value: ir.Value | None) -> ir.Value | None:
        if value is None:
            return None
        if value not in values:
            values[value] = ir.Value(name=value.name, type=value.type, shape=value.shape, const_value=value.const_value)
        return values[value]

    inputs = [copy(value) for value in part.inputs]
    nodes = []
    for node in part.nodes:
        outputs = [copy(value) for value in node.outputs]
        given = [copy(value) for value in node.inputs]
        attributes = list(node.attributes.values())
        nodes.append(ir.Node(node.domain, node.op_type, given, attributes, outputs=outputs, name=node.name))
    graph = ir.Graph(
        inputs,
        [copy(value) for value in part.outputs],
        nodes=nodes,
        initializers=[copy(value) for value in part.constants],
        opset_imports=dict(model.graph.opset_imports),
        name="graph",
    )
    return ir.Model(graph, ir_version=model.ir_version)
