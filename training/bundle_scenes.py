"""Rebuild everything that hangs on the weights: `python -m training.bundle_scenes`.

From training/checkpoints/scenes (diffusers' format) to public/models/scenes and its parity goldens. The
policies come next: `npm run search -- --model scenes --seeds 5`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from . import twin
from .export.__main__ import main as export_main
from .scenes.captions import vocabulary

CHECKPOINT = Path("training/checkpoints/scenes")
EXAMPLES = [
    "a large shiny red ball on a wooden floor under a blue sky",
    "a small metal cyan torus on a checkered floor at sunset",
    "a big matte yellow cone on grass on a sunny day",
    "a shiny purple cube to the left of a metal orange sphere on a tiled floor",
    "a large chrome blue cylinder on sand at night",
    "a glossy green donut in front of a white cube in a bright studio",
]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "vocabulary.json"
        words.write_text(json.dumps({"groups": vocabulary(), "examples": EXAMPLES}))
        command = f"{CHECKPOINT} --out public/models/scenes --name Scenes --vocabulary {words} --licence Apache-2.0"
        provenance = "Trained from scratch by training/ on scenes it renders"
        status = export_main([*command.split(), "--provenance", provenance])
    if status:
        raise SystemExit(status)
    twin.main(["--pipeline", str(CHECKPOINT), "--out", "e2e/fixtures/parity/scenes"])


if __name__ == "__main__":
    main()
