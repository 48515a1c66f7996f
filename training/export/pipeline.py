"""What loading any pipeline needs: refusals, checks of its folder, weights rounded to half precision."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers import DiffusionPipeline
from torch import nn

from .errors import ExportError
from .hollow import Rounding, attach, without_weights

P = TypeVar("P", bound=DiffusionPipeline)


# Scheduler settings that would change the sigmas or the step, and the only values the format knows.
SCHEDULER = {
    "shift_terminal": None,
    "use_karras_sigmas": False,
    "use_exponential_sigmas": False,
    "use_beta_sigmas": False,
    "invert_sigmas": False,
    "stochastic_sampling": False,
}

# The feed-forward layers' second projections in T5 and Qwen, by the ends of their names. What they
# multiply is the largest activation of the model, and training may leave them very small or very large.
FEED_FORWARD_OUT = ("DenseReluDense.wo.weight", "mlp.down_proj.weight")
# Rounding normal numbers to float16 costs about 2^-12 of their size, subnormal ones far more.
HALF_ERROR = 2.0**-10


def require(holds: bool, message: str) -> None:
    if not holds:
        raise ExportError("unsupported-pipeline", message)


def pipeline_class(folder: Path) -> str:
    """The class that `model_index.json` names."""
    return str(_index(folder).get("_class_name"))


def _index(folder: Path) -> dict[str, Any]:
    path = folder / "model_index.json"
    if not path.is_file():
        raise ExportError("not-a-pipeline", f"no model_index.json in {folder}")
    return json.loads(path.read_text())


def check_index(folder: Path, classes: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a folder whose parts are not of the known classes, before anything is loaded."""
    index = _index(folder)
    for part, known in classes.items():
        found = (index.get(part) or [None, None])[1]
        require(found in known, f"{part} is {found}, not {' or '.join(known)}")


def check_scheduler(config: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse a scheduler that the manifest could not describe."""
    for key, value in expected.items():
        found = config.get(key) or (False if value is False else None)
        require(found == value, f"scheduler {key} is {config.get(key)}, not {value}")


def rounded_to_half(values: torch.Tensor, name: str, keep: tuple[str, ...] = ()) -> torch.Tensor:
    """The nearest float16 values as float32; `values` itself where `name` ends as one of `keep` and they do not fit.

    Others that float16 cannot hold are refused.
    """
    rounded = values.half().float()
    finite = bool(torch.isfinite(rounded).all())
    if name.endswith(keep) and not (finite and _close(rounded, values)):
        return values
    if not finite:
        raise ExportError("weight-overflow", f"{name} does not fit float16")
    return rounded


@torch.no_grad()
def round_to_half(module: nn.Module, name: str, keep: tuple[str, ...] = ()) -> list[str]:
    """Round every parameter in place; returns the names of those that stay as they are (`rounded_to_half`)."""
    kept = []
    for key, parameter in module.named_parameters():
        rounded = rounded_to_half(parameter, f"{name}.{key}", keep)
        if rounded is parameter:
            kept.append(key)
        else:
            parameter.copy_(rounded)
    return kept


def _close(rounded: torch.Tensor, exact: torch.Tensor) -> bool:
    return float((rounded - exact).norm()) <= HALF_ERROR * float(exact.norm())


def tokenizer_changes(folder: Path, pipeline: DiffusionPipeline) -> list[str]:
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


def read_folder(folder: Path, kind: type[P]) -> P:
    """The folder's pipeline on the CPU in float32, with a word about changed tokenizers."""
    pipeline = kind.from_pretrained(folder, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False)
    for warning in tokenizer_changes(folder, pipeline):
        print(f"warning: {warning}", file=sys.stderr)
    return pipeline


def open_folder(folder: Path, kind: type[P], encoders: tuple[str, ...], exact: Collection[str] = ()) -> P:
    """The folder's pipeline with the weights of its text encoders and transformer left on disk (hollow.py).

    `exact` names the parts whose weights are not rounded to float16.
    """
    parts = {}
    for name in (*encoders, "transformer"):
        keep = FEED_FORWARD_OUT if name in encoders else ()
        parts[name] = open_part(folder / name, _index(folder)[name], _as_is if name in exact else _rounding(name, keep))
        if name in encoders:
            parts[name].set_attn_implementation("eager")  # plain MatMul and Softmax in the graph
    told = {"dtype": torch.float32, "local_files_only": True, "low_cpu_mem_usage": False}
    pipeline = kind.from_pretrained(folder, **parts, **told)
    for warning in tokenizer_changes(folder, pipeline):
        print(f"warning: {warning}", file=sys.stderr)
    pipeline.vae.eval().requires_grad_(False)
    if "vae" not in exact:
        round_to_half(pipeline.vae, "vae")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def open_part(folder: Path, classes: tuple[str, str], rounding: Rounding) -> nn.Module:
    """A component by its entry in `model_index.json`, its weights left on disk."""
    library, name = classes
    kind = getattr(importlib.import_module(library), name)
    with without_weights():
        if library == "transformers":
            part = kind(kind.config_class.from_pretrained(folder))
        else:
            part = kind.from_config(kind.load_config(folder))
    part.eval()
    attach(part, folder, rounding)
    return part


def _rounding(part: str, keep: tuple[str, ...]) -> Rounding:
    return lambda name, values: rounded_to_half(values, f"{part}.{name}", keep)


def _as_is(_: str, values: torch.Tensor) -> torch.Tensor:
    return values


def freeze(pipeline: DiffusionPipeline, encoders: tuple[str, ...]) -> None:
    """Round, freeze and make traceable the text encoders, the transformer and the VAE, in place."""
    for name in (*encoders, "transformer", "vae"):
        module = getattr(pipeline, name)
        module.eval().requires_grad_(False)
        round_to_half(module, name, FEED_FORWARD_OUT if name in encoders else ())
    for name in encoders:
        getattr(pipeline, name).set_attn_implementation("eager")  # plain MatMul and Softmax in the graph
    pipeline.set_progress_bar_config(disable=True)
