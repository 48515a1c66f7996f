"""The cached sampler on diffusers' own modules, and the goldens the browser is compared with.

`python -m training.twin --pipeline training/work/micro --out e2e/fixtures/parity/micro`

Method: BudCache (arXiv 2606.13496), payload `reuse`: a step that is not computed adds the last computed
residual to the embedded latents and runs the head. Nothing here comes from `training.export` but the
rounding of the weights, so that the goldens can find a fault of the exporter too.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from diffusers.pipelines.flux.pipeline_flux import calculate_shift, retrieve_timesteps

from .export.flux_pipeline import load


@dataclass(frozen=True)
class Case:
    """One run to store: what to draw and which steps the cached run computes."""

    name: str
    prompt: str
    seed: int
    guidance_scale: float
    step_count: int
    computed_steps: tuple[int, ...]


CASES = (
    Case(
        name="steps-08",
        prompt="a large shiny red cube on a wooden floor under a blue sky",
        seed=11,
        guidance_scale=4.0,
        step_count=8,
        computed_steps=(0, 1, 3, 6),
    ),
    Case(
        name="steps-28",
        prompt="a small metal cyan sphere to the left of a purple cone on a tiled floor under a night sky",
        seed=4_294_967_291,
        guidance_scale=2.5,
        step_count=28,
        computed_steps=(0, 1, 2, 4, 7, 10, 14, 18, 22, 26),
    ),
)

# Prompts whose token ids are stored alone: nothing, unknown letters and signs, more than fits.
TOKEN_PROMPTS = (
    "",
    "A Large red zebra's cube -  in front of the   torus.",
    "naïve 日本 cube 12",
    " ".join(["a small red cube behind a large blue cone and"] * 6),
)


@dataclass(frozen=True)
class Conditions:
    """Everything the transformer is told beside latents and time."""

    prompt_embeds: torch.Tensor
    pooled: torch.Tensor
    text_ids: torch.Tensor
    image_ids: torch.Tensor
    guidance: torch.Tensor


def text_tokens(pipeline: FluxPipeline) -> int:
    return int(pipeline.tokenizer_2.model_max_length)


def noise_of(pipeline: FluxPipeline, seed: int, size_px: int) -> torch.Tensor:
    """Packed starting noise [1, tokens, channels], as FluxPipeline draws it from a CPU generator."""
    generator = torch.Generator().manual_seed(seed)
    channels = pipeline.transformer.config.in_channels // 4
    latents, _ = pipeline.prepare_latents(1, channels, size_px, size_px, torch.float32, "cpu", generator)
    return latents


@torch.no_grad()
def conditions_of(pipeline: FluxPipeline, prompt: str, guidance_scale: float, size_px: int) -> Conditions:
    embeds, pooled, text_ids = pipeline.encode_prompt(prompt, max_sequence_length=text_tokens(pipeline))
    side = size_px // pipeline.vae_scale_factor // 2
    image_ids = pipeline._prepare_latent_image_ids(1, side, side, "cpu", torch.float32)
    return Conditions(embeds, pooled, text_ids, image_ids, torch.full([1], guidance_scale))


def set_schedule(pipeline: FluxPipeline, step_count: int, tokens: int) -> tuple[torch.Tensor, torch.Tensor]:
    """FluxPipeline's timesteps [N] and sigmas [N + 1] for this many image tokens."""
    config = pipeline.scheduler.config
    mu = calculate_shift(
        tokens, config.base_image_seq_len, config.max_image_seq_len, config.base_shift, config.max_shift
    )
    grid = np.linspace(1.0, 1 / step_count, step_count)
    timesteps, _ = retrieve_timesteps(pipeline.scheduler, step_count, "cpu", sigmas=grid, mu=mu)
    return timesteps, pipeline.scheduler.sigmas


def _modulation(model: FluxTransformer2DModel, timestep: torch.Tensor, given: Conditions) -> torch.Tensor:
    # There and back again, as pipeline and transformer do between them.
    scaled = timestep.expand(1) / 1000 * 1000
    return model.time_text_embed(scaled, given.guidance * 1000, given.pooled)


def full_step(
    model: FluxTransformer2DModel, latents: torch.Tensor, timestep: torch.Tensor, given: Conditions
) -> tuple[torch.Tensor, torch.Tensor]:
    """velocity [1, tokens, channels] and residual [1, tokens, width], every block run."""
    modulation = _modulation(model, timestep, given)
    rotary = model.pos_embed(torch.cat([given.text_ids, given.image_ids]))
    before = model.x_embedder(latents)
    hidden, text = before, model.context_embedder(given.prompt_embeds)
    for block in [*model.transformer_blocks, *model.single_transformer_blocks]:
        text, hidden = block(hidden, text, modulation, rotary)
    return model.proj_out(model.norm_out(hidden, modulation)), hidden - before


def cached_step(
    model: FluxTransformer2DModel,
    latents: torch.Tensor,
    timestep: torch.Tensor,
    given: Conditions,
    residual: torch.Tensor,
) -> torch.Tensor:
    """velocity with an earlier step's residual in place of the blocks."""
    hidden = model.x_embedder(latents) + residual
    return model.proj_out(model.norm_out(hidden, _modulation(model, timestep, given)))


