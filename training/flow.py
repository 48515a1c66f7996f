"""Train the text-to-image flow transformer: `python -m training.flow --minutes 60`, then `--distil`.

Rectified flow on stored latents (x_σ = (1-σ)·x0 + σ·ε, target ε - x0), captions drawn anew each time,
one in ten left empty. `--distil` starts from the averaged weights and teaches the guidance input: the
student at guidance g learns v_u + g·(v_c - v_u) of its frozen teacher, g from [1, 6] (as FLUX.1-dev).
Resumable; Muon for the blocks' matrices, AdamW for the rest.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import checkpoint
from .layout import LayoutHead, layout
from .model import Velocity, pack
from .render_data import TRAIN_SEED, scene_at
from .scenes.captions import caption

DROP_CAPTION = 0.1
GUIDANCE_RANGE = (1.0, 6.0)
LAYOUT_WEIGHT = 0.1
HELD = 256  # latents at the front, never trained on


class Data:
    """Stored latents with fresh captions. Batches are packed tokens of unit variance."""

    def __init__(self, latents: Path, seed: int) -> None:
        shards = sorted(p for p in latents.glob("*.npy") if ".part" not in p.name)
        if not shards:
            raise SystemExit(f"no latents in {latents}: run python -m training.latents first")
        self.latents = np.concatenate([np.load(p) for p in shards])
        statistics = json.loads((latents / "statistics.json").read_text())
        self.shift, self.scale = statistics["shift_factor"], statistics["scaling_factor"]
        self.rng = np.random.default_rng(seed)

    def tokens(self, indices: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(self.latents[np.sort(indices)].astype(np.float32))
        return pack((x - self.shift) * self.scale)

    def batch(self, size: int) -> tuple[torch.Tensor, list[str], torch.Tensor]:
        """Tokens [size, 64, 64], captions, and what each token shows (layout.py) [size, 64, 4]."""
        indices = np.sort(self.rng.integers(HELD, len(self.latents), size))
        scenes = [scene_at(TRAIN_SEED, int(i)) for i in indices]
        layouts = torch.from_numpy(np.stack([layout(scene) for scene in scenes]))
        return self.tokens(indices), [caption(self.rng, scene) for scene in scenes], layouts


def sample_sigmas(rng: np.random.Generator, size: int) -> torch.Tensor:
    """Logit-normal, pushed towards noise by the factor of the sampler's shift, a tenth uniform."""
    s = 1 / (1 + np.exp(-rng.normal(0.35, 1.1, size)))
    uniform = rng.random(size)
    return torch.from_numpy(np.where(uniform < 0.1, rng.random(size), s).astype(np.float32)).clamp(1e-3, 1.0)


def split_parameters(model: Velocity) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """(matrices of the transformer's blocks, everything else)."""
    matrices, others = [], []
    for name, p in model.named_parameters():
        inside = name.startswith(("transformer.transformer_blocks.", "transformer.single_transformer_blocks."))
        (matrices if inside and p.ndim == 2 else others).append(p)
    return matrices, others


