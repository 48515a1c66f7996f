"""What loading any pipeline needs: refusals, checks of its folder, weights rounded to half precision."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers import DiffusionPipeline
from torch import nn

P = TypeVar("P", bound=DiffusionPipeline)


class ExportError(Exception):
    """A refusal with a code: `str(error)` is `code: message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


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


@torch.no_grad()
def round_to_half(module: nn.Module, name: str, keep: tuple[str, ...] = ()) -> list[str]:
    """Replace every parameter by its nearest float16 value, kept as float32.

    Parameters whose names end as one of `keep` stay as they are where float16 would lose their size;
    returns their names. Others that float16 cannot hold are refused.
    """
    kept = []
    for key, parameter in module.named_parameters():
        rounded = parameter.half().float()
        finite = bool(torch.isfinite(rounded).all())
        if key.endswith(keep) and not (finite and _close(rounded, parameter)):
            kept.append(key)
            continue
        if not finite:
            raise ExportError("weight-overflow", f"{name}.{key} does not fit float16")
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


def freeze(pipeline: DiffusionPipeline, encoders: tuple[str, ...]) -> None:
    """Round, freeze and make traceable the text encoders, the transformer and the VAE, in place."""
    for name in (*encoders, "transformer", "vae"):
        module = getattr(pipeline, name)
        module.eval().requires_grad_(False)
        round_to_half(module, name, FEED_FORWARD_OUT if name in encoders else ())
    for name in encoders:
        getattr(pipeline, name).set_attn_implementation("eager")  # plain MatMul and Softmax in the graph
    pipeline.set_progress_bar_config(disable=True)
