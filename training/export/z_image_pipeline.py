"""Load a ZImagePipeline folder ready to trace; refuse what the bundle format cannot say."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from diffusers import ZImagePipeline
from transformers import PreTrainedTokenizerBase

from .pipeline import (
    SCHEDULER,
    ExportError,
    check_index,
    check_scheduler,
    freeze,
    open_folder,
    pipeline_class,
    read_folder,
    require,
)

# What each part has to be, by the names of `model_index.json`.
CLASSES = {
    "scheduler": ("FlowMatchEulerDiscreteScheduler",),
    "text_encoder": ("Qwen3Model",),
    "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast"),
    "transformer": ("ZImageTransformer2DModel",),
    "vae": ("AutoencoderKL",),
}

PATCH = 2
# ZImagePipeline turns timesteps to times with this number, whatever the scheduler says.
TRAIN_TIMESTEPS = 1000

ENCODERS = ("text_encoder",)


def check_config(pipeline: ZImagePipeline) -> None:
    """Refuse configurations whose result the manifest could not describe."""
    scheduler, transformer, vae = pipeline.scheduler.config, pipeline.transformer.config, pipeline.vae.config
    check_scheduler(scheduler, {"use_dynamic_shifting": False, "num_train_timesteps": TRAIN_TIMESTEPS} | SCHEDULER)
    sizes = zip(transformer.all_patch_size, transformer.all_f_patch_size, strict=True)
    require((PATCH, 1) in sizes, f"the transformer has no patch size of {PATCH}×{PATCH}×1")
    require(transformer.siglip_feat_dim is None, "the transformer takes pictures as conditions")
    require(
        transformer.in_channels == vae.latent_channels,
        f"transformer channels {transformer.in_channels} do not fit {vae.latent_channels} latent channels",
    )
    require(vae.shift_factor is not None, "the VAE has no shift_factor")
    encoder = pipeline.text_encoder.config
    require(
        transformer.cap_feat_dim == encoder.hidden_size,
        f"the transformer takes captions of width {transformer.cap_feat_dim}, the encoder gives {encoder.hidden_size}",
    )
    require(set(encoder.layer_types) == {"full_attention"}, "the text encoder attends through a sliding window")
    require(pipeline.tokenizer.padding_side == "right", "the tokenizer pads on the left")
    require(pipeline.tokenizer.truncation_side == "right", "the tokenizer cuts on the left")
    chat_template(pipeline.tokenizer)


def chat_template(tokenizer: PreTrainedTokenizerBase) -> tuple[str, str]:
    """What ZImagePipeline puts before and after a prompt; refused where it does more than that."""

    def told(prompt: str) -> str:
        messages = [{"role": "user", "content": prompt}]
        return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=True)

    mark = "prompt-goes-here"
    prefix, found, suffix = told(mark).partition(mark)
    for prompt in ("", " two  spaces ", "line\nbreak\n", "<|tag|> {{ braces }}", "<think>a</think> b"):
        if not found or told(prompt) != prefix + prompt + suffix:
            raise ExportError("unsupported-pipeline", f"the chat template changes the prompt {prompt!r}")
    return prefix, suffix


def open_stored(folder: Path, exact: Collection[str] = ()) -> ZImagePipeline:
    """The folder's pipeline ready to trace, most of its weights left on disk; `exact` parts are not rounded."""
    check_index(folder, CLASSES)
    pipeline = open_folder(folder, ZImagePipeline, ENCODERS, exact)
    check_config(pipeline)
    return pipeline


def load(folder: Path) -> ZImagePipeline:
    """The folder's pipeline on the CPU: float32 computation on float16-rounded weights, ready to trace."""
    name = pipeline_class(folder)
    require(name == "ZImagePipeline", f"the pipeline class is {name}, not ZImagePipeline")
    check_index(folder, CLASSES)
    return prepare(read_folder(folder, ZImagePipeline))


def prepare(pipeline: ZImagePipeline) -> ZImagePipeline:
    """Check, round and freeze a loaded pipeline in place; returned for chaining."""
    check_config(pipeline)
    freeze(pipeline, ENCODERS)
    return pipeline
