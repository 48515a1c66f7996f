"""Fréchet distance of drawn pictures to renders, and a check against copies: `python -m training.frechet`.

Distance between Gaussians fitted to the judge's 32 pooled features (Heusel et al. 2017, with another network), for
captions of scenes that are in no training set. The floor is the same distance between two sets of renders. A copy would
show as a drawn picture much nearer to a training render than fresh renders are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import FluxPipeline

from .classifier import Judge, judge_pictures, load_judge
from .drawing import draw
from .pictures import load_pictures, to_tensor
from .render_data import scene_at
from .scenes.captions import caption
from .scenes.render import render

SEED = 3  # scenes of this evaluation alone
BATCH = 50


def frechet_distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """Squared Fréchet distance of Gaussians fitted to features [n, d] and [m, d]."""
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp_min(0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + cov_a.trace() + cov_b.trace() - 2 * cross)


def features_of(judge: Judge, pictures: np.ndarray) -> torch.Tensor:
    parts = [judge_pictures(judge, to_tensor(pictures[i : i + 250]))[1] for i in range(0, len(pictures), 250)]
    return torch.cat(parts)


def nearest_distances(queries: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """For each query picture the root mean squared difference (0..255) to its nearest one of the pool, at 32×32."""

    def small(pictures: np.ndarray) -> torch.Tensor:
        parts = [
            torch.nn.functional.avg_pool2d(to_tensor(pictures[i : i + 500]), 4).flatten(1)
            for i in range(0, len(pictures), 500)
        ]
        return torch.cat(parts) * 127.5

    a, b = small(queries), small(pool)
    return (torch.cdist(a, b).min(dim=1).values / a.shape[1] ** 0.5).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, default=Path("training/checkpoints/scenes"))
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=28)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--out", type=Path, default=Path("bench/results/frechet-scenes.json"))
    args = parser.parse_args()

    pipeline = FluxPipeline.from_pretrained(args.pipeline, torch_dtype=torch.float32)
    judge = load_judge()
    scenes = [scene_at(SEED, i, None) for i in range(2 * args.count)]
    renders = np.stack([render(scene, 128) for scene in scenes])
    rng = np.random.default_rng(SEED)
    captions = [caption(rng, scene) for scene in scenes[: args.count]]
    drawn = []
    for i in range(0, args.count, BATCH):
        part = captions[i : i + BATCH]
        pictures = draw(pipeline, part, list(range(i, i + len(part))), args.steps, args.guidance)
        drawn.append(((pictures + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())
        print(f"{i + len(part)}/{args.count}", flush=True)
    pictures = np.concatenate(drawn)
    shown, others = features_of(judge, renders[: args.count]), features_of(judge, renders[args.count :])
    trained = load_pictures(args.pictures, limit=10)
    quantiles = (0.01, 0.1, 0.5)
    result = {
        "pictures": args.count,
        "steps": args.steps,
        "guidance": args.guidance,
        "frechet": frechet_distance(features_of(judge, pictures), shown),
        "frechetFloor": frechet_distance(others, shown),
        "nearestTrainingRender": {
            "quantiles": quantiles,
            "drawn": np.quantile(nearest_distances(pictures, trained), quantiles).round(2).tolist(),
            "freshRenders": np.quantile(nearest_distances(renders[args.count :], trained), quantiles).round(2).tolist(),
        },
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
