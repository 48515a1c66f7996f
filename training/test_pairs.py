"""The pairs of the final tables: `python -m training.test_pairs` → bench/pairs/test.json.

Drawn from their own seed, like the evaluation's prompts with what each asks for. A prompt or seed of any other
fixed set is drawn again, so that the sets are disjoint by construction.
"""

from __future__ import annotations

import json
from pathlib import Path

from . import eval_prompts

SEED = 5_150_150
COUNTS = {"one": 32, "one-held-out": 8, "two": 24, "count": 8}
OTHERS = (Path("bench/pairs/calibration.json"), Path("bench/pairs/validation.json"), eval_prompts.PROMPTS_FILE)
OUT = Path("bench/pairs/test.json")


def build() -> list[dict[str, object]]:
    """As many of each kind as `COUNTS` says, none of them in another set, no prompt and no seed twice."""
    others = [pair for path in OTHERS for pair in json.loads(path.read_text())]
    prompts = {pair["prompt"] for pair in others}
    seeds = {pair["seed"] for pair in others}
    chosen: list[dict[str, object]] = []
    left = dict(COUNTS)
    for pair in eval_prompts.build(SEED):
        if left[pair["kind"]] == 0 or pair["prompt"] in prompts or pair["seed"] in seeds:
            continue
        chosen.append(pair)
        left[pair["kind"]] -= 1
        prompts.add(pair["prompt"])
        seeds.add(pair["seed"])
    assert not any(left.values()), left
    return chosen


def main() -> None:
    rows = ",\n".join(json.dumps(row) for row in build())
    OUT.write_text(f"[\n{rows}\n]\n")
    print(OUT)


if __name__ == "__main__":
    main()
