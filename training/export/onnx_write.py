"""Trace a module into a clean ONNX graph and write it with its large weights in a shared blob."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import onnx_ir as ir
import torch
from onnx_ir.passes import common
from onnxscript import optimizer
from torch import nn

from .pipeline import ExportError
from .weights import Blob

# Above 20 browsers lose Sin, Cos (22) and Attention (23) to the CPU; below 20 Gelu is nine operators.
OPSET = 20
DTYPES = {ir.DataType.FLOAT: "float32", ir.DataType.INT64: "int64", ir.DataType.INT32: "int32"}

Port = tuple[str, str, list[int]]


@torch.no_grad()
def trace(module: nn.Module, inputs: dict[str, torch.Tensor], outputs: Sequence[str]) -> ir.Model:
    """The module as a graph of static shape; `inputs` gives names and examples in `forward`'s order."""
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
        )
    model = program.model
    # No limit: transposed weights are folded too, or every session would transpose them again.
    optimizer.optimize_ir(model, input_size_limit=1 << 62, output_size_limit=1 << 62)
    _powers_by_product(model.graph)
    for clean in (
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
        common.ClearMetadataAndDocStringPass(),  # stack traces with local paths
    ):
        clean(model)
    model.graph.name = "graph"
    return model


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


def externalise(model: ir.Model, blobs: Sequence[Blob]) -> set[str]:
    """Move the large initializers into the first blob that takes them; returns the locations used."""
    used = set()
    for name, value in model.graph.initializers.items():
        tensor = value.const_value
        if tensor is None:
            raise ExportError("internal", f"initializer {name} has no value")
        found = next(((blob, extent) for blob in blobs if (extent := blob.place(tensor.numpy()))), None)
        if found is None:
            continue
        blob, extent = found
        value.const_value = ir.ExternalTensor(
            blob.location,
            extent.offset,
            extent.length,
            ir.DataType.FLOAT,
            shape=tensor.shape,
            name=name,
        )
        used.add(blob.location)
    return used


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
