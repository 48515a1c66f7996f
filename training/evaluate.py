"""Judge the pipeline on the fixed prompts: `python -m training.evaluate --kinds one one-held-out`.

Draws each prompt with its own seed, asks the classifier what is in the picture, writes the shares and, to look at,
a sheet of pictures into training/work.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxPipeline

from .classifier import Found, judge_pictures, load_judge
from .drawing import draw, sheet
from .eval_prompts import PROMPTS_FILE
from .scenes.spec import SceneObject, relation_between

BATCH = 25


def _matches(found: Found, asked: dict[str, str], names: tuple[str, ...]) -> bool:
    return all(getattr(found, name) == asked[name] for name in names)


def verdict(prompt: dict[str, Any], found: list[Found]) -> dict[str, bool]:
    """What of the prompt the picture keeps."""
    if prompt["kind"].startswith("one"):
        asked = prompt["objects"][0]
        best = max(found, key=lambda f: sum(getattr(f, k) == v for k, v in asked.items()), default=None)
        right = {name: best is not None and getattr(best, name) == asked[name] for name in asked}
        right["shape+colour"] = right["shape"] and right["colour"]
        right["shape+colour+material"] = right["shape+colour"] and right["material"]
        right["one object"] = len(found) == 1
        return right
    if prompt["kind"] == "count":
        asked = prompt["objects"][0]
        return {"number": sum(_matches(f, asked, ("shape", "colour")) for f in found) == prompt["number"]}
    pairs = [
        (a, b)
        for a in found
        for b in found
        if a is not b
        and _matches(a, prompt["objects"][0], ("shape", "colour"))
        and _matches(b, prompt["objects"][1], ("shape", "colour"))
    ]

    def placed(f: Found) -> SceneObject:
        return SceneObject(f.shape, f.colour, f.material, f.size, f.x, f.z, 0.0)

    return {
        "both shape+colour": bool(pairs),
        "relation": any(relation_between(placed(a), placed(b)) == prompt["relation"] for a, b in pairs),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", type=Path, default=Path("training/checkpoints/scenes"))
    parser.add_argument("--kinds", nargs="+", default=["one", "one-held-out", "two", "count"])
    parser.add_argument("--limit", type=int, help="at most this many prompts of a kind")
    parser.add_argument("--steps", type=int, default=28)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--out", type=Path, default=Path("bench/results/compliance-scenes.json"))
    parser.add_argument("--sheet", type=Path, default=Path("training/work/compliance.png"))
    args = parser.parse_args()

    pipeline = FluxPipeline.from_pretrained(args.pipeline, torch_dtype=torch.float32)
    judge = load_judge()
    prompts = [p for p in json.loads(PROMPTS_FILE.read_text()) if p["kind"] in args.kinds]
    if args.limit:
        prompts = [p for kind in args.kinds for p in [q for q in prompts if q["kind"] == kind][: args.limit]]
    shares: dict[str, Counter[str]] = defaultdict(Counter)
    drawn = []
    for i in range(0, len(prompts), BATCH):
        part = prompts[i : i + BATCH]
        pictures = draw(pipeline, [p["prompt"] for p in part], [p["seed"] for p in part], args.steps, args.guidance)
        found, _ = judge_pictures(judge, pictures)
        for prompt, objects in zip(part, found, strict=True):
            shares[prompt["kind"]].update({"prompts": 1} | verdict(prompt, objects))
        drawn.append(pictures[:10])
        print(f"{min(i + BATCH, len(prompts))}/{len(prompts)}", flush=True)
    result = {
        kind: {name: round(n / counts["prompts"], 4) for name, n in counts.items() if name != "prompts"}
        | {"prompts": counts["prompts"]}
        for kind, counts in shares.items()
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    summary = {"steps": args.steps, "guidance": args.guidance, "shares": result}
    args.out.write_text(json.dumps(summary, indent=1) + "\n")
    args.sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet(torch.cat(drawn)).save(args.sheet)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
