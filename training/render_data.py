"""Render a numbered set of scenes to disk: `python -m training.render_data --count 60000`.

Picture i of a set with seed S is always scene `default_rng([S, i])`, so a set is described by two
numbers and captions can be drawn anew each time they are needed. Resumable: finished shards stay.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from .scenes.render import render
from .scenes.spec import Scene, sample_scene

SHARD = 1000
TRAIN_SEED = 1


def scene_at(seed: int, index: int, held_out: bool | None = False) -> Scene:
    """Scene `index` of the set with this seed."""
    return sample_scene(np.random.default_rng([seed, index]), held_out=held_out)


def _render_shard(seed: int, shard: int, size_px: int, held_out: bool | None, path: Path) -> str:
    pictures = [render(scene_at(seed, shard * SHARD + i, held_out), size_px) for i in range(SHARD)]
    partial = path.with_suffix(".part.npy")
    np.save(partial, np.stack(pictures))
    partial.rename(path)
    return path.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=TRAIN_SEED)
    parser.add_argument("--size", type=int, default=128, help="pixels a side")
    parser.add_argument("--all-combinations", action="store_true", help="also those kept out of training")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("training/work/pictures"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    held_out = None if args.all_combinations else False
    with ProcessPoolExecutor(args.workers) as pool:
        jobs = []
        for shard in range(-(-args.count // SHARD)):
            path = args.out / f"s{args.seed}-{args.size}-{shard:04d}.npy"
            if not path.exists():
                jobs.append(pool.submit(_render_shard, args.seed, shard, args.size, held_out, path))
        for done, job in enumerate(jobs, 1):
            print(f"{done}/{len(jobs)} {job.result()}", flush=True)


if __name__ == "__main__":
    main()
