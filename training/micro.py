"""Build the micro pipeline: `python -m training.micro --bundle public/models/micro`.

A FluxPipeline folder of the real classes in the smallest useful size, with random weights, for tests:
1 double and 1 single block of width 64, 64 image tokens, 128×128 pixels, 32 tokens of text. It makes
no pictures worth seeing; what matters is that its velocity depends on everything a real model's
depends on (latents, time, guidance, both texts, the blocks), so that a wrong wire shows as a wrong
result. Weights come from NumPy's generator, so that every machine builds the same ones.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
)
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

from .export.__main__ import main as export

TEXT_TOKENS = 32
SEED = 20

SHAPES = ("sphere", "cube", "cylinder", "cone", "torus")
COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "black")
MATERIALS = ("matte", "shiny", "metal")
SIZES = ("small", "large")
FLOORS = ("white", "gray", "wooden", "checkered", "tiled", "sandy", "grassy")
SKIES = ("blue", "sunset", "cloudy", "night", "pale")
LINKS = ("a", "an", "the", "on", "in", "of", "to", "with", "and", "under", "left", "right", "front", "behind")
NOUNS = ("floor", "sky")
PUNCTUATION = (",", ".", "-", "'")


def words() -> list[str]:
    """Every word the micro captions use, each once, in a fixed order."""
    groups = (SHAPES, COLOURS, MATERIALS, SIZES, FLOORS, SKIES, LINKS, NOUNS)
    return list(dict.fromkeys(word for group in groups for word in group))


def captions() -> list[str]:
    """A few sentences that use every word, for training the CLIP merges."""
    told = []
    for i, colour in enumerate(COLOURS):
        shape, other = SHAPES[i % 5], SHAPES[(i + 2) % 5]
        size, material = SIZES[i % 2], MATERIALS[i % 3]
        place = ("to the left of", "to the right of", "in front of", "behind")[i % 4]
        floor, sky = FLOORS[i % 7], SKIES[i % 5]
        told.append(
            f"a {size} {material} {colour} {shape} {place} a {COLOURS[-i]} {other} on a {floor} floor under a {sky} sky"
        )
        told.append(f"an {colour} {shape}, and the {other} with a {material} {shape} on the {floor} floor.")
    return told


def vocabulary() -> dict[str, dict[str, list[str]] | list[str]]:
    """What `python -m training.export --vocabulary` reads."""
    groups = {
        "shapes": SHAPES,
        "colours": COLOURS,
        "materials": MATERIALS,
        "sizes": SIZES,
        "floors": FLOORS,
        "skies": SKIES,
        "links": LINKS + NOUNS,
    }
    examples = [
        "a large shiny red cube on a wooden floor under a blue sky",
        "a small metal cyan sphere to the left of a purple cone on a checkered floor under a night sky",
        "a matte yellow torus in front of a white cylinder on a grassy floor under a sunset sky",
    ]
    return {"groups": {name: list(group) for name, group in groups.items()}, "examples": examples}


def t5_tokenizer(vocabulary: list[str], max_tokens: int = TEXT_TOKENS) -> T5Tokenizer:
    """A Unigram tokenizer of whole words; unknown words fall apart into letters."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789") + list(PUNCTUATION)
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -6.0)]
    pieces += [(f"▁{word}", -4.0) for word in vocabulary]
    pieces += [(letter, -8.0) for letter in letters if letter not in vocabulary]
    pieces += [(letter, -8.0) for letter in letters if letter in vocabulary]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=max_tokens)


