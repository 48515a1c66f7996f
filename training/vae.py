"""Train the picture autoencoder (diffusers' AutoencoderKL): `python -m training.vae --minutes 25`.

128×128 pixels ↔ 16×16 latents of 16 channels, trained on 64×64 crops in bf16. Loss: squared error,
a little absolute error for crisp edges, and enough KL that latents stay smooth for the flow model.
`--decoder-only` keeps the encoder (and so every latent and every flow model) and sharpens the decoder.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.upsampling import Upsample2D
from torch import nn

from . import checkpoint

CROP = 64
KL_WEIGHT = 2e-4
CONFIG = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (32, 64, 128, 128),
    "layers_per_block": 1,
    "latent_channels": 16,
    "norm_num_groups": 8,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
    "mid_block_add_attention": False,
    "sample_size": 128,
}


class _PlainGroupNorm(nn.GroupNorm):
    """GroupNorm written out: the native bf16 backward on CPU costs more than the convolutions."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        grouped = x.float().reshape(n, self.num_groups, c // self.num_groups, h, w)
        var, mean = torch.var_mean(grouped, dim=(2, 3, 4), keepdim=True, unbiased=False)
        normed = ((grouped - mean) * torch.rsqrt(var + self.eps)).reshape(n, c, h, w)
        return (normed * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)).to(x.dtype)


class _PlainUpsample(Upsample2D):
    """Nearest doubling written out: compiled on CPU (torch 2.13), interpolate's backward returns zeros."""

    def forward(self, hidden_states: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        n, c, h, w = hidden_states.shape
        doubled = hidden_states[:, :, :, None, :, None].expand(n, c, h, 2, w, 2).reshape(n, c, 2 * h, 2 * w)
        return self.conv(doubled.contiguous(memory_format=torch.channels_last))


def build() -> AutoencoderKL:
    """A fresh autoencoder whose posterior starts narrow: unit noise at first would drown the latents for good."""
    model = AutoencoderKL(**CONFIG)
    with torch.no_grad():
        model.encoder.conv_out.bias[16:] = -4.0
        model.encoder.conv_out.weight[:16] *= 3.0
    return model


def for_training(model: AutoencoderKL) -> AutoencoderKL:
    for module in model.modules():
        if type(module) is nn.GroupNorm:
            module.__class__ = _PlainGroupNorm
        elif type(module) is Upsample2D:
            module.__class__ = _PlainUpsample
    return model.to(memory_format=torch.channels_last)


def to_tensor(pictures: np.ndarray) -> torch.Tensor:
    """uint8 [n, h, w, 3] → float32 [n, 3, h, w] in [-1, 1]."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1.0)


def load_pictures(folder: Path, prefix: str = "s1-128-") -> np.ndarray:
    shards = sorted(p for p in folder.glob(f"{prefix}*.npy") if ".part" not in p.name)
    if not shards:
        raise SystemExit(f"no pictures in {folder}: run python -m training.render_data first")
    return np.concatenate([np.load(p) for p in shards])


def _crops(pictures: np.ndarray, rng: np.random.Generator, batch: int) -> torch.Tensor:
    """Random crops, each the livelier of two, half of them mirrored."""
    side = pictures.shape[1] - CROP
    chosen = []
    for index in rng.integers(len(pictures), size=batch):
        spots = rng.integers(side + 1, size=(2, 2))
        pair = [pictures[index, y : y + CROP, x : x + CROP] for y, x in spots]
        crop = max(pair, key=lambda c: float(c[::4, ::4].std()))
        chosen.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    return to_tensor(np.ascontiguousarray(np.stack(chosen))).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def reconstruction_psnr_db(model: AutoencoderKL, pictures: np.ndarray) -> float:
    """Mean over pictures of the PSNR (peak 1 on [0, 1]) of encode (mean) then decode, fp32."""
    values = []
    for i in range(0, len(pictures), 8):
        x = to_tensor(pictures[i : i + 8])
        y = model.decode(model.encode(x).latent_dist.mode()).sample.clamp(-1, 1)
        values.append(-10 * torch.log10(((x - y) / 2).square().mean(dim=(1, 2, 3))))
    return float(torch.cat(values).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decoder-only", action="store_true")
    parser.add_argument("--start", type=Path, help="an AutoencoderKL folder to begin from, without a checkpoint")
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--out", type=Path, default=Path("training/work/vae.pt"))
    args = parser.parse_args()

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    model = build() if args.start is None else AutoencoderKL.from_pretrained(args.start, torch_dtype=torch.float32)
    model = for_training(model).to(device)
    if args.decoder_only:
        model.encoder.requires_grad_(False)
    average = checkpoint.Average(model.parameters())
    optimiser = torch.optim.AdamW(average.live, lr=args.rate, betas=(0.9, 0.98), weight_decay=1e-4)
    spent = 0.0
    if state := checkpoint.load(args.out):
        model.load_state_dict(state["model"])
        if state["decoder_only"] == args.decoder_only:
            average.restore(state["average"])
            optimiser.load_state_dict(state["optimiser"])
            spent = state["seconds"]
        else:
            average = checkpoint.Average(model.parameters())

    kl_weight = torch.zeros((), device=device)  # a tensor, so that the ramp does not recompile

    def loss_of(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        moments = model.encoder(x)
        mean, log_var = moments.float().chunk(2, dim=1)
        log_var = log_var.clamp(-20, 5)
        kl = 0.5 * (mean.square() + log_var.exp() - 1 - log_var).mean()
        latent = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
        error = model.decoder(latent.to(moments.dtype)).float() - x
        squared = error.square().mean()
        return squared + 0.1 * error.abs().mean() + kl_weight * kl, squared, kl

    step_loss = torch.compile(loss_of)
    pictures = load_pictures(args.pictures)
    held, pictures = pictures[:64], pictures[64:]
    rng = np.random.default_rng(int(spent * 1000) + 7)
    began, last_save, step, total = time.time() - spent, time.time(), 0, args.minutes * 60
    sums = np.zeros(2)
    while (now := time.time() - began) < total:
        for group in optimiser.param_groups:
            group["lr"] = args.rate * checkpoint.cosine(now / total)
        # From the first step on, the full weight would switch the latents off for good.
        kl_weight.fill_(KL_WEIGHT * min(max(now / total - 0.1, 0.0) / 0.4, 1.0))
        x = _crops(pictures, rng, args.batch).to(device)
        with torch.autocast(device, torch.bfloat16):
            loss, squared, kl = step_loss(x)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(average.live, 1.0)
        optimiser.step()
        average.update()
        step += 1
        sums += (float(squared), float(kl))
        if step % 50 == 0:
            psnr = 10 * np.log10(4 / (sums[0] / 50))
            print(f"{now:6.0f} s step {step} crops {psnr:.2f} dB kl {sums[1] / 50:.3f}", flush=True)
            sums[:] = 0
        if time.time() - last_save > 180 or time.time() - began >= total:
            last_save = time.time()
            checkpoint.save(
                args.out,
                {
                    "model": model.state_dict(),
                    "average": average.state(),
                    "optimiser": optimiser.state_dict(),
                    "seconds": time.time() - began,
                    "decoder_only": args.decoder_only,
                },
            )
            average.swap()
            psnr = reconstruction_psnr_db(model, held)
            average.swap()
            print(f"held-out reconstruction {psnr:.2f} dB", flush=True)


if __name__ == "__main__":
    main()
