"""Encode the rendered pictures once: `python -m training.latents` → training/work/latents/.

The encoder is linear (training.linear_vae), so this takes seconds: float16 [pictures, 16, 16, 16], a file for each
file of pictures (finished ones stay), and the two numbers (shift, scale) that make latents zero-mean and of unit
variance, as FLUX's VAE carries them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from .linear_vae import load_linear
from .pictures import picture_files, to_tensor

BATCH = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--linear", type=Path, default=Path("training/work/linear-vae.pt"))
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--prefix", default="s1-128-")
    parser.add_argument("--limit", type=int, help="at most this many files of pictures")
    parser.add_argument("--out", type=Path, default=Path("training/work/latents"))
    args = parser.parse_args()
    linear = load_linear(args.linear)
    args.out.mkdir(parents=True, exist_ok=True)
    for file in picture_files(args.pictures, args.prefix, args.limit):
        target = args.out / file.name
        if target.exists():
            continue
        pictures = np.load(file)
        with torch.no_grad():
            parts = [linear.encode(to_tensor(pictures[i : i + BATCH])) for i in range(0, len(pictures), BATCH)]
        latents = torch.cat(parts).numpy().astype(np.float16)
        partial = target.with_suffix(".part.npy")
        np.save(partial, latents)
        partial.rename(target)
        print(file.name, flush=True)
        if not (statistics := args.out / "statistics.json").exists():
            sample = latents.astype(np.float32)
            numbers = {"shift_factor": float(sample.mean()), "scaling_factor": float(1 / sample.std())}
            statistics.write_text(json.dumps(numbers))
            print(numbers, "channel spread", (sample.std(axis=(0, 2, 3)) / sample.std()).round(2).tolist(), flush=True)


if __name__ == "__main__":
    main()
