"""Operators that onnxruntime-web's WebGPU provider runs on the GPU with float32, measured one by one (1.30.0).

Only those that exported graphs may come to need; others would fall to the CPU with a copy each way, or fail.
"""

from __future__ import annotations

ON_THE_GPU = frozenset(
    {
        *("MatMul", "Gemm", "MatMulNBits", "Conv", "ConvTranspose", "Softmax", "Gelu", "Erf", "Tanh", "Sigmoid"),
        *("LayerNormalization", "InstanceNormalization", "ReduceMean", "Softplus", "Sin", "Cos"),
        *("Add", "Sub", "Mul", "Div", "Sqrt", "Reciprocal", "Neg", "Pow", "Exp", "Log", "Abs", "Max", "Min", "Clip"),
        *("Transpose", "Reshape", "Unsqueeze", "Squeeze", "Flatten", "Identity", "Split", "Concat", "Slice"),
        *("Gather", "Resize", "Expand", "Tile", "Pad", "Where"),
    }
)
