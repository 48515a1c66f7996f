"""Modules whose weights stay on disk: what a model of any size needs to be traced is its shapes.

A hollow parameter has its full shape over memory that nobody has touched, which costs none. Its values
are read from the checkpoint one tensor at a time, when they are written.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn

from .errors import ExportError

# Checkpoints of a model with a head, or of an older transformers, say these before a parameter's name.
PREFIXES = ("", "model.", "text_model.", "transformer.")

# (name, values) → values as they are stored.
Rounding = Callable[[str, torch.Tensor], torch.Tensor]


class HollowParameter(nn.Parameter):
    """float32 zeros by shape; `load` reads the values."""

    stored_at: tuple[Path, str]
    rounding: Rounding

    def load(self) -> torch.Tensor:
        """As the export stores them, in float32."""
        return self.rounding(self.stored_at[1], self.load_unrounded())

    def load_unrounded(self) -> torch.Tensor:
        """As the checkpoint has them, in float32."""
        file, key = self.stored_at
        with safe_open(file, "pt") as tensors:
            values = tensors.get_tensor(key).float()
        if values.shape != self.shape:
            raise ExportError("weights-invalid", f"{key} is {list(values.shape)}, the model wants {list(self.shape)}")
        return values


@contextmanager
def without_weights() -> Iterator[None]:
    """Inside, modules come up without memory for their parameters; buffers are as ever."""
    register = nn.Module.register_parameter

    def hollow(self: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        if parameter is not None and not parameter.is_meta:
            # Its initialisation costs nothing there either.
            parameter = nn.Parameter(parameter.to("meta"), requires_grad=False)
        register(self, name, parameter)

    nn.Module.register_parameter = hollow
    try:
        yield
    finally:
        nn.Module.register_parameter = register


def stored_tensors(folder: Path) -> dict[str, Path]:
    """Tensor name → safetensors file, of all files in a component's folder."""
    for index in folder.glob("*.safetensors.index.json"):
        return {key: folder / file for key, file in json.loads(index.read_text())["weight_map"].items()}
    found: dict[str, Path] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as tensors:
            found |= dict.fromkeys(tensors.keys(), file)
    if not found:
        raise ExportError("weights-missing", f"no safetensors files in {folder.name}")
    return found


def untouched(shape: torch.Size) -> torch.Tensor:
    """float32 zeros on pages of their own, which are not there until touched; a heap would clear what it gives anew."""
    return torch.frombuffer(mmap.mmap(-1, 4 * max(1, shape.numel())), dtype=torch.float32)[: shape.numel()].view(shape)


def attach(module: nn.Module, folder: Path, rounding: Rounding) -> None:
    """Turn the `meta` parameters of a module made `without_weights` into hollow ones of the checkpoint."""
    stored = stored_tensors(folder)
    aliases: dict[nn.Parameter, list[str]] = {}
    for key, parameter in module.named_parameters(remove_duplicate=False):
        aliases.setdefault(parameter, []).append(key)
    filled: dict[nn.Parameter, HollowParameter] = {}
    for parameter, keys in aliases.items():
        named = next((p + key for key in keys for p in PREFIXES if p + key in stored), None)
        if named is None:
            raise ExportError("weights-missing", f"{folder.name}: the checkpoint has no {keys[0]}")
        filled[parameter] = HollowParameter(untouched(parameter.shape), requires_grad=False)
        filled[parameter].stored_at, filled[parameter].rounding = (stored[named], named), rounding
    for part in module.modules():
        for name, parameter in list(part._parameters.items()):
            if parameter is not None:
                part._parameters[name] = filled[parameter]


@torch.no_grad()
def fill(module: nn.Module) -> None:
    """Read the hollow parameters of a small module in, for who computes with them before anything is traced."""
    for parameter in module.parameters():
        if isinstance(parameter, HollowParameter):
            parameter.copy_(parameter.load())
