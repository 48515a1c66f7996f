"""Attention and rotary embedding in operators that every WebGPU provider has, tables given."""

from __future__ import annotations

import torch

# Large enough that exp() of it is exactly 0, small enough for float16.
MASKED = -1e4

# Cosines [S, 1, D], sines [S, 1, D] with the rotation's signs in them, the pair swap [D].
Rotary = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def rotary(cos: torch.Tensor, sin: torch.Tensor) -> Rotary:
    """Tables [S, D], every value twice, for `rotate`."""
    sign = torch.tensor([-1.0, 1.0]).repeat(cos.shape[-1] // 2)
    swap = torch.arange(cos.shape[-1]) ^ 1
    return cos.float()[:, None], (sin.float() * sign)[:, None], swap


def rotate(x: torch.Tensor, tables: Rotary) -> torch.Tensor:
    """Neighbouring pairs of x [1, S, heads, D] as complex numbers, turned: two products and a sum."""
    cos, sin, swap = tables
    return x * cos + x.index_select(-1, swap) * sin


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """[1, S, heads, D] each → [1, S, heads·D]; `bias` is added to the scores [1, heads, S, S]."""
    scores = (query * query.shape[-1] ** -0.5).transpose(1, 2) @ key.permute(0, 2, 3, 1)
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(dim=-1) @ value.transpose(1, 2)).transpose(1, 2).flatten(2)
