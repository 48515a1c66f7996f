"""Trace a module into a clean ONNX graph of static shape, and move its large weights out of it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import onnx_ir as ir
import torch
from onnx_ir.passes import common
from onnxscript import optimizer
from onnxscript.rewriter import onnx_fusions
from torch import nn

from .errors import ExportError
from .hollow import HollowParameter
from .stored_tensor import StoredTensor, fold_stored
from .weights import Blob

# Above 20 browsers lose Sin, Cos (22) and Attention (23) to the CPU; below 20 Gelu is nine operators.
OPSET = 20
DTYPES = {ir.DataType.FLOAT: "float32", ir.DataType.INT64: "int64", ir.DataType.INT32: "int32"}
# Transposed weights are folded too, or every session would transpose them again.
NO_LIMIT = {"input_size_limit": 1 << 62, "output_size_limit": 1 << 62}

Port = tuple[str, str, list[int]]


@torch.no_grad()
def trace(module: nn.Module, inputs: dict[str, torch.Tensor], outputs: Sequence[str]) -> ir.Model:
    """The module as a graph; `inputs` gives names and examples in `forward`'s order.

    Hollow parameters become initializers that read their values when asked (`StoredTensor`).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
            optimize=False,
        )
    model = program.model
    order = _value_order(model.graph)
    stored = _hide_stored(module, model.graph)
    optimizer.optimize_ir(model)
    onnx_fusions.fuse(model)
    optimizer.optimize_ir(model, **NO_LIMIT)
    _powers_by_product(model.graph)
    _restore(model.graph, stored)
    fold_stored(model.graph)
    if stored:
        _sort_initializers(model.graph, order)
    for clean in (
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
        common.ClearMetadataAndDocStringPass(),  # stack traces with local paths
    ):
        clean(model)
    model.graph.name = "graph"
    return model


def _value_order(graph: ir.Graph) -> dict[str, tuple[int, int]]:
    """Where each value comes up: initializers, then what nodes compute, then constants."""
    order = {name: (0, index) for index, name in enumerate(graph.initializers)}
    for index, node in enumerate(graph):
        for output in node.outputs:
            order.setdefault(output.name or "", (2 if node.op_type == "Constant" else 1, index))
    return order


def _sort_initializers(graph: ir.Graph, order: dict[str, tuple[int, int]]) -> None:
    values = sorted(graph.initializers.items(), key=lambda item: order.get(item[0], (3, 0)))
    graph.initializers.clear()
    graph.initializers.update(values)


def _hide_stored(module: nn.Module, graph: ir.Graph) -> dict[ir.Value, StoredTensor]:
    """Make inputs of the initializers that are hollow: an optimiser would take their zeros for values."""
    stored = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        value = graph.initializers.get(name)
        if value is None or not isinstance(parameter, HollowParameter):
            continue
        del graph.initializers[name]
        value.const_value = None
        graph.inputs.append(value)
        stored[value] = StoredTensor(name, parameter)
    return stored


def _restore(graph: ir.Graph, stored: dict[ir.Value, StoredTensor]) -> None:
    for value, tensor in stored.items():
        graph.inputs.remove(value)
        value.const_value = tensor
        graph.register_initializer(value)


def _powers_by_product(graph: ir.Graph) -> None:
    """Pow(x, 2) → x·x and Pow(x, 3) → x·x·x: GPUs compute powers through logarithms, at a loss."""
    for node in list(graph):
        exponent = node.inputs[1].const_value if node.op_type == "Pow" else None
        if exponent is None or exponent.size != 1 or exponent.numpy().item() not in (2.0, 3.0):
            continue
        base, power = node.inputs[0], node.outputs[0]
        product = base
        for factor in range(1, int(exponent.numpy().item())):
            multiply = ir.node("Mul", [product, base])
            product = multiply.outputs[0]
            product.name, product.type, product.shape = f"{power.name}_{factor}", power.type, power.shape
            graph.insert_before(node, multiply)
        ir.convenience.replace_all_uses_with(power, product)
        graph.remove(node, safe=True)


def serialise(model: ir.Model) -> bytes:
    """The graph's bytes, the same for the same graph."""
    return ir.serde.serialize_model(model).SerializeToString(deterministic=True)


def ports(values: Sequence[ir.Value]) -> list[Port]:
    """Name, dtype and static shape of graph inputs or outputs."""
    found = []
    for value in values:
        assert value.name is not None and value.shape is not None and value.dtype is not None
        found.append((value.name, DTYPES[value.dtype], [int(size) for size in value.shape]))
    return found


def externalise(model: ir.Model, blobs: Sequence[Blob]) -> set[str]:
    """Move the large initializers into the first blob that takes them; returns the files used."""
    used = set()
    for name, value in model.graph.initializers.items():
        tensor = value.const_value
        if tensor is None:
            raise ExportError("internal", f"initializer {name} has no value")
        content = tensor.numpy()
        extent = next((extent for blob in blobs if (extent := blob.place(content))), None)
        if extent is not None:
            where = (extent.location, extent.offset, extent.length)
            value.const_value = ir.ExternalTensor(*where, tensor.dtype, shape=tensor.shape, name=name)
            used.add(extent.location)
        elif isinstance(tensor, ir.LazyTensor):
            value.const_value = ir.tensor(content, name=name)
    return used
