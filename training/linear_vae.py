"""The linear autoencoder that the picture autoencoder starts from: `python -m training.linear_vae`.

The best linear code of 16 numbers per 8×8 pixels, in the very convolutions an AutoencoderKL has between its
nonlinear blocks. It trains in minutes; `install` writes it into an AutoencoderKL so that the whole network
computes exactly this. The encoder stays so (latents are then known from the first hour and never change),
the decoder is trained on from there by training.vae.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import nn
from torch.nn import functional as F

from . import checkpoint
from .pictures import load_pictures, to_tensor

LATENTS = 16
ENCODER_WIDTHS = (32, 64)
DECODER_WIDTHS = (96, 96, 48)
AMPLITUDE_POWER = 0.5  # latents' spread = (share of the picture's amplitude)^this: 1 keeps it, 0 whitens
NORM_LEVEL = 64.0  # constants this large make a GroupNorm's divisor the same for every picture


class LinearVae(nn.Module):
    """Strided convolutions down, nearest doubling and convolutions up; nothing nonlinear."""

    def __init__(self) -> None:
        super().__init__()
        a, b = ENCODER_WIDTHS
        p, q, r = DECODER_WIDTHS
        self.down = nn.ModuleList([nn.Conv2d(3, a, 3, 2), nn.Conv2d(a, b, 3, 2), nn.Conv2d(b, LATENTS, 3, 2)])
        self.first = nn.Conv2d(LATENTS, p, 3, padding=1)
        self.up = nn.ModuleList([nn.Conv2d(p, q, 3, padding=1), nn.Conv2d(q, r, 3, padding=1)])
        self.last = nn.Conv2d(r, 3, 3, padding=1)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures [n, 3, H, W] in [-1, 1] → latents [n, 16, H/8, W/8]."""
        for conv in self.down:
            x = conv(F.pad(x, (0, 1, 0, 1)))
        return x

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Latents [n, 16, h, w] → pictures [n, 3, 8h, 8w]."""
        x = self.first(z)
        for conv in [*self.up, self.last]:
            x = conv(F.interpolate(x, scale_factor=2, mode="nearest"))
        return x


def load_linear(path: Path) -> LinearVae:
    """The trained linear autoencoder, frozen."""
    state = checkpoint.load(path)
    if state is None:
        raise SystemExit(f"no linear autoencoder at {path}: run python -m training.linear_vae first")
    model = LinearVae()
    model.load_state_dict(state["model"])
    return model.requires_grad_(False).eval()


@torch.no_grad()
def standardise(model: LinearVae, pictures: torch.Tensor) -> torch.Tensor:
    """Turn the latents onto their principal axes, by the amplitude each gives the picture, zero mean each.

    Returns the amplitudes' shares [16]. The reconstruction stays the same.
    """
    z = model.encode(pictures).permute(1, 0, 2, 3).flatten(1)
    mean, spread = z.mean(1), torch.linalg.cholesky(torch.cov(z))
    # What one latent alone paints, for every latent: the inner products of these are pixel energy.
    impulses = torch.zeros(LATENTS + 1, LATENTS, 9, 9)
    impulses[range(LATENTS), range(LATENTS), 4, 4] = 1
    painted = model.decode(impulses)
    painted = (painted[:-1] - painted[-1]).flatten(1)
    energy, axes = torch.linalg.eigh(spread.T @ painted @ painted.T @ spread)
    amplitude = energy.flip(0).clamp_min(0).sqrt()
    share = amplitude / amplitude.square().mean().sqrt()
    scale = share**AMPLITUDE_POWER
    scale /= scale.square().mean().sqrt()
    whiten = axes.flip(1).T @ torch.linalg.inv(spread)
    turn, back = scale[:, None] * whiten, torch.linalg.inv(scale[:, None] * whiten)
    last, first = model.down[-1], model.first
    last.weight.copy_(torch.einsum("ij,jchw->ichw", turn, last.weight))
    last.bias.copy_(turn @ (last.bias - mean))
    # The mean, which the decoder's bias takes over, is absent at the padded border; so little that it does not show.
    first.bias.add_(torch.einsum("ochw,c->o", first.weight, mean))
    first.weight.copy_(torch.einsum("ojhw,ji->oihw", first.weight, back))
    return share


def _set(conv: nn.Conv2d, weight: torch.Tensor, bias: torch.Tensor | None = None, spare: bool = False) -> None:
    """Write `weight` into the conv's first channels. `spare` output channels keep their random start, else zero."""
    outputs, inputs = weight.shape[:2]
    conv.weight[:outputs] = 0
    if not spare:
        conv.weight.zero_()
        conv.bias.zero_()
    conv.weight[:outputs, :inputs] = weight
    conv.bias[:outputs] = 0 if bias is None else bias


