r"""The cached sampler on Z-Image's own modules, and the goldens the browser is compared with.

    python -m training.twin_z_image --pipeline training/work/micro-z-image \
        --out e2e/fixtures/parity/micro-z-image --size 128x128 --size 128x192

Method: BudCache (arXiv 2606.13496), payload `reuse`, the residual taken around the main layers over
image tokens; each branch of classifier-free guidance keeps its own. Nothing here comes from
`training.export` but the rounding of the weights, so that the goldens can find a fault of the exporter.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from diffusers import ZImagePipeline, ZImageTransformer2DModel
from diffusers.pipelines.z_image.pipeline_z_image import get_default_z_image_sigmas

from .export.z_image_pipeline import load

ResidualFrom = Literal["refiner", "embedder"]


class Size(NamedTuple):
    """Of the picture, in pixels."""

    width: int
    height: int


def size_from(text: str) -> Size:
    """`128x192` → width 128, height 192."""
    width, height = map(int, text.split("x"))
    return Size(width, height)


@dataclass(frozen=True)
class Case:
    """One run to store: what to draw and which steps the cached run computes."""

    name: str
    prompt: str
    negative_prompt: str
    seed: int
    # pos + g·(pos − neg); 0 runs the positive branch alone.
    guidance_scale: float
    step_count: int
    computed_steps: tuple[int, ...]


CASES = (
    Case(
        name="guided-08",
        # Longer than 32 tokens with its template, the negative one shorter: two lengths of caption.
        prompt="a large shiny red cube to the left of a small metal cyan cone behind a matte yellow torus and a "
        "purple sphere on a wooden floor under a blue sky",
        negative_prompt="a gray floor",
        seed=11,
        guidance_scale=3.0,
        step_count=8,
        computed_steps=(0, 1, 3, 6),
    ),
    Case(
        name="unguided-08",
        prompt="a small metal cyan sphere",
        negative_prompt="",
        seed=4_294_967_291,
        guidance_scale=0.0,
        step_count=8,
        computed_steps=(0, 1, 2, 4, 6),
    ),
)

# Prompts whose token ids are stored alone: nothing, unknown letters and signs, more than fits.
TOKEN_PROMPTS = (
    "",
    " A Large red zebra's cube -  in front of the   torus.\n",
    "naïve 日本 cube 12",
    " ".join(["a small red cube behind a large blue cone and"] * 12),
)


def noise_of(pipeline: ZImagePipeline, seed: int, size: Size) -> torch.Tensor:
    """Starting noise [1, C, H, W], as ZImagePipeline draws it from a CPU generator."""
    generator = torch.Generator().manual_seed(seed)
    channels = pipeline.transformer.in_channels
    return pipeline.prepare_latents(1, channels, size.height, size.width, torch.float32, "cpu", generator)


@torch.no_grad()
def captions_of(pipeline: ZImagePipeline, case: Case) -> list[torch.Tensor]:
    """The positive caption [tokens, width], and the negative one where guidance asks for it."""
    guided = case.guidance_scale > 0
    positive, negative = pipeline.encode_prompt(
        case.prompt, "cpu", guided, case.negative_prompt, max_sequence_length=text_tokens(pipeline)
    )
    return [*positive, *negative]


def text_tokens(pipeline: ZImagePipeline) -> int:
    return int(pipeline.tokenizer.model_max_length)


def set_schedule(pipeline: ZImagePipeline, step_count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """ZImagePipeline's timesteps [N] and sigmas [N + 1]."""
    pipeline.scheduler.set_timesteps(sigmas=get_default_z_image_sigmas(step_count), device="cpu")
    return pipeline.scheduler.timesteps, pipeline.scheduler.sigmas


@dataclass(frozen=True)
class Front:
    """Image tokens before the main layers, and what the layers and the head need beside them."""

    embedded: torch.Tensor
    refined: torch.Tensor
    turns: torch.Tensor
    time: torch.Tensor

    def start(self, residual_from: ResidualFrom) -> torch.Tensor:
        return self.refined if residual_from == "refiner" else self.embedded


