"""Encode the rendered pictures once: `python -m training.latents` → training/work/latents.npy.

The mean of the posterior, float16 [pictures, 16, 16, 16], with the two numbers (shift, scale) that make
the latents zero-mean and of unit variance, as FLUX's VAE configuration carries them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from . import checkpoint
from .vae import build, to_tensor


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
    parser.add_argument("--out", type=Path, default=Path("training/work/latents.npy"))
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_vae(args.vae).to(device, memory_format=torch.channels_last)
    shards = sorted(p for p in args.pictures.glob(f"{args.prefix}*.npy") if ".part" not in p.name)
    parts = []
    for shard in shards:
        pictures = np.load(shard)
        for i in range(0, len(pictures), 50):
            x = to_tensor(pictures[i : i + 50]).to(device, memory_format=torch.channels_last)
            with torch.no_grad(), torch.autocast(device, torch.bfloat16):
                mean = model.encoder(x).float()[:, :16]
            parts.append(mean.cpu().numpy().astype(np.float16))
        print(shard.name, flush=True)
    latents = np.concatenate(parts)
    sample = latents[::17].astype(np.float32)
    np.save(args.out, latents)
    statistics = {"shift_factor": float(sample.mean()), "scaling_factor": float(1 / sample.std())}
    args.out.with_suffix(".json").write_text(json.dumps(statistics))
    print(statistics, "channel std × scale", (sample.std(axis=(0, 2, 3)) / sample.std()).round(2).tolist())


if __name__ == "__main__":
    main()
