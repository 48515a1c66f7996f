"""Load a FluxPipeline folder ready to trace; refuse what the bundle format cannot say."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from diffusers import FluxPipeline

from .pipeline import SCHEDULER, check_index, check_scheduler, freeze, open_folder, pipeline_class, read_folder, require

# What each part has to be, by the names of `model_index.json`.
CLASSES = {
    "scheduler": ("FlowMatchEulerDiscreteScheduler",),
    "text_encoder": ("CLIPTextModel",),
    "text_encoder_2": ("T5EncoderModel",),
    "transformer": ("FluxTransformer2DModel",),
    "vae": ("AutoencoderKL",),
}

ENCODERS = ("text_encoder", "text_encoder_2")


def check_config(pipeline: FluxPipeline) -> None:
    """Refuse configurations whose result the manifest could not describe."""
    transformer, vae = pipeline.transformer.config, pipeline.vae.config
    dynamic = {"use_dynamic_shifting": True, "time_shift_type": "exponential"}
    check_scheduler(pipeline.scheduler.config, dynamic | SCHEDULER)
    require(transformer.guidance_embeds, "the transformer takes no guidance input")
    require(transformer.patch_size == 1, f"transformer patch_size is {transformer.patch_size}, not 1")
    out_channels = transformer.out_channels or transformer.in_channels
    require(
        transformer.in_channels == out_channels == 4 * vae.latent_channels,
        f"transformer channels {transformer.in_channels} → {out_channels} do not fit {vae.latent_channels} "
        "latent channels packed by 2×2",
    )
    require(vae.shift_factor is not None, "the VAE has no shift_factor")
    eos = pipeline.tokenizer.eos_token_id
    # Old CLIP configs say 2 and mean the highest id.
    highest = len(pipeline.tokenizer) - 1
    require(
        pipeline.text_encoder.config.eos_token_id in ((eos, 2) if eos == highest else (eos,)),
        "the CLIP text encoder pools another token than its tokenizer's end of text",
    )


def open_stored(folder: Path, exact: Collection[str] = ()) -> FluxPipeline:
    """The folder's pipeline ready to trace, most of its weights left on disk; `exact` parts are not rounded."""
    check_index(folder, CLASSES)
    pipeline = open_folder(folder, FluxPipeline, ENCODERS, exact)
    check_config(pipeline)
    return pipeline


def load(folder: Path) -> FluxPipeline:
    """The folder's pipeline on the CPU: float32 computation on float16-rounded weights, ready to trace."""
    name = pipeline_class(folder)
    require(name == "FluxPipeline", f"the pipeline class is {name}, not FluxPipeline")
    check_index(folder, CLASSES)
    return prepare(read_folder(folder, FluxPipeline))


def prepare(pipeline: FluxPipeline) -> FluxPipeline:
    """Check, round and freeze a loaded pipeline in place; returned for chaining."""
    check_config(pipeline)
    freeze(pipeline, ENCODERS)
    return pipeline
