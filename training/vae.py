"""Train the picture autoencoder's decoder (diffusers' AutoencoderKL): `python -m training.vae --minutes 25`.

128×128 pixels ↔ 16×16 latents of 16 channels. Encoder and decoder begin as training.linear_vae; the encoder stays,
the decoder learns what a linear one cannot do (edges, highlights) on 64×64 crops in bf16. Loss: squared error and a
little absolute error for crisp edges, at slightly noisy latents, as the flow transformer delivers them.
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
from .linear_vae import LinearVae, install, load_linear
from .pictures import load_pictures, to_tensor

CROP = 64
LATENT_NOISE = 0.02
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


def build(linear: LinearVae) -> AutoencoderKL:
    """The autoencoder as training begins: it computes what `linear` does."""
    model = AutoencoderKL(**CONFIG)
    install(linear, model)
    return model


def load_vae(path: Path) -> AutoencoderKL:
    """The trained autoencoder with its averaged weights, in evaluation mode."""
    state = checkpoint.load(path)
    if state is None:
        raise SystemExit(f"no autoencoder at {path}: run python -m training.vae first")
    linear = LinearVae()
    linear.load_state_dict(state["linear"])
    model = build(linear)
    model.decoder.load_state_dict(state["decoder"])
    average = checkpoint.Average(model.decoder.parameters())
    average.restore(state["average"])
    average.swap()
    return model.requires_grad_(False).eval()


def for_training(model: nn.Module) -> nn.Module:
    """Replace in place the modules that are slow or broken on CPU by ones that compute the same."""
    for module in model.modules():
        if type(module) is nn.GroupNorm:
            module.__class__ = _PlainGroupNorm
        elif type(module) is Upsample2D:
            module.__class__ = _PlainUpsample
    return model.to(memory_format=torch.channels_last)


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
def reconstruction_psnr_db(linear: LinearVae, decoder: nn.Module, pictures: np.ndarray) -> float:
    """Mean over pictures of the PSNR (peak 1 on [0, 1]) of encode then decode, fp32."""
    values = []
    for i in range(0, len(pictures), 8):
        x = to_tensor(pictures[i : i + 8])
        y = decoder(linear.encode(x)).clamp(-1, 1)
        values.append(-10 * torch.log10(((x - y) / 2).square().mean(dim=(1, 2, 3))))
    return float(torch.cat(values).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--start", type=Path, help="a FluxPipeline folder to begin from, where there is no checkpoint")
    parser.add_argument("--linear", type=Path, default=Path("training/work/linear-vae.pt"))
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--out", type=Path, default=Path("training/work/vae.pt"))
    args = parser.parse_args()

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    linear = load_linear(args.linear).to(device)
    decoder = for_training(build(linear).decoder).to(device)
    average = checkpoint.Average(decoder.parameters())
    optimiser = torch.optim.AdamW(average.live, lr=args.rate, betas=(0.9, 0.98), weight_decay=1e-4)
    spent = 0.0
    if state := checkpoint.load(args.out):
        decoder.load_state_dict(state["decoder"])
        average.restore(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        spent = state["seconds"]
    elif args.start:
        decoder.load_state_dict(AutoencoderKL.from_pretrained(args.start / "vae").decoder.float().state_dict())
        average = checkpoint.Average(decoder.parameters())

    def loss_of(latents: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        error = decoder(latents).float() - x
        squared = error.square().mean()
        return squared + 0.1 * error.abs().mean(), squared

    step_loss = torch.compile(loss_of)
    pictures = load_pictures(args.pictures)
    held, pictures = pictures[:64], pictures[64:]
    rng = np.random.default_rng(int(spent * 1000) + 7)
    began, last_save, step, total = time.time() - spent, time.time(), 0, args.minutes * 60
    running = 0.0
    while (now := time.time() - began) < total:
        for group in optimiser.param_groups:
            group["lr"] = args.rate * checkpoint.cosine(now / total)
        x = _crops(pictures, rng, args.batch).to(device)
        with torch.no_grad():
            latents = linear.encode(x)
            latents = latents + LATENT_NOISE * torch.randn_like(latents)
        with torch.autocast(device, torch.bfloat16):
            loss, squared = step_loss(latents.contiguous(memory_format=torch.channels_last), x)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(average.live, 1.0)
        optimiser.step()
        average.update()
        step += 1
        running += float(squared)
        if step % 50 == 0:
            print(f"{now:6.0f} s step {step} crops {10 * np.log10(4 / (running / 50)):.2f} dB", flush=True)
            running = 0.0
        if time.time() - last_save > 180 or time.time() - began >= total:
            last_save = time.time()
            checkpoint.save(
                args.out,
                {
                    "linear": linear.state_dict(),
                    "decoder": decoder.state_dict(),
                    "average": average.state(),
                    "optimiser": optimiser.state_dict(),
                    "seconds": time.time() - began,
                },
            )
            average.swap()
            psnr = reconstruction_psnr_db(linear.to("cpu"), decoder.to("cpu"), held)
            linear.to(device), decoder.to(device)
            average.swap()
            print(f"held-out reconstruction {psnr:.2f} dB", flush=True)


if __name__ == "__main__":
    main()