def front(model: ZImageTransformer2DModel, latents: torch.Tensor, timestep: torch.Tensor, caption: torch.Tensor):
    """`Front` of the image, and the caption's tokens, positions and filling mask."""
    # There and back again, as pipeline and transformer do between them.
    time = model.t_embedder((1000 - timestep.expand(1)) / 1000 * model.t_scale)
    (image,), (words,), _, image_ids, word_ids, image_fill, word_fill = model.patchify_and_embed(
        [latents[0].unsqueeze(1)], [caption], 2, 1
    )
    prepare = model._prepare_sequence
    embedded, turns, _, _, _ = prepare([model.all_x_embedder["2-1"](image)], image_ids, image_fill, model.x_pad_token)
    refined = embedded
    for layer in model.noise_refiner:
        refined = layer(refined, None, turns, time)
    return Front(embedded, refined, turns, time), (words, word_ids, word_fill)


def head(model: ZImageTransformer2DModel, hidden: torch.Tensor, time: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """Velocity [1, C, H, W] = ε − x0: the model gives its negative."""
    tokens = model.all_final_layer["2-1"](hidden, c=time)
    (image,) = model.unpatchify([tokens[0]], [(1, shape[2], shape[3])], 2, 1)
    return -image.squeeze(1)[None]


def full_step(
    model: ZImageTransformer2DModel,
    latents: torch.Tensor,
    timestep: torch.Tensor,
    caption: torch.Tensor,
    residual_from: ResidualFrom = "refiner",
) -> tuple[torch.Tensor, torch.Tensor]:
    """velocity [1, C, H, W] and residual [1, tokens, width] of one branch, every block run."""
    image, (words, word_ids, word_fill) = front(model, latents, timestep, caption)
    text, text_turns, _, _, _ = model._prepare_sequence(
        [model.cap_embedder(words)], word_ids, word_fill, model.cap_pad_token
    )
    for layer in model.context_refiner:
        text = layer(text, None, text_turns)
    joint, turns = torch.cat([image.refined, text], 1), torch.cat([image.turns, text_turns], 1)
    for layer in model.layers:
        joint = layer(joint, None, turns, image.time)
    after = joint[:, : image.refined.shape[1]]
    return head(model, after, image.time, latents.shape), after - image.start(residual_from)


def cached_step(
    model: ZImageTransformer2DModel,
    latents: torch.Tensor,
    timestep: torch.Tensor,
    caption: torch.Tensor,
    residual: torch.Tensor,
    residual_from: ResidualFrom = "refiner",
) -> torch.Tensor:
    """velocity with an earlier step's residual in place of the main layers; of the caption only the length counts."""
    image, _ = front(model, latents, timestep, caption)
    return head(model, image.start(residual_from) + residual, image.time, latents.shape)


@torch.no_grad()
def sample(
    pipeline: ZImagePipeline,
    noise: torch.Tensor,
    captions: list[torch.Tensor],
    guidance_scale: float,
    step_count: int,
    computed_steps: Collection[int],
    *,
    residual_from: ResidualFrom = "refiner",
    zero_residual: bool = False,
    time_shift_steps: int = 0,
) -> torch.Tensor:
    """Final latents of the cached Euler sampler; one mask for both branches.

    `zero_residual` and `time_shift_steps` break it on purpose: a parity test that does not notice
    either of them tests nothing.
    """
    timesteps, sigmas = set_schedule(pipeline, step_count)
    model, latents = pipeline.transformer, noise
    residuals: list[torch.Tensor] = []
    for k in range(step_count):
        timestep = timesteps[min(k + time_shift_steps, step_count - 1)]
        if k in computed_steps:
            pairs = [full_step(model, latents, timestep, caption, residual_from) for caption in captions]
            velocities, residuals = [v for v, _ in pairs], [r for _, r in pairs]
        elif not residuals:
            raise ValueError("step 0 must be computed")
        else:
            used = [torch.zeros_like(r) if zero_residual else r for r in residuals]
            velocities = [
                cached_step(model, latents, timestep, caption, residual, residual_from)
                for caption, residual in zip(captions, used, strict=True)
            ]
        latents = latents + (sigmas[k + 1] - sigmas[k]) * guided(velocities, guidance_scale)
    return latents


def guided(velocities: list[torch.Tensor], guidance_scale: float) -> torch.Tensor:
    """pos + g·(pos − neg), or the one branch there is."""
    if len(velocities) == 1:
        return velocities[0]
    positive, negative = velocities
    return positive + guidance_scale * (positive - negative)


def reference(pipeline: ZImagePipeline, case: Case, size: Size) -> torch.Tensor:
    """Final latents of ZImagePipeline itself."""
    return pipeline(
        case.prompt,
        negative_prompt=case.negative_prompt,
        height=size.height,
        width=size.width,
        num_inference_steps=case.step_count,
        guidance_scale=case.guidance_scale,
        generator=torch.Generator().manual_seed(case.seed),
        max_sequence_length=text_tokens(pipeline),
        output_type="latent",
    ).images


@torch.no_grad()
def decode(pipeline: ZImagePipeline, latents: torch.Tensor) -> np.ndarray:
    """Latents → picture, uint8 [H, W, 3], rounded as ZImagePipeline does."""
    scaled = latents / pipeline.vae.config.scaling_factor + pipeline.vae.config.shift_factor
    image = pipeline.vae.decode(scaled, return_dict=False)[0]
    return np.array(pipeline.image_processor.postprocess(image, output_type="pil")[0])


def token_ids(pipeline: ZImagePipeline, prompt: str) -> list[int]:
    """Ids of prompt and template, cut but not padded."""
    messages = [{"role": "user", "content": prompt}]
    told = pipeline.tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=True
    )
    return pipeline.tokenizer(told, max_length=text_tokens(pipeline), truncation=True).input_ids


