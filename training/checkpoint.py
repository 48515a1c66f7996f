"""Resumable training: atomic checkpoints, a time-based cosine learning rate, averaged weights."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a crash leaves either the old or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path) -> dict[str, Any] | None:
    """The checkpoint at `path`, or None where training has not begun."""
    return torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None


def cosine(progress: float, warmup: float = 0.02, floor: float = 0.02) -> float:
    """Learning-rate factor for `progress` in [0, 1]: linear warm-up, then a cosine down to `floor`."""
    if progress < warmup:
        return max(progress / warmup, 0.01)
    phase = min((progress - warmup) / (1 - warmup), 1.0)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * phase))


class Average:
    """Exponential moving average of parameters, its horizon growing with the step count."""

    def __init__(self, parameters: Iterable[torch.Tensor], decay: float = 0.999) -> None:
        self.live = [p for p in parameters if p.requires_grad]
        self.mean = [p.detach().clone() for p in self.live]
        self.decay, self.step = decay, 0

    @torch.no_grad()
    def update(self) -> None:
        self.step += 1
        keep = min(self.decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.mean, [p.detach() for p in self.live], 1 - keep)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange live and averaged weights (call twice to go back)."""
        for p, m in zip(self.live, self.mean, strict=True):
            kept = p.detach().clone()
            p.copy_(m)
            m.copy_(kept)

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "step": self.step}

    @torch.no_grad()
    def restore(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        for m, saved in zip(self.mean, state["mean"], strict=True):
            m.copy_(saved)
