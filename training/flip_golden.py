"""Goldens of FLIP: `python -m training.flip_golden`, after `pip install flip-evaluator==1.7`.

Pictures of a few kinds through the authors' own package (Andersson et al. 2020, LDR-FLIP) →
src/core/metrics/flip.golden.json. The package is needed for this alone, so it is not among the requirements.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import flip_evaluator
import numpy as np

OUT = Path("src/core/metrics/flip.golden.json")
WIDTH, HEIGHT = 28, 22
# The authors' default for a 0.7 m wide 4K screen at 0.7 m, and a viewer closer by.
PIXELS_PER_DEGREE = {"noise": 67.02064, "edges": 67.02064, "gradient": 25.0}


def pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Name → reference and candidate, uint8 [h, w, 3]."""
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3))
    noisier = np.clip(noise + rng.integers(-40, 41, noise.shape), 0, 255)
    edges = np.full((HEIGHT, WIDTH, 3), (40, 90, 160))
    edges[5:15, 6:18] = (230, 120, 30)
    shifted = np.roll(edges, 2, axis=1)
    shifted[18, 24] = (255, 255, 255)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    gradient = np.stack([across * 9, down * 11, 255 - across * 4 - down * 5], axis=-1)
    tinted = np.clip(gradient * np.array([1.0, 0.9, 1.1]) + np.array([6, 0, -8]), 0, 255)
    pairs = {"noise": (noise, noisier), "edges": (edges, shifted), "gradient": (gradient, tinted)}
    return {name: (a.astype(np.uint8), b.astype(np.uint8)) for name, (a, b) in pairs.items()}


def rgba(picture: np.ndarray) -> str:
    opaque = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    return base64.b64encode(np.concatenate([picture, opaque], axis=-1).tobytes()).decode()


def main() -> None:
    cases = []
    for name, (reference, candidate) in pictures().items():
        inputs = [np.ascontiguousarray(p.astype(np.float32) / np.float32(255)) for p in (reference, candidate)]
        ppd = PIXELS_PER_DEGREE[name]
        errors, mean, _ = flip_evaluator.evaluate(*inputs, "LDR", applyMagma=False, parameters={"ppd": ppd})
        cases.append(
            {
                "name": name,
                "width": WIDTH,
                "height": HEIGHT,
                "pixelsPerDegree": ppd,
                "reference": rgba(reference),
                "candidate": rgba(candidate),
                "mean": round(float(mean), 6),
                "map": [round(float(error), 5) for error in np.asarray(errors).ravel()],
            }
        )
    OUT.write_text(json.dumps({"package": "flip-evaluator 1.7", "cases": cases}) + "\n")
    print(f"{OUT}: " + ", ".join(f"{case['name']} {case['mean']}" for case in cases))


if __name__ == "__main__":
    main()
