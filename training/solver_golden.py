"""Final latents of diffusers' multistep solvers on a small known field: `python -m training.solver_golden`.

Writes src/core/sampling/solvers.golden.json, which the TypeScript solvers are tested against.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import DPMSolverMultistepScheduler, UniPCMultistepScheduler

OUT = Path("src/core/sampling/solvers.golden.json")
START = [0.9, -1.4, 0.3, 2.1]
SIGMAS = {
    "finite start": [0.995, 0.93, 0.8, 0.62, 0.35, 0.14, 0.0],
    "three steps": [0.98, 0.6, 0.3, 0.0],
}


def field(latents: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """A velocity that depends on the latents, in every entry another way."""
    places = torch.arange(latents.shape[-1], dtype=latents.dtype)
    return torch.sin(1.3 * latents + 0.7 * places) + 0.5 * latents * sigma - 0.2 * places


def final_latents(scheduler: DPMSolverMultistepScheduler | UniPCMultistepScheduler, sigmas: list[float]) -> list[float]:
    scheduler.set_timesteps(len(sigmas) - 1)
    scheduler.sigmas = torch.tensor(sigmas, dtype=torch.float64)
    scheduler.timesteps = scheduler.sigmas[:-1] * 1000
    latents = torch.tensor(START, dtype=torch.float64)[None, None]
    for sigma, timestep in zip(scheduler.sigmas, scheduler.timesteps, strict=False):
        latents = scheduler.step(field(latents, sigma), timestep, latents, return_dict=False)[0]
    return latents.flatten().tolist()


def main() -> None:
    shared = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "solver_order": 2}
    makers = {
        "dpm-solver": lambda: DPMSolverMultistepScheduler(**shared, algorithm_type="dpmsolver++"),
        "unipc": lambda: UniPCMultistepScheduler(**shared, solver_type="bh2"),
    }
    cases = [
        {"solver": solver, "name": name, "sigmas": sigmas, "final": final_latents(make(), sigmas)}
        for solver, make in makers.items()
        for name, sigmas in SIGMAS.items()
    ]
    OUT.write_text(json.dumps({"start": START, "cases": cases}, indent=1) + "\n")
    print(OUT)


if __name__ == "__main__":
    main()