@torch.no_grad()
def sample(
    pipeline: FluxPipeline,
    noise: torch.Tensor,
    given: Conditions,
    step_count: int,
    computed_steps: Collection[int],
    *,
    zero_residual: bool = False,
    time_shift_steps: int = 0,
) -> torch.Tensor:
    """Final latents of the cached Euler sampler.

    `zero_residual` and `time_shift_steps` break it on purpose: a parity test that does not notice
    either of them tests nothing.
    """
    timesteps, sigmas = set_schedule(pipeline, step_count, noise.shape[1])
    latents, residual = noise, None
    for k in range(step_count):
        timestep = timesteps[min(k + time_shift_steps, step_count - 1)]
        if k in computed_steps:
            velocity, residual = full_step(pipeline.transformer, latents, timestep, given)
        else:
            if residual is None:
                raise ValueError("step 0 must be computed")
            used = torch.zeros_like(residual) if zero_residual else residual
            velocity = cached_step(pipeline.transformer, latents, timestep, given, used)
        latents = latents + (sigmas[k + 1] - sigmas[k]) * velocity
    return latents


def reference(pipeline: FluxPipeline, case: Case, size_px: int) -> torch.Tensor:
    """Final latents of FluxPipeline itself."""
    return pipeline(
        case.prompt,
        height=size_px,
        width=size_px,
        num_inference_steps=case.step_count,
        guidance_scale=case.guidance_scale,
        generator=torch.Generator().manual_seed(case.seed),
        max_sequence_length=text_tokens(pipeline),
        output_type="latent",
    ).images


@torch.no_grad()
def decode(pipeline: FluxPipeline, latents: torch.Tensor, size_px: int) -> np.ndarray:
    """Packed latents → picture, uint8 [H, W, 3], rounded as FluxPipeline does."""
    spatial = pipeline._unpack_latents(latents, size_px, size_px, pipeline.vae_scale_factor)
    spatial = spatial / pipeline.vae.config.scaling_factor + pipeline.vae.config.shift_factor
    image = pipeline.vae.decode(spatial, return_dict=False)[0]
    return np.array(pipeline.image_processor.postprocess(image, output_type="pil")[0])


def token_ids(pipeline: FluxPipeline, prompt: str) -> dict[str, list[int]]:
    """Padded and truncated ids of both tokenizers, as FluxPipeline feeds them."""
    lengths = {"clip": (pipeline.tokenizer, pipeline.tokenizer_max_length)}
    lengths["t5"] = (pipeline.tokenizer_2, text_tokens(pipeline))
    return {
        name: tokenizer(prompt, padding="max_length", max_length=length, truncation=True).input_ids
        for name, (tokenizer, length) in lengths.items()
    }


def write_case(pipeline: FluxPipeline, case: Case, size_px: int, out: Path) -> dict[str, object]:
    """Run and store one case; returns its entry of the index."""
    noise = noise_of(pipeline, case.seed, size_px)
    given = conditions_of(pipeline, case.prompt, case.guidance_scale, size_px)
    latents = reference(pipeline, case, size_px)
    cached = sample(pipeline, noise, given, case.step_count, case.computed_steps)
    arrays = {
        "noise": noise.numpy(),
        "latents": latents.numpy(),
        "cachedLatents": cached.numpy(),
        "picture": decode(pipeline, latents, size_px),
        "cachedPicture": decode(pipeline, cached, size_px),
    }
    entry: dict[str, object] = {
        "name": case.name,
        "prompt": case.prompt,
        "seed": case.seed,
        "guidanceScale": case.guidance_scale,
        "stepCount": case.step_count,
        "computedSteps": list(case.computed_steps),
        "sigmas": set_schedule(pipeline, case.step_count, noise.shape[1])[1].tolist(),
        "tokenIds": token_ids(pipeline, case.prompt),
    }
    for key, array in arrays.items():
        dtype, suffix = ("uint8", "u8") if array.dtype == np.uint8 else ("float32", "f32")
        file = f"{case.name}-{key}.{suffix}"
        (out / file).write_bytes(array.astype("|u1" if dtype == "uint8" else "<f4").tobytes())
        entry[key] = {"file": file, "dtype": dtype, "shape": list(array.shape)}
    return entry


def _told(path: Path) -> str:
    """The path as a command on any machine would give it: relative, or its last part alone."""
    full, here = path.resolve(), Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else full.name)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipeline", type=Path, required=True, help="diffusers pipeline folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the goldens")
    parser.add_argument("--size", type=int, help="pixels a side; default: the VAE's sample_size")
    args = parser.parse_args(arguments)
    pipeline = load(args.pipeline)
    size_px = args.size or pipeline.vae.config.sample_size
    args.out.mkdir(parents=True, exist_ok=True)
    pipeline_path, out_path = (_told(path) for path in (args.pipeline, args.out))
    index = {
        "format": "budcache-parity/1",
        "script": "training/twin.py",
        "command": f"python -m training.twin --pipeline {pipeline_path} --out {out_path} --size {size_px}",
        "versions": {p: importlib.metadata.version(p).split("+")[0] for p in ("torch", "diffusers")},
        "meaning": {
            "weights": "rounded to float16, computed in float32",
            "latents": "FluxPipeline itself, every step computed; packed tokens",
            "cachedLatents": "the twin sampler, only computedSteps computed, residual reused between them",
            "picture": "RGB, from latents",
            "cachedPicture": "RGB, from cachedLatents",
        },
        "image": {"width": size_px, "height": size_px},
        "cases": [write_case(pipeline, case, size_px, args.out) for case in CASES],
        "tokens": [{"prompt": p, "tokenIds": token_ids(pipeline, p)} for p in TOKEN_PROMPTS],
    }
    text = json.dumps(index, indent=2, ensure_ascii=False)
    lines = re.sub(r"\[[-\d.,eE\s]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    (args.out / "index.json").write_text(lines + "\n", "utf-8")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
