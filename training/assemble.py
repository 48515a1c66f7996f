"""Put the trained parts together as a diffusers FluxPipeline: `python -m training.assemble`.

The folder is what the exporter takes, as it takes any other FLUX pipeline; weights are stored as fp16. Where no
decoder was trained (no vae.pt), the folder keeps its autoencoder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FluxPipeline

from . import checkpoint
from .flow import restore_average
from .model import Velocity, build_scheduler
from .vae import load_vae


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("training/work"))
    parser.add_argument("--flow", type=Path, help="default: flow-distilled.pt of the work folder")
    parser.add_argument("--out", type=Path, default=Path("training/checkpoints/scenes"))
    args = parser.parse_args()

    flow = checkpoint.load(args.flow or args.work / "flow-distilled.pt")
    if flow is None:
        raise SystemExit("no trained transformer: run python -m training.flow, then --distil")
    model = Velocity()
    restore_average(model, flow)
    if (trained := args.work / "vae.pt").exists():
        vae = load_vae(trained)
        vae.register_to_config(**json.loads((args.work / "latents" / "statistics.json").read_text()))
    else:
        vae = AutoencoderKL.from_pretrained(args.out / "vae")
    pipeline = FluxPipeline(
        scheduler=build_scheduler(),
        vae=vae,
        text_encoder=model.text.clip,
        tokenizer=model.text.clip_tokenizer,
        text_encoder_2=model.text.t5,
        tokenizer_2=model.text.t5_tokenizer,
        transformer=model.transformer,
    )
    pipeline.to(torch.float16).save_pretrained(args.out, safe_serialization=True)
    print(f"{args.out}: {flow['samples']} samples, {flow['seconds']:.0f} s of training")


if __name__ == "__main__":
    main()