def write_case(pipeline: ZImagePipeline, case: Case, size: Size, out: Path) -> dict[str, object]:
    """Run and store one case; returns its entry of the index."""
    noise, captions = noise_of(pipeline, case.seed, size), captions_of(pipeline, case)
    latents = reference(pipeline, case, size)
    cached = sample(pipeline, noise, captions, case.guidance_scale, case.step_count, case.computed_steps)
    arrays = {
        "noise": noise.numpy(),
        "latents": latents.numpy(),
        "cachedLatents": cached.numpy(),
        "picture": decode(pipeline, latents),
        "cachedPicture": decode(pipeline, cached),
    }
    name = f"{case.name}-{size.width}x{size.height}"
    entry: dict[str, object] = {
        "name": name,
        "image": size._asdict(),
        "prompt": case.prompt,
        "negativePrompt": case.negative_prompt,
        "seed": case.seed,
        "guidanceScale": case.guidance_scale,
        "stepCount": case.step_count,
        "computedSteps": list(case.computed_steps),
        "sigmas": set_schedule(pipeline, case.step_count)[1].tolist(),
        "tokenIds": {
            "positive": token_ids(pipeline, case.prompt),
            "negative": token_ids(pipeline, case.negative_prompt),
        },
    }
    for key, array in arrays.items():
        dtype, suffix = ("uint8", "u8") if array.dtype == np.uint8 else ("float32", "f32")
        file = f"{name}-{key}.{suffix}"
        (out / file).write_bytes(array.astype("|u1" if dtype == "uint8" else "<f4").tobytes())
        entry[key] = {"file": file, "dtype": dtype, "shape": list(array.shape)}
    return entry


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipeline", type=Path, required=True, help="diffusers pipeline folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the goldens")
    parser.add_argument(
        "--size", action="append", type=size_from, metavar="WxH", help="pixels; may be given more than once"
    )
    args = parser.parse_args(arguments)
    pipeline = load(args.pipeline)
    side = pipeline.vae.config.sample_size
    sizes = args.size or [Size(side, side)]
    args.out.mkdir(parents=True, exist_ok=True)
    index = {
        "format": "budcache-parity/1",
        "pipeline": "z-image",
        "script": "training/twin_z_image.py",
        "command": " ".join(
            ["python -m training.twin_z_image --pipeline <folder of the micro pipeline> --out <this folder>"]
            + [f"--size {size.width}x{size.height}" for size in sizes]
        ),
        "versions": {p: importlib.metadata.version(p).split("+")[0] for p in ("torch", "diffusers", "transformers")},
        "meaning": {
            "weights": "rounded to float16, computed in float32",
            "latents": "ZImagePipeline itself, every step computed; [1, C, H, W]",
            "cachedLatents": "the twin sampler, only computedSteps computed, residual reused between them",
            "picture": "RGB, from latents",
            "cachedPicture": "RGB, from cachedLatents",
            "tokenIds": "template and prompt, cut, not padded",
        },
        "cases": [write_case(pipeline, case, size, args.out) for size in sizes for case in CASES],
        "tokens": [{"prompt": p, "tokenIds": token_ids(pipeline, p)} for p in TOKEN_PROMPTS],
    }
    text = json.dumps(index, indent=2, ensure_ascii=False)
    lines = re.sub(r"\[[-\d.,eE\s]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    (args.out / "index.json").write_text(lines + "\n", "utf-8")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
