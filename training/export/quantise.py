"""4-bit weights: MatMul by a block's matrix → MatMulNBits (com.microsoft), 32 values a scale, symmetric.

A block's value is scale·(q − 8), q from 0 to 15; the scale is that value of the largest size over −8, so
that this value is met exactly (the layout of GGML's Q4_0, rounding to nearest, no calibration data).
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import onnx_ir as ir
from onnx_ir.passes.common import RemoveUnusedNodesPass

from .stored_tensor import StoredTensor

BLOCK = 32
DOMAIN = "com.microsoft"
# A number between dots: the matrix belongs to one of the model's repeated blocks.
REPEATED = re.compile(r"\.\d+\.")
# Scales this near to a float16 are stored as one.
HALF_ERROR = 2.0**-10


def quantise(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[K, N] float32 → packed uint8 [N, K/32, 16], two values a byte, the lower first; scales [N·K/32]."""
    rows, columns = weight.shape
    blocks = -(-rows // BLOCK)
    padded = np.zeros((columns, blocks * BLOCK), np.float32)
    padded[:, :rows] = weight.T
    grouped = padded.reshape(columns, blocks, BLOCK)
    largest = np.take_along_axis(grouped, np.abs(grouped).argmax(-1)[..., None], -1)
    scales = _as_stored(largest / -8)
    steps = np.divide(grouped, scales, out=np.zeros_like(grouped), where=scales != 0)
    values = np.clip(np.rint(steps) + 8, 0, 15).astype(np.uint8)
    return values[..., 0::2] | values[..., 1::2] << 4, scales.ravel()


def dequantise(packed: np.ndarray, scales: np.ndarray, rows: int) -> np.ndarray:
    """What `quantise` stands for: [K, N] float32."""
    values = np.stack([packed & 15, packed >> 4], -1).reshape(*packed.shape[:2], BLOCK).astype(np.float32) - 8
    return (values * scales.reshape(*packed.shape[:2], 1)).reshape(len(packed), -1)[:, :rows].T


def _as_stored(scales: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        half = scales.astype(np.float16).astype(np.float32)
    lost = np.linalg.norm(half - scales)
    return half if np.isfinite(half).all() and lost <= HALF_ERROR * np.linalg.norm(scales) else scales


def _lazily(name: str, source: StoredTensor, part: int) -> ir.LazyTensor:
    """Packed values (part 0) or scales (part 1) of a stored matrix, computed when read."""
    rows, columns = (int(size) for size in source.shape)
    blocks = -(-rows // BLOCK)
    shape = ir.Shape([columns, blocks, BLOCK // 2] if part == 0 else [columns * blocks])
    dtype = ir.DataType.UINT8 if part == 0 else ir.DataType.FLOAT
    return ir.LazyTensor(lambda: ir.tensor(_quantised(source)[part]), dtype=dtype, shape=shape, name=name)


# Its two parts are asked for one after the other.
@lru_cache(maxsize=1)
def _quantised(source: StoredTensor) -> tuple[np.ndarray, np.ndarray]:
    return quantise(source.unrounded())


def quantise_blocks(model: ir.Model) -> int:
    """Turn the products with matrices of repeated blocks to 4 bits; returns how many."""
    graph, count = model.graph, 0
    for node in list(graph):
        matrix = _block_matrix(node)
        if matrix is None:
            continue
        packed, scales = (_constant(graph, matrix, part) for part in (0, 1))
        rows, columns = (int(size) for size in matrix.shape)
        sizes = {"K": rows, "N": columns, "bits": 4, "block_size": BLOCK}
        product = ir.node("MatMulNBits", [node.inputs[0], packed, scales], sizes, domain=DOMAIN)
        _replace(graph, node, product)
        count += 1
    if count:
        model.opset_imports[DOMAIN] = 1
        RemoveUnusedNodesPass()(model)  # the matrices themselves
    return count


def _block_matrix(node: ir.Node) -> StoredTensor | None:
    """The matrix [K, N] that a MatMul or a linear layer's Gemm multiplies by, where it is one to quantise."""
    if node.op_type not in ("MatMul", "Gemm") or node.inputs[1] is None:
        return None
    tensor = node.inputs[1].const_value
    if not isinstance(tensor, StoredTensor) or len(tensor.shape) != 2:
        return None
    if REPEATED.search(tensor.parameter.stored_at[1]) is None or node.attributes.get_int("transA", 0):
        return None
    return tensor.transposed if node.attributes.get_int("transB", 0) else tensor


def _constant(graph: ir.Graph, matrix: StoredTensor, part: int) -> ir.Value:
    name = f"{matrix.name}_{('q4', 'scales')[part]}"
    if name not in graph.initializers:
        tensor = _lazily(name, matrix, part)
        value = ir.Value(name=name, type=ir.TensorType(tensor.dtype), shape=tensor.shape, const_value=tensor)
        graph.register_initializer(value)
    return graph.initializers[name]


def _replace(graph: ir.Graph, node: ir.Node, product: ir.Node) -> None:
    """Put `product` (and the addition of a Gemm's bias) in the place of `node`."""
    before, after = node.outputs[0], product.outputs[0]
    after.name, after.type, after.shape = f"{before.name}_q4", before.type, before.shape
    graph.insert_before(node, product)
    if len(node.inputs) > 2 and node.inputs[2] is not None:
        addition = ir.node("Add", [after, node.inputs[2]])
        after = addition.outputs[0]
        after.name, after.type, after.shape = f"{before.name}_sum", before.type, before.shape
        graph.insert_before(node, addition)
    name = before.name
    ir.convenience.replace_all_uses_with(before, after, replace_graph_outputs=True)
    graph.remove(node, safe=True)
    if after in graph.outputs:
        after.name = name
