"""Load a diffusers folder, refuse what the bundle format cannot say, round the weights to half precision."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from diffusers import FluxPipeline
from torch import nn


class ExportError(Exception):
    """A refusal with a code: `str(error)` is `code: message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


# What each part has to be, by the names of `model_index.json`.
CLASSES = {
    "scheduler": "FlowMatchEulerDiscreteScheduler",
    "text_encoder": "CLIPTextModel",
    "text_encoder_2": "T5EncoderModel",
    "transformer": "FluxTransformer2DModel",
    "vae": "AutoencoderKL",
}

# Scheduler settings that would change the sigmas or the step, and the only values the format knows.
SCHEDULER = {
    "use_dynamic_shifting": True,
    "time_shift_type": "exponential",
    "shift_terminal": None,
    "use_karras_sigmas": False,
    "use_exponential_sigmas": False,
    "use_beta_sigmas": False,
    "invert_sigmas": False,
    "stochastic_sampling": False,
}


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ExportError("unsupported-pipeline", message)


def check_index(folder: Path) -> None:
    """Refuse a folder that is no FluxPipeline of the known classes, before anything is loaded."""
    index_path = folder / "model_index.json"
    if not index_path.is_file():
        raise ExportError("not-a-pipeline", f"no model_index.json in {folder}")
    index = json.loads(index_path.read_text())
    name = index.get("_class_name")
    _require(name == "FluxPipeline", f"the pipeline class is {name}, only FluxPipeline is exported")
    for part, expected in CLASSES.items():
        found = (index.get(part) or [None, None])[1]
        _require(found == expected, f"{part} is {found}, not {expected}")


def check_config(pipeline: FluxPipeline) -> None:
    """Refuse configurations whose result the manifest could not describe."""
    scheduler, transformer, vae = pipeline.scheduler.config, pipeline.transformer.config, pipeline.vae.config
    for key, expected in SCHEDULER.items():
        found = scheduler.get(key) or (False if expected is False else None)
        _require(found == expected, f"scheduler {key} is {scheduler.get(key)}, not {expected}")
    _require(transformer.guidance_embeds, "the transformer takes no guidance input")
    _require(transformer.patch_size == 1, f"transformer patch_size is {transformer.patch_size}, not 1")
    out_channels = transformer.out_channels or transformer.in_channels
    _require(
        transformer.in_channels == out_channels == 4 * vae.latent_channels,
        f"transformer channels {transformer.in_channels} → {out_channels} do not fit {vae.latent_channels} "
        "latent channels packed by 2×2",
    )
    _require(vae.shift_factor is not None, "the VAE has no shift_factor")
    eos = pipeline.tokenizer.eos_token_id
    # Old CLIP configs say 2 and mean the highest id.
    highest = len(pipeline.tokenizer) - 1
    _require(
        pipeline.text_encoder.config.eos_token_id in ((eos, 2) if eos == highest else (eos,)),
        "the CLIP text encoder pools another token than its tokenizer's end of text",
    )


@torch.no_grad()
def round_to_half(module: nn.Module, name: str) -> None:
    """Replace every parameter by its nearest float16 value, kept as float32."""
    for key, parameter in module.named_parameters():
        rounded = parameter.half().float()
        if not torch.isfinite(rounded).all():
            raise ExportError("weight-overflow", f"{name}.{key} does not fit float16")
        parameter.copy_(rounded)


def load(folder: Path) -> FluxPipeline:
    """The folder's pipeline on the CPU: float32 computation on float16-rounded weights, ready to trace."""
    check_index(folder)
    pipeline = FluxPipeline.from_pretrained(folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False)
    for warning in tokenizer_changes(folder, pipeline):
        print(f"warning: {warning}", file=sys.stderr)
    return prepare(pipeline)


def tokenizer_changes(folder: Path, pipeline: FluxPipeline) -> list[str]:
    """Where transformers reads a tokenizer otherwise than its file says, in words.

    Its T5Tokenizer, for one, builds normalizer and pre-tokenizer anew; a model trained with the file's
    own ones then sees other tokens. PreTrainedTokenizerFast keeps the file as it is.
    """
    changes = []
    for part in ("tokenizer", "tokenizer_2"):
        path = folder / part / "tokenizer.json"
        if not path.is_file():
            continue
        stored = json.loads(path.read_text("utf-8"))
        loaded = json.loads(getattr(pipeline, part).backend_tokenizer.to_str())
        for key in ("normalizer", "pre_tokenizer"):
            if stored[key] != loaded[key]:
                kind = type(getattr(pipeline, part)).__name__
                changes.append(f"{part}: {kind} replaces the {key} of its tokenizer.json")
    return changes


def prepare(pipeline: FluxPipeline) -> FluxPipeline:
    """Check, round and freeze a loaded pipeline in place; returned for chaining."""
    check_config(pipeline)
    for name in ("text_encoder", "text_encoder_2", "transformer", "vae"):
        module = getattr(pipeline, name)
        module.eval().requires_grad_(False)
        round_to_half(module, name)
    for encoder in (pipeline.text_encoder, pipeline.text_encoder_2):
        encoder.set_attn_implementation("eager")  # plain MatMul and Softmax in the graph
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
