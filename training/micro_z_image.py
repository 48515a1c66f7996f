"""Build the micro Z-Image pipeline: `python -m training.micro_z_image --bundle <folder>`.

A ZImagePipeline folder of the real classes in the smallest useful size, with random weights, for tests:
1 noise refiner, 1 context refiner and 2 main layers of width 64, 64 image tokens, 128×128 pixels, up to
64 tokens of text. As `training.micro`, it makes no pictures worth seeing; its velocity depends on
everything a real model's depends on.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

from .micro import captions, command, randomise, silence_fast_waves, vocabulary

TEXT_TOKENS = 64
OTHER_SIZE = "128x192"
SEED = 21
SHIFT = 3.0

MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# What Qwen3's template does with the one message of a user that the pipeline gives it.
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
    "{%- endif %}"
)


def qwen_tokenizer(texts: list[str], size: int = 480) -> Qwen2Tokenizer:
    """Byte-level BPE with Qwen's own pre-tokenizer, its merges learnt from `texts`."""
    learner = Tokenizer(BPE())
    learner.pre_tokenizer = Qwen2Tokenizer().backend_tokenizer.pre_tokenizer
    trainer = BpeTrainer(vocab_size=size, initial_alphabet=sorted(ByteLevel.alphabet()), show_progress=False)
    learner.train_from_iterator(texts, trainer)
    model = json.loads(learner.to_str())["model"]
    pieces = dict(sorted(model["vocab"].items(), key=lambda piece: piece[1]))
    tokenizer = Qwen2Tokenizer(
        vocab=pieces | {mark: len(pieces) + i for i, mark in enumerate(MARKS)},
        merges=[tuple(pair) for pair in model["merges"]],
        eos_token="<|im_end|>",
        model_max_length=TEXT_TOKENS,
        extra_special_tokens=["<|im_start|>"],
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def build() -> ZImagePipeline:
    """The micro pipeline, float32, the same on every call and every machine."""
    tokenizer = qwen_tokenizer(["user\nassistant\n", *captions()])
    qwen = Qwen3Model(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            max_position_embeddings=512,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )
    transformer = ZImageTransformer2DModel(
        in_channels=16,
        dim=64,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=64,
        axes_dims=[8, 12, 12],
        axes_lens=[128, 32, 32],
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=4,
        sample_size=128,
        scaling_factor=0.5,
        shift_factor=0.1,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=True,
    )
    rng = np.random.default_rng(SEED)
    for module in (qwen, transformer, vae):
        randomise(module, rng)
        module.eval().requires_grad_(False)
    adjust(transformer)
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT),
        vae=vae,
        text_encoder=qwen,
        tokenizer=tokenizer,
        transformer=transformer,
    )


@torch.no_grad()
def adjust(transformer: ZImageTransformer2DModel) -> None:
    """Make the velocity change slowly with time, and filling tokens as large as others."""
    time = transformer.t_embedder.mlp[0].weight
    time.mul_(4.0)
    silence_fast_waves(time, 1000.0, 4.0)
    for token in (transformer.x_pad_token, transformer.cap_pad_token):
        token.mul_(8.0)


def write(folder: Path) -> None:
    """The pipeline in diffusers' format, and beside it the vocabulary file for the exporter."""
    build().save_pretrained(folder)
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary(), indent=2) + "\n")


def export_arguments(folder: Path, bundle: Path) -> list[str]:
    """The exporter's command line for the micro bundle."""
    told = {
        "--out": str(bundle),
        "--id": "micro-z-image",
        "--name": "Micro Z-Image (random weights, for tests)",
        "--text-tokens": str(TEXT_TOKENS),
        "--also": OTHER_SIZE,
        "--vocabulary": str(folder / "vocabulary.json"),
        "--licence": "Apache-2.0",
        "--provenance": "Random weights made by python -m training.micro_z_image.",
    }
    return [str(folder), *(part for pair in told.items() for part in pair)]


if __name__ == "__main__":
    sys.exit(command(__doc__, Path("training/work/micro-z-image"), write, export_arguments))
