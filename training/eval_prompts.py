"""The fixed prompts the model is judged on: `python -m training.eval_prompts` → training/eval/prompts.json.

Drawn once from their own seed, each naming every attribute it asks for; never used in training or tuning.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .scenes.captions import (
    COLOUR_WORDS,
    COUNT_WORDS,
    FLOOR_PHRASES,
    MATERIAL_WORDS,
    PLURALS,
    RELATION_PHRASES,
    SHAPE_WORDS,
    SIZE_WORDS,
    SKY_PHRASES,
)
from .scenes.spec import Scene, SceneObject, sample_scene

SEED = 424242
COUNTS = {"one": 200, "one-held-out": 60, "two": 160, "count": 80}
PROMPTS_FILE = Path(__file__).parent / "eval" / "prompts.json"


def _name(o: SceneObject) -> str:
    words = (SIZE_WORDS[o.size][0], MATERIAL_WORDS[o.material][0], COLOUR_WORDS[o.colour][0], SHAPE_WORDS[o.shape][0])
    return "a " + " ".join(words)


def _asked(o: SceneObject) -> dict[str, str]:
    return {"shape": o.shape, "colour": o.colour, "material": o.material, "size": o.size}


def _setting(scene: Scene) -> str:
    return f"on {FLOOR_PHRASES[scene.floor][0]} {SKY_PHRASES[scene.sky][0]}"


def build(seed: int = SEED) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    prompts: list[dict[str, Any]] = []

    def add(kind: str, text: str, **asked: Any) -> None:
        prompts.append({"kind": kind, "prompt": text, "seed": int(rng.integers(2**31)), **asked})

    for kind in ("one", "one-held-out"):
        for _ in range(COUNTS[kind]):
            scene = sample_scene(rng, 1, held_out=kind == "one-held-out")
            o = scene.objects[0]
            add(kind, f"{_name(o)} {_setting(scene)}", objects=[_asked(o)])
    while sum(p["kind"] == "two" for p in prompts) < COUNTS["two"]:
        scene = sample_scene(rng, 2)
        a, b = scene.objects
        if (a.shape, a.colour) == (b.shape, b.colour):
            continue
        relation = RELATION_PHRASES[scene.relation][0]
        text = f"{_name(a)} {relation} {_name(b)} {_setting(scene)}"
        add("two", text, objects=[_asked(a), _asked(b)], relation=scene.relation)
    while sum(p["kind"] == "count" for p in prompts) < COUNTS["count"]:
        scene = sample_scene(rng, 3)
        o, number = scene.objects[0], int(rng.integers(2, 4))
        word = SHAPE_WORDS[o.shape][0]
        text = f"{COUNT_WORDS[number]} {o.colour} {PLURALS.get(word, word + 's')} {_setting(scene)}"
        add("count", text, number=number, objects=[{"shape": o.shape, "colour": o.colour}])
    return prompts


def main() -> None:
    PROMPTS_FILE.parent.mkdir(exist_ok=True)
    rows = ",\n".join(json.dumps(row) for row in build())
    PROMPTS_FILE.write_text(f"[\n{rows}\n]\n")
    print(PROMPTS_FILE)


if __name__ == "__main__":
    main()