@torch.no_grad()
def held_out_loss(model: Velocity, data: Data, device: str) -> float:
    """Mean squared velocity error on the held-out latents with fixed noise, sigmas and captions."""
    rng, total = np.random.default_rng(5), 0.0
    generator = torch.Generator().manual_seed(5)
    for i in range(0, HELD, 64):
        x0 = data.tokens(np.arange(i, i + 64))
        noise = torch.randn(x0.shape, generator=generator)
        sigma = torch.linspace(0.02, 0.98, 64)
        x = (1 - sigma.view(-1, 1, 1)) * x0 + sigma.view(-1, 1, 1) * noise
        captions = [caption(rng, scene_at(TRAIN_SEED, j)) for j in range(i, i + 64)]
        with torch.autocast(device, torch.bfloat16):
            embeds, pooled = model.text(to_device(model.text.tokens(captions), device))
            v = model.denoise(x.to(device), sigma.to(device), torch.ones(64, device=device), embeds, pooled)
        total += float((v.float().cpu() - (noise - x0)).square().mean())
    return total / (HELD // 64)


def to_device(tokens: object, device: str) -> object:
    tokens.t5, tokens.clip = tokens.t5.to(device), tokens.clip.to(device)
    return tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--distil", action="store_true")
    parser.add_argument("--latents", type=Path, default=Path("training/work/latents"))
    parser.add_argument("--base", type=Path, default=Path("training/work/flow.pt"))
    parser.add_argument("--start", type=Path, help="a FluxPipeline folder to begin from, where there is no checkpoint")
    parser.add_argument("--out", type=Path, help="default: the base, or flow-distilled.pt beside it")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    out = args.out or (args.base.with_name("flow-distilled.pt") if args.distil else args.base)

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    model = Velocity().to(device)
    teacher: Velocity | None = None
    if args.distil:
        state = checkpoint.load(args.base)
        if state is None:
            raise SystemExit(f"nothing to distil: no {args.base}")
        restore_average(model, state)
        teacher = copy.deepcopy(model).requires_grad_(False).eval()
        model.text.requires_grad_(False)
    elif args.start and not out.exists():
        model.load_pipeline(args.start)
    matrices, others = split_parameters(model)
    others = [p for p in others if p.requires_grad]
    # A student's target says where the objects are already.
    head = None if args.distil else LayoutHead(model).to(device)
    average = checkpoint.Average([*matrices, *others])
    muon = torch.optim.Muon(matrices, lr=args.rate, weight_decay=0.02, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(others, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    head_adam = torch.optim.AdamW(head.parameters(), lr=2e-3, weight_decay=0.0) if head else None
    spent, samples = 0.0, 0
    if state := checkpoint.load(out):
        model.load_state_dict(state["model"])
        average.restore(state["average"])
        muon.load_state_dict(state["muon"])
        adam.load_state_dict(state["adam"])
        if head and "head" in state:
            head.load_state_dict(state["head"])
        spent, samples = state["seconds"], state["samples"]

    def loss_of(x, sigma, guidance, embeds, pooled, target, layouts):
        loss = (model.denoise(x, sigma, guidance, embeds, pooled).float() - target).square().mean()
        return loss, head.loss(layouts) if head else torch.zeros(())

    loss_fn = torch.compile(loss_of) if args.compile else loss_of
    teach = torch.compile(teacher.denoise) if teacher and args.compile else teacher and teacher.denoise
    data = Data(args.latents, seed=int(samples) + 1)
    began, last_save, total, step, running = time.time() - spent, time.time(), args.minutes * 60, 0, 0.0
    running_layout = 0.0
    while True:
        now = time.time() - began
        finished = now >= total
        if finished or time.time() - last_save > 240:
            last_save = time.time()
            average.swap()
            loss = held_out_loss(model, data, device)
            average.swap()
            checkpoint.save(
                out,
                {
                    "model": model.state_dict(),
                    "average": average.state(),
                    "muon": muon.state_dict(),
                    "adam": adam.state_dict(),
                    "seconds": time.time() - began,
                    "samples": samples,
                    "distilled": args.distil,
                    **({"head": head.state_dict()} if head else {}),
                },
            )
            print(f"saved at {samples} samples; held-out loss of the averaged weights {loss:.4f}", flush=True)
        if finished:
            break
        rate = args.rate * checkpoint.cosine(now / total)
        for group in [*muon.param_groups, *adam.param_groups]:
            group["lr"] = rate
        x0, captions, layouts = data.batch(args.batch)
        noise = torch.randn_like(x0)
        sigma = sample_sigmas(data.rng, args.batch)
        x = torch.lerp(x0, noise, sigma.view(-1, 1, 1)).to(device)
        target, guidance = (noise - x0).to(device), torch.ones(args.batch, device=device)
        # Also while distilling: the student then stays whole at guidance 1, and training can go on from it.
        captions = ["" if data.rng.random() < DROP_CAPTION else text for text in captions]
        sigma = sigma.to(device)
        with torch.autocast(device, torch.bfloat16):
            embeds, pooled = model.text(to_device(model.text.tokens(captions), device))
            if teacher is not None:
                low, high = GUIDANCE_RANGE
                guidance.uniform_(low, high)
                with torch.no_grad():
                    empty = teacher.text(to_device(teacher.text.tokens([""]), device))
                    one = torch.ones_like(guidance)
                    v_c = teach(x, sigma, one, embeds, pooled).float()
                    v_u = teach(
                        x, sigma, one, empty[0].expand(args.batch, -1, -1), empty[1].expand(args.batch, -1)
                    ).float()
                    target = v_u + guidance.view(-1, 1, 1) * (v_c - v_u)
            loss, layout_loss = loss_fn(x, sigma, guidance, embeds, pooled, target, layouts.to(device))
        optimisers = [muon, adam, *([head_adam] if head_adam else [])]
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        (loss + LAYOUT_WEIGHT * layout_loss).backward()
        nn.utils.clip_grad_norm_(others, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        average.update()
        step, samples, running = step + 1, samples + args.batch, running + loss.item()
        running_layout += layout_loss.item()
        if step % 50 == 0:
            losses = f"loss {running / 50:.4f} layout {running_layout / 50:.4f}"
            print(f"{now:6.0f} s {samples} samples {losses} rate {rate:.2e}", flush=True)
            running = running_layout = 0.0


def restore_average(model: Velocity, state: dict) -> None:
    """Put a checkpoint's averaged weights into the model."""
    model.load_state_dict(state["model"])
    model.text.requires_grad_(not state["distilled"])
    matrices, others = split_parameters(model)
    average = checkpoint.Average([*matrices, *others])
    average.restore(state["average"])
    average.swap()


if __name__ == "__main__":
    main()
