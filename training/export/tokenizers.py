"""Tokenizer files as the page's tokenizer library reads them, without anything of this machine."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from .pipeline import ExportError

# What the page's library or a person reading the bundle needs; the rest names folders and hub caches.
CONFIG_KEYS = (
    "tokenizer_class",
    "model_max_length",
    "bos_token",
    "eos_token",
    "pad_token",
    "unk_token",
    "add_prefix_space",
    "clean_up_tokenization_spaces",
)


@dataclass(frozen=True)
class TokenizerFiles:
    tokenizer: bytes
    config: bytes
    max_tokens: int
    pad_token_id: int
    end_token_id: int


def collect(tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> TokenizerFiles:
    """`tokenizer.json`, a cut `tokenizer_config.json`, and the numbers the manifest names."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        path = Path(folder) / "tokenizer.json"
        if not path.is_file():
            raise ExportError("unsupported-pipeline", f"{type(tokenizer).__name__} has no tokenizer.json")
        content = json.loads(path.read_text("utf-8"))
        config = json.loads((Path(folder) / "tokenizer_config.json").read_text("utf-8"))
    # Left over from the last call in this process, and the page pads and cuts by itself.
    content["truncation"] = content["padding"] = None
    kept = {key: config[key] for key in CONFIG_KEYS if key in config}
    if tokenizer.pad_token_id is None or tokenizer.eos_token_id is None:
        raise ExportError("unsupported-pipeline", f"{type(tokenizer).__name__} lacks a pad or end token")
    return TokenizerFiles(
        tokenizer=_json(content),
        config=_json(kept),
        max_tokens=max_tokens,
        pad_token_id=tokenizer.pad_token_id,
        end_token_id=tokenizer.eos_token_id,
    )


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
