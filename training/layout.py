"""What each token of a picture is to show, as a second task of training: representation alignment (REPA,
arXiv 2410.06940) with the renderer's own truth in place of a pretrained encoder's features.

A linear head reads every object attribute from the image tokens in the middle of the transformer. It is
thrown away afterwards; what it taught the blocks before it, where the words' objects go, stays.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from .model import TOKENS_SIDE, Velocity
from .scenes.render import objects_seen
from .scenes.spec import ATTRIBUTES, Scene

READ_AFTER_BLOCK = 1  # of the single-stream blocks: five of nine blocks lie before it
RAYS = 2  # a token's side
EMPTY_WEIGHT = 0.2  # five tokens in six show no object


def layout(scene: Scene) -> np.ndarray:
    """Per token, row by row, the index of each attribute's word, counted from 1; 0 where no object is: int64 [64, 4].

    A token shows the object that most of its rays meet, if at least half of them meet one.
    """
    seen = objects_seen(scene, TOKENS_SIDE * RAYS)
    rays = seen.reshape(TOKENS_SIDE, RAYS, TOKENS_SIDE, RAYS).swapaxes(1, 2).reshape(-1, RAYS * RAYS)
    hits = np.stack([(rays == index).sum(axis=1) for index in range(len(scene.objects))], axis=1)
    shown = np.where((rays >= 0).sum(axis=1) * 2 >= RAYS * RAYS, hits.argmax(axis=1) + 1, 0)
    words = [[names.index(getattr(o, name)) + 1 for name, names in ATTRIBUTES.items()] for o in scene.objects]
    return np.array([[0] * len(ATTRIBUTES), *words])[shown]


class LayoutHead(nn.Module):
    """Attributes read from a transformer's tokens in mid-way: `loss` after each call of its `denoise`."""

    def __init__(self, model: Velocity) -> None:
        super().__init__()
        width = model.transformer.inner_dim
        self.norm = nn.LayerNorm(width)
        self.read = nn.Linear(width, sum(1 + len(names) for names in ATTRIBUTES.values()))
        self.tokens: torch.Tensor | None = None
        block = model.transformer.single_transformer_blocks[READ_AFTER_BLOCK]
        block.register_forward_hook(self._keep)

    def _keep(self, _block: nn.Module, _inputs: object, outputs: tuple[torch.Tensor, torch.Tensor]) -> None:
        self.tokens = outputs[1]

    def loss(self, layouts: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy over the attributes. `layouts`: int64 [n, 64, 4]."""
        logits = self.read(self.norm(self.tokens.float()))
        shown = torch.where(layouts[..., 0] > 0, 1.0, EMPTY_WEIGHT)
        total, first = torch.zeros((), device=logits.device), 0
        for index, names in enumerate(ATTRIBUTES.values()):
            scores = logits[..., first : first + 1 + len(names)]
            each = F.cross_entropy(scores.flatten(0, 1), layouts[..., index].flatten(), reduction="none")
            total = total + (each * shown.flatten()).sum() / shown.sum()
            first += 1 + len(names)
        return total / len(ATTRIBUTES)
