"""What the guidance scale does: `python -m training.guidance_table`.

For each g: the distilled student against its two-branch teacher (v_u + g·(v_c − v_u)) from the same noise, the share
of one-object prompts whose shape and colour the judge finds, and how far plain fewer steps are from 28, all as picture
PSNR (peak 1 on [0, 1]). Needs the teacher, which is not in git. Writes a sheet, a row for each g, into training/work.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from diffusers import FluxPipeline

from . import checkpoint
from .classifier import judge_pictures, load_judge
from .drawing import Velocity, draw, sample, sheet
from .eval_prompts import PROMPTS_FILE
from .evaluate import verdict
from .flow import restore_average
from .model import Velocity as Model

SIZE_PX, STEPS, FEWER = 128, 28, (6, 8, 10, 14)


@torch.no_grad()
def teacher_velocity(model: Model, prompts: list[str], guidance: float) -> Velocity:
    """Classifier-free guidance of the undistilled transformer."""
    conditioned = model.text(model.text.tokens(prompts))
    empty = model.text(model.text.tokens([""] * len(prompts)))
    ones = torch.ones(len(prompts))

    @torch.no_grad()
    def velocity(latents: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        v_c = model.denoise(latents, sigma.expand(len(latents)), ones, *conditioned)
        v_u = model.denoise(latents, sigma.expand(len(latents)), ones, *empty)
        return v_u + guidance * (v_c - v_u)

    return velocity


def psnr_db(a: torch.Tensor, b: torch.Tensor) -> float:
    """Median over pictures [n, 3, H, W] in [-1, 1]."""
    mse = ((a - b) / 2).square().mean(dim=(1, 2, 3)).clamp_min(1e-12)
    return round(float((-10 * mse.log10()).median()), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, default=Path("training/checkpoints/scenes"))
    parser.add_argument("--teacher", type=Path, default=Path("training/work/flow.pt"))
    parser.add_argument("--guidance", type=float, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--prompts", type=int, default=50)
    parser.add_argument("--out", type=Path, default=Path("bench/results/guidance-scenes.json"))
    parser.add_argument("--sheet", type=Path, default=Path("training/work/guidance.png"))
    args = parser.parse_args()

    pipeline = FluxPipeline.from_pretrained(args.pipeline, torch_dtype=torch.float32)
    state = checkpoint.load(args.teacher)
    if state is None:
        raise SystemExit(f"no teacher at {args.teacher}")
    model = Model()
    restore_average(model, state)
    judge = load_judge()
    prompts = [p for p in json.loads(PROMPTS_FILE.read_text()) if p["kind"] == "one"][: args.prompts]
    texts, seeds = [p["prompt"] for p in prompts], [p["seed"] for p in prompts]
    rows, shown = [], []
    for guidance in args.guidance:
        student = draw(pipeline, texts, seeds, STEPS, guidance)
        teacher = sample(pipeline, teacher_velocity(model, texts, guidance), seeds, STEPS, SIZE_PX)
        found, _ = judge_pictures(judge, student)
        right = [verdict(p, objects)["shape+colour"] for p, objects in zip(prompts, found, strict=True)]
        fewer = {n: psnr_db(draw(pipeline, texts, seeds, n, guidance), student) for n in FEWER}
        rows.append(
            {
                "guidance": guidance,
                "shape+colour": sum(right) / len(right),
                "studentAgainstTeacherDb": psnr_db(student, teacher),
                "fewerStepsAgainstFullDb": fewer,
            }
        )
        shown.append(student[:10])
        print(json.dumps(rows[-1]), flush=True)
    args.out.write_text(json.dumps({"prompts": len(prompts), "rows": rows}, indent=1) + "\n")
    sheet(torch.cat(shown)).save(args.sheet)


if __name__ == "__main__":
    main()
