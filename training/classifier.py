"""The judge: finds objects and their attributes in a picture. `python -m training.classifier --minutes 8`.

A small convolutional detector on a 16×16 grid, trained on renders alone (a set of its own with every
combination of attributes, and the transformer's); it never sees a generated picture and trains nothing.
Its 32 pooled features are also the space of the Fréchet distance. The finished judge is kept in git, as
fp16: every figure that names it stays comparable.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from . import checkpoint
from .pictures import load_pictures, to_tensor
from .render_data import TRAIN_SEED, scene_at
from .scenes.spec import ATTRIBUTES, Scene, project

GRID = 16
FEATURES = 32
SEED, HELD = 2, 1000  # its own picture set; the first thousand are for judging the judge
JUDGE_FILE = Path("training/eval/judge.safetensors")


@dataclass(frozen=True)
class Found:
    """One object the judge sees; x and z in metres on the floor as in scenes.spec."""

    shape: str
    colour: str
    material: str
    size: str
    x: float
    z: float


def _block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class Judge(nn.Module):
    """Pictures [n, 3, 128, 128] in [-1, 1] → (grid of logits [n, 23, 16, 16], features [n, 32])."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _block(3, 32, 2), _block(32, 64, 2), _block(64, 128, 2), _block(128, 160, 1), _block(160, 160, 1)
        )
        self.squeeze = nn.Sequential(nn.Conv2d(160, FEATURES, 1), nn.ReLU())
        self.head = nn.Conv2d(160 + FEATURES, 1 + sum(map(len, ATTRIBUTES.values())) + 2, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        deep = self.trunk(x)
        few = self.squeeze(deep)
        return self.head(torch.cat([deep, few], dim=1)), few.mean(dim=(2, 3))


def _labels(scene: Scene, mirrored: bool) -> list[tuple[int, int, list[int], float, float]]:
    """Per object: grid row, column, attribute indices, x, z."""
    rows = []
    for o in scene.objects:
        x = -o.x if mirrored else o.x
        u, v, _ = project(x, o.half_size_m * 0.8, o.z)
        column, row = (min(max(int((c + 1) / 2 * GRID), 0), GRID - 1) for c in (u, v))
        indices = [names.index(getattr(o, head)) for head, names in ATTRIBUTES.items()]
        rows.append((row, column, indices, x, o.z))
    return rows


def loss_of(logits: torch.Tensor, labels: list[list]) -> torch.Tensor:
    target = torch.zeros(len(labels), GRID, GRID, device=logits.device)
    where, attributes, places = [], [], []
    for n, rows in enumerate(labels):
        for row, column, indices, x, z in rows:
            target[n, row, column] = 1
            where.append((n, row, column))
            attributes.append(indices)
            places.append((x, z))
    n, r, c = torch.tensor(where, device=logits.device).T
    at = logits[n, :, r, c]
    weight = torch.where(target > 0, 20.0, 1.0)
    loss = 4 * F.binary_cross_entropy_with_logits(logits[:, 0], target, weight)
    offset = 1
    wanted = torch.tensor(attributes, device=logits.device)
    for i, names in enumerate(ATTRIBUTES.values()):
        loss = loss + F.cross_entropy(at[:, offset : offset + len(names)], wanted[:, i])
        offset += len(names)
    return loss + 0.3 * F.smooth_l1_loss(at[:, offset:], torch.tensor(places, device=logits.device))


def read_objects(logits: torch.Tensor, threshold: float = 0.0) -> list[Found]:
    """Objects in one grid of logits [23, 16, 16]: local maxima of objectness, the likeliest first."""
    score = logits[0]
    peak = F.max_pool2d(score[None, None], 3, 1, 1)[0, 0]
    rows, columns = torch.where((score >= peak) & (score > threshold))
    found = []
    for row, column in sorted(zip(rows.tolist(), columns.tolist(), strict=True), key=lambda rc: -score[rc]):
        at, offset, names = logits[:, row, column], 1, {}
        for head, options in ATTRIBUTES.items():
            names[head] = options[int(at[offset : offset + len(options)].argmax())]
            offset += len(options)
        found.append(Found(**names, x=float(at[offset]), z=float(at[offset + 1])))
    return found


@torch.no_grad()
def judge_pictures(model: Judge, pictures: torch.Tensor) -> tuple[list[list[Found]], torch.Tensor]:
    """Pictures [n, 3, 128, 128] in [-1, 1] → objects of each, features [n, 32]."""
    grids, features = [], []
    for part in pictures.split(64):
        logits, few = model(part)
        grids += list(logits.float())
        features.append(few.float())
    return [read_objects(g) for g in grids], torch.cat(features)


def held_out_accuracy(model: Judge, pictures: np.ndarray) -> dict[str, float]:
    """Share of objects on held-out renders whose attribute is read right (a missed object is wrong)."""
    seen, _ = judge_pictures(model.eval(), to_tensor(pictures))
    right, total, counts = dict.fromkeys(ATTRIBUTES, 0), 0, 0
    for index, found in enumerate(seen):
        scene = scene_at(SEED, index, None)
        counts += len(found) == len(scene.objects)
        for o in scene.objects:
            total += 1
            near = min(found, key=lambda f: (f.x - o.x) ** 2 + (f.z - o.z) ** 2, default=None)
            for head in ATTRIBUTES:
                right[head] += near is not None and getattr(near, head) == getattr(o, head)
    return {head: right[head] / total for head in ATTRIBUTES} | {"count": counts / len(seen)}


def load_judge(path: Path = JUDGE_FILE) -> Judge:
    """The finished judge, in evaluation mode."""
    model = Judge()
    model.load_state_dict(load_file(path))
    return model.eval()


class _Renders:
    """Pictures to learn from with their scenes: the judge's own set and the transformer's."""

    def __init__(self, folder: Path) -> None:
        own = load_pictures(folder, f"s{SEED}-128-")
        self.held, self.parts = own[:HELD], [(own, SEED, HELD), (load_pictures(folder), TRAIN_SEED, 0)]

    def draw(self, rng: np.random.Generator, count: int) -> tuple[torch.Tensor, list[Scene]]:
        """Half of each set: in the transformer's, combinations are missing."""
        pictures, scenes = [], []
        for stored, seed, first in self.parts:
            for index in np.sort(rng.integers(first, len(stored), count // 2)):
                pictures.append(stored[index])
                scenes.append(scene_at(seed, int(index), None if seed == SEED else False))
        return to_tensor(np.stack(pictures)), scenes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--out", type=Path, default=Path("training/work/judge.pt"))
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    renders = _Renders(args.pictures)
    model = Judge().to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    spent = 0.0
    if state := checkpoint.load(args.out):
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        spent = state["seconds"]
    rng = np.random.default_rng(int(spent))
    began, total, step, running = time.time() - spent, args.minutes * 60, 0, 0.0
    while (now := time.time() - began) < total:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * checkpoint.cosine(now / total)
        x, scenes = renders.draw(rng, args.batch)
        mirrored = rng.random(args.batch) < 0.5
        x[mirrored] = x[mirrored].flip(-1)
        x = x + torch.randn_like(x) * torch.rand(len(x), 1, 1, 1) * 0.08  # decoders leave a little noise
        labels = [_labels(scene, bool(m)) for scene, m in zip(scenes, mirrored, strict=True)]
        with torch.autocast(device, torch.bfloat16):
            logits, _ = model(x.to(device, memory_format=torch.channels_last))
        loss = loss_of(logits.float(), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step, running = step + 1, running + float(loss)
        if step % 100 == 0:
            print(f"{now:5.0f} s step {step} loss {running / 100:.3f}", flush=True)
            running = 0.0
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "seconds": time.time() - began}
    checkpoint.save(args.out, state)
    save_file({key: value.cpu().contiguous().half() for key, value in model.state_dict().items()}, JUDGE_FILE)
    print(held_out_accuracy(load_judge(), renders.held))


if __name__ == "__main__":
    main()
