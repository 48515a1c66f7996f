"""What the judge says of the methods' pictures: `python -m training.judge_methods --model scenes`.

Reads bench/results/method-<model>.json and the pictures that `npm run lab -- methods` left in bench/work, and writes
into each row `compliance`: the share of the test prompts whose picture shows all that was asked for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .classifier import Judge, judge_pictures, load_judge
from .evaluate import verdict
from .pictures import to_tensor

PAIRS = Path("bench/pairs/test.json")
RESULTS = Path("bench/results")
PICTURES = Path("bench/work/pictures")
SIZE_PX = 128

# What of a verdict must hold, by the prompt's kind.
ASKED = {
    "one": ("shape+colour+material", "one object"),
    "one-held-out": ("shape+colour+material", "one object"),
    "two": ("both shape+colour", "relation"),
    "count": ("number",),
}


def row_key(row: dict[str, Any]) -> str:
    """The folder of the row's pictures."""
    return f"{row['method']}-{row['nfe']:02d}"


def read_pictures(folder: Path, count: int) -> torch.Tensor:
    """The first pictures of a row, [count, 3, 128, 128] in [-1, 1]. Raises FileNotFoundError where one is missing."""
    pixels = [np.fromfile(folder / f"{index:04d}.rgb", np.uint8) for index in range(count)]
    return to_tensor(np.stack(pixels).reshape(count, SIZE_PX, SIZE_PX, 3))


def compliance(judge: Judge, pictures: torch.Tensor, pairs: list[dict[str, Any]]) -> float:
    """Share of the pairs whose picture keeps all of its prompt."""
    found, _ = judge_pictures(judge, pictures)
    kept = 0
    for pair, objects in zip(pairs, found, strict=True):
        says = verdict(pair, objects)
        kept += all(says[name] for name in ASKED[pair["kind"]])
    return kept / len(pairs)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="scenes")
    args = parser.parse_args(arguments)
    file = RESULTS / f"method-{args.model}.json"
    results = json.loads(file.read_text())
    pairs, judge = json.loads(PAIRS.read_text()), load_judge()
    for row in results["rows"]:
        count = row["pairs"]
        pictures = read_pictures(PICTURES / args.model / row_key(row), count)
        row["compliance"] = compliance(judge, pictures, pairs[:count])
        print(f"{row_key(row)}: {row['compliance']:.3f}", flush=True)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
