"""Rendered pictures as training reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch


def to_tensor(pictures: np.ndarray) -> torch.Tensor:
    """uint8 [n, h, w, 3] → float32 [n, 3, h, w] in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1.0)


def picture_files(folder: Path, prefix: str = "s1-128-", limit: int | None = None) -> list[Path]:
    """The finished files of a picture set, in order."""
    files = sorted(p for p in folder.glob(f"{prefix}*.npy") if ".part" not in p.name)
    if not files:
        raise SystemExit(f"no pictures in {folder}: run python -m training.render_data first")
    return files[:limit]


def load_pictures(folder: Path, prefix: str = "s1-128-", limit: int | None = None) -> np.ndarray:
    """uint8 [n, h, w, 3]."""
    return np.concatenate([np.load(p) for p in picture_files(folder, prefix, limit)])
