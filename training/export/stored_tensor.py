"""Initializers whose values are read from a checkpoint when they are asked for, and never kept."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from onnx.reference import ReferenceEvaluator

from .hollow import HollowParameter

OPSETS = {"": 20}
FOLDED_FROM = "pkg.onnxscript.optimizer.folded_from"


class StoredTensor(ir.LazyTensor):
    """A hollow parameter, and what the graph does to it before anything else (as a rule: transposes it)."""

    def __init__(self, name: str, parameter: HollowParameter, steps: tuple[_Step | _Transpose, ...] = ()) -> None:
        shape = steps[-1].shape if steps else tuple(parameter.shape)
        super().__init__(self.read, dtype=ir.DataType.FLOAT, shape=ir.Shape(shape), name=name)
        self.parameter = parameter
        self.steps = steps

    def read(self) -> ir.Tensor:
        """float32, rounded as the export stores it."""
        return ir.tensor(self._apply(self.parameter.load().numpy()))

    def unrounded(self) -> np.ndarray:
        """float32, as the checkpoint has it."""
        return self._apply(self.parameter.load_unrounded().numpy())

    @property
    def transposed(self) -> StoredTensor:
        """Of a matrix."""
        return StoredTensor(f"{self.name}_t", self.parameter, (*self.steps, _Transpose(self.shape)))

    def _apply(self, values: np.ndarray) -> np.ndarray:
        for step in self.steps:
            values = step(values)
        return np.ascontiguousarray(values)


class _Step:
    """One node, its one changing input named `values`."""

    def __init__(self, node: ir.Node, place: int) -> None:
        self.shape = tuple(int(size) for size in node.outputs[0].shape or ())
        proto = ir.serde.serialize_node(node)
        proto.input[place] = "values"
        self.others = {v.name: v.const_value.numpy() for i, v in enumerate(node.inputs) if v is not None and i != place}
        self.evaluator = ReferenceEvaluator(proto, opsets=OPSETS)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return self.evaluator.run(None, self.others | {"values": values})[0]


class _Transpose:
    """Of a matrix of that shape."""

    def __init__(self, shape: ir.Shape) -> None:
        rows, columns = shape.numpy()
        self.shape = (columns, rows)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return values.T


def fold_stored(graph: ir.Graph) -> None:
    """Take out the nodes that compute from one stored tensor and constants alone; it does their work when read."""
    for node in list(graph):
        tensors = [None if value is None else value.const_value for value in node.inputs]
        places = [index for index, tensor in enumerate(tensors) if isinstance(tensor, StoredTensor)]
        constant = all(value is None or value.const_value is not None for value in node.inputs)
        if len(places) != 1 or not constant or len(node.outputs) != 1:
            continue
        before, after = tensors[places[0]], node.outputs[0]
        tensor = StoredTensor(after.name, before.parameter, (*before.steps, _Step(node, places[0])))
        value = ir.Value(name=after.name, type=ir.TensorType(tensor.dtype), shape=tensor.shape, const_value=tensor)
        # As the optimiser notes its own foldings.
        names = {given.name for given in node.inputs if given is not None and given.name}
        value.metadata_props[FOLDED_FROM] = repr(sorted(names))
        ir.convenience.replace_all_uses_with(after, value)
        graph.remove(node, safe=True)
        graph.register_initializer(value)