def _pairs(signals: int, channels: int, groups: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """Lay signals through GroupNorm and SiLU without loss: silu(x) - silu(-x) = x, so each goes as x and -x.

    Returns (spread [channels, signals], constants [channels], read [signals, channels], the norms' weight).
    In every group that carries a signal half the free channels hold +NORM_LEVEL, half the negative.
    """
    size = channels // groups
    per_group = max(1, -(-signals // groups))
    spread, constants = torch.zeros(channels, signals), torch.zeros(channels)
    for s in range(signals):
        at = s // per_group * size + s % per_group * 2
        spread[at, s], spread[at + 1, s] = 1, -1
    for group in range(-(-signals // per_group)):
        free = range(group * size + 2 * per_group, (group + 1) * size)
        for i in free:
            constants[i] = NORM_LEVEL if i % 2 == 0 else -NORM_LEVEL
    weight = float((NORM_LEVEL**2 * (size - 2 * per_group) / size) ** 0.5)
    return spread, constants, spread.T.clone(), weight


@torch.no_grad()
def install(linear: LinearVae, vae: AutoencoderKL) -> None:
    """Write the linear autoencoder into an AutoencoderKL of training.vae's configuration."""
    for name, module in vae.named_modules():
        if name.endswith("conv2"):  # a residual block whose second convolution is zero passes its input on
            module.weight.zero_()
            module.bias.zero_()
    identity = torch.eye(128)[:, :, None, None]
    e, d = vae.encoder, vae.decoder
    groups = vae.config.norm_num_groups
    spread, constants, read, level = _pairs(LATENTS, 128, groups)
    centre = torch.zeros(1, 1, 3, 3)
    centre[..., 1, 1] = 1
    _set(e.conv_in, identity[:3, :3] * centre)
    _set(e.down_blocks[0].downsamplers[0].conv, linear.down[0].weight, linear.down[0].bias)
    _set(e.down_blocks[1].resnets[0].conv_shortcut, identity[:32, :32])
    _set(e.down_blocks[1].downsamplers[0].conv, linear.down[1].weight, linear.down[1].bias)
    _set(e.down_blocks[2].resnets[0].conv_shortcut, identity[:64, :64])
    weight = torch.einsum("os,schw->ochw", spread, linear.down[2].weight)
    _set(e.down_blocks[2].downsamplers[0].conv, weight, spread @ linear.down[2].bias + constants)
    e.conv_norm_out.weight.fill_(level)
    e.conv_norm_out.bias.zero_()
    _set(e.conv_out, read[:, :, None, None] * centre)
    e.conv_out.bias[LATENTS:] = -12.0  # the posterior is a point

    last_width = DECODER_WIDTHS[-1]
    _set(d.conv_in, linear.first.weight, linear.first.bias, spare=True)
    _set(d.up_blocks[0].upsamplers[0].conv, linear.up[0].weight, linear.up[0].bias, spare=True)
    _set(d.up_blocks[1].upsamplers[0].conv, linear.up[1].weight, linear.up[1].bias, spare=True)
    _set(d.up_blocks[2].resnets[0].conv_shortcut, identity[:last_width, :last_width], spare=True)
    _set(d.up_blocks[2].upsamplers[0].conv, linear.last.weight, linear.last.bias, spare=True)
    spread, constants, read, level = _pairs(3, 32, groups)
    used = 3 * (32 // groups)
    _set(d.up_blocks[3].resnets[0].conv_shortcut, spread[:used, :, None, None], constants[:used], spare=True)
    d.conv_norm_out.weight[:used] = torch.where(constants[:used] == 0, level, level / NORM_LEVEL)
    _set(d.conv_out, read[:, :, None, None] * centre)


@torch.no_grad()
def recover_encoder(vae: AutoencoderKL, linear: LinearVae) -> None:
    """Read back the encoder that `install` wrote into `vae` (the decoder has been trained on since)."""
    encoder = vae.encoder
    read = encoder.conv_out.weight[:LATENTS, :, 1, 1]
    inputs = 3
    for conv, block in zip(linear.down, encoder.down_blocks, strict=False):
        written = block.downsamplers[0].conv
        outputs = conv.weight.shape[0]
        conv.weight.copy_(written.weight[:outputs, :inputs])
        conv.bias.copy_(written.bias[:outputs])
        inputs = outputs
    last, written = linear.down[-1], encoder.down_blocks[2].downsamplers[0].conv
    # Each number was laid out as x and -x beside the norms' constants.
    last.weight.copy_(torch.einsum("so,ochw->schw", read, written.weight[:, : ENCODER_WIDTHS[-1]]) / 2)
    last.bias.copy_(read @ written.bias / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--start", type=Path, help="a FluxPipeline folder whose encoder is kept; the decoder is fitted")
    parser.add_argument("--pictures", type=Path, default=Path("training/work/pictures"))
    parser.add_argument("--out", type=Path, default=Path("training/work/linear-vae.pt"))
    args = parser.parse_args()
    torch.manual_seed(0)
    model = LinearVae()
    if args.start:
        recover_encoder(AutoencoderKL.from_pretrained(args.start / "vae").float(), model)
        model.down.requires_grad_(False)
    free = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(free, lr=2e-3, betas=(0.9, 0.99))
    pictures = load_pictures(args.pictures, limit=10)
    held, pictures = to_tensor(pictures[:64]), pictures[64:]
    rng, began, total, step = np.random.default_rng(0), time.time(), args.minutes * 60, 0
    while (now := time.time() - began) < total:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * checkpoint.cosine(now / total)
        x = to_tensor(pictures[rng.integers(len(pictures), size=16)])
        loss = (model.decode(model.encode(x)) - x).square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        if step % 200 == 0:
            print(f"{now:5.0f} s step {step} {10 * np.log10(4 / float(loss)):.2f} dB", flush=True)
    if not args.start:  # a kept encoder's latents are what a transformer has learnt
        share = standardise(model, to_tensor(pictures[:500]))
        print("amplitude of the latents' axes", [round(v, 3) for v in share.tolist()])
    checkpoint.save(args.out, {"model": model.state_dict()})
    with torch.no_grad():
        error = ((model.decode(model.encode(held)).clamp(-1, 1) - held) / 2).square().mean(dim=(1, 2, 3))
    print(f"held-out reconstruction {float((-10 * error.log10()).mean()):.2f} dB")


if __name__ == "__main__":
    main()