def clip_tokenizer(texts: list[str], max_tokens: int = TEXT_TOKENS, size: int = 800) -> CLIPTokenizer:
    """Byte-level BPE with CLIP's own pre-tokenizer, its merges learnt from `texts`."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    learner = Tokenizer(BPE(end_of_word_suffix="</w>"))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    # Last letters get fixed ids this way; else ties between merges fall differently in every run.
    trainer = BpeTrainer(
        vocab_size=size,
        initial_alphabet=alphabet,
        special_tokens=[f"{letter}</w>" for letter in alphabet],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    merges = _merges(learner)
    pieces = alphabet + [f"{letter}</w>" for letter in alphabet]
    pieces += [piece for piece in (first + second for first, second in merges) if piece not in pieces]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=max_tokens)


def _merges(learner: Tokenizer) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]


def _gain(name: str) -> float:
    """Standard deviation of a matrix entry times √fan_in, so that no path of the model fades or saturates."""
    if "norm" in name and "linear" in name:
        return 0.9  # shifts, scales and gates of the adaptive norms: about 0.6 in size
    if "embedder.linear_1" in name and ("timestep" in name or "guidance" in name):
        return 4.0  # most of its columns are silenced by smooth
    return 1.0


@torch.no_grad()
def randomise(module: nn.Module, rng: np.random.Generator, bias: float = 0.1) -> None:
    """Give every parameter a fresh random value: matrices by fan-in, biases small, norm weights near one."""
    for name, parameter in module.named_parameters():
        noise = rng.standard_normal(parameter.shape)
        if parameter.ndim > 1:
            embedding = "embedding" in name or "shared" in name or "relative_attention_bias" in name
            fan_in = 1 if embedding else math.prod(parameter.shape[1:])
            value = noise * _gain(name) / math.sqrt(fan_in)
        elif name.endswith("bias"):
            value = noise * bias
        else:
            value = 1 + 0.1 * noise
        parameter.copy_(torch.from_numpy(value))


@torch.no_grad()
def silence_fast_waves(weight: torch.Tensor, reach: float, radians: float) -> None:
    """Scale the columns of the layer behind a sinusoidal projection [width, 256], as training would.

    Otherwise the velocity is noise in time, no step resembles the one before, and a cache has nothing
    to reuse. Kept: waves that turn by about `radians` or less over an input of 0 to `reach`.
    """
    frequencies = torch.exp(-math.log(10_000) * torch.arange(128) / 128)
    keep = 1 / (1 + (frequencies * reach / radians) ** 4)
    weight.mul_(torch.cat([keep, keep]))


def smooth(transformer: FluxTransformer2DModel) -> None:
    """Make the velocity change slowly with time and guidance."""
    embedding = transformer.time_text_embed
    silence_fast_waves(embedding.timestep_embedder.linear_1.weight, 1000.0, 4.0)
    silence_fast_waves(embedding.guidance_embedder.linear_1.weight, 6000.0, 3.0)


def build() -> FluxPipeline:
    """The micro pipeline, float32, the same on every call and every machine."""
    t5_words, clip_words = t5_tokenizer(words()), clip_tokenizer(captions())
    t5 = T5EncoderModel(
        T5Config(
            vocab_size=len(t5_words),
            d_model=64,
            d_kv=32,
            d_ff=128,
            num_layers=2,
            num_heads=2,
            feed_forward_proj="gated-gelu",
            dropout_rate=0.0,
            pad_token_id=t5_words.pad_token_id,
            eos_token_id=t5_words.eos_token_id,
        )
    )
    clip = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(clip_words),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=TEXT_TOKENS,
            pad_token_id=clip_words.pad_token_id,
            bos_token_id=clip_words.bos_token_id,
            eos_token_id=clip_words.eos_token_id,
        )
    )
    transformer = FluxTransformer2DModel(
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=32,
        num_attention_heads=2,
        joint_attention_dim=64,
        pooled_projection_dim=64,
        guidance_embeds=True,
        axes_dims_rope=(8, 12, 12),
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
        mid_block_add_attention=False,
    )
    rng = np.random.default_rng(SEED)
    for module in (t5, clip, transformer, vae):
        randomise(module, rng)
        module.eval().requires_grad_(False)
    smooth(transformer)
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=vae,
        text_encoder=clip,
        tokenizer=clip_words,
        text_encoder_2=t5,
        tokenizer_2=t5_words,
        transformer=transformer,
    )


def write(folder: Path) -> None:
    """The pipeline in diffusers' format, and beside it the vocabulary file for the exporter."""
    build().save_pretrained(folder)
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary(), indent=2) + "\n")


def cut_arguments(folder: Path, bundle: Path) -> list[str]:
    """The exporter's command line for the bundle with `full` in three parts, e2e/fixtures/models/micro-cut."""
    name = "Micro, cut in three (random weights, for tests)"
    # The last of two answers counts.
    return [*export_arguments(folder, bundle), "--id", "micro-cut", "--name", name, "--parts", "3"]


def export_arguments(folder: Path, bundle: Path) -> list[str]:
    """The exporter's command line for the micro bundle."""
    told = {
        "--out": str(bundle),
        "--id": "micro",
        "--name": "Micro (random weights, for tests)",
        "--vocabulary": str(folder / "vocabulary.json"),
        "--licence": "Apache-2.0",
        "--provenance": "Random weights made by python -m training.micro.",
    }
    return [str(folder), *(part for pair in told.items() for part in pair)]


def command(
    description: str | None,
    folder: Path,
    write_pipeline: Callable[[Path], None],
    arguments: Callable[[Path, Path], list[str]],
) -> int:
    """The command line of a micro pipeline: write its folder, and export it where `--bundle` says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=folder, help="pipeline folder")
    parser.add_argument("--bundle", type=Path, help="also export to this folder")
    args = parser.parse_args()
    write_pipeline(args.out)
    print(f"wrote {args.out}")
    return export(arguments(args.out, args.bundle)) if args.bundle else 0


if __name__ == "__main__":
    sys.exit(command(__doc__, Path("training/work/micro"), write, export_arguments))
