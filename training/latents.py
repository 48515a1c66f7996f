"""Encode the rendered pictures once: `python -m training.latents` → training/work/latents/.

The mean of the posterior, float16 [pictures, 16, 16, 16], a file for each file of pictures (finished ones stay),
and the two numbers (shift, scale) that make latents zero-mean and of unit variance, as FLUX's VAE carries them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from . import checkpoint
from .vae import build, for_training, to_tensor

BATCH = 50


def load_vae(path: Path) -> AutoencoderKL:
    """The trained autoencoder with its averaged weights, in evaluation mode."""
    state = checkpoint.load(path)
    if state is None:
        raise SystemExit(f"no autoencoder at {path}: run python -m training.vae first")
    model = build()
    model.load_state_dict(state["model"])
    if state["decoder_only"]:
        model.encoder.requires_grad_(False)
    average = checkpoint.Average(model.parameters())
    average.restore(state["average"])
    average.swap()
    return model.requires_grad_(False).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vae", type=Path, default=Path("training/work/vae.pt"))
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--prefix", default="s1-128-")
    parser.add_argument("--limit", type=int, help="at most this many files of pictures")
    parser.add_argument("--out", type=Path, default=Path("training/work/latents"))
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    encoder = torch.compile(for_training(load_vae(args.vae)).to(device).encoder)
    args.out.mkdir(parents=True, exist_ok=True)
    shards = sorted(p for p in args.pictures.glob(f"{args.prefix}*.npy") if ".part" not in p.name)
    for shard in shards[: args.limit]:
        target = args.out / shard.name
        if target.exists():
            continue
        pictures, parts = np.load(shard), []
        for i in range(0, len(pictures), BATCH):
            x = to_tensor(pictures[i : i + BATCH]).to(device, memory_format=torch.channels_last)
            with torch.no_grad(), torch.autocast(device, torch.bfloat16):
                parts.append(encoder(x).float()[:, :16].cpu().numpy().astype(np.float16))
        latents = np.concatenate(parts)
        partial = target.with_suffix(".part.npy")
        np.save(partial, latents)
        partial.rename(target)
        print(shard.name, flush=True)
        if not (statistics := args.out / "statistics.json").exists():
            sample = latents.astype(np.float32)
            numbers = {"shift_factor": float(sample.mean()), "scaling_factor": float(1 / sample.std())}
            statistics.write_text(json.dumps(numbers))
            print(numbers, "channel spread", (sample.std(axis=(0, 2, 3)) / sample.std()).round(2).tolist(), flush=True)


if __name__ == "__main__":
    main()
