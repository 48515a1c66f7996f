"""Peak memory of an export against its weights: `python -m training.export_memory --width 1536 --blocks 10`.

Writes a FluxPipeline of the real classes with random weights to a folder, exports it in a process of its own,
and reports that one's peak.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TypedDict

import torch
from diffusers import FluxTransformer2DModel

from . import micro
from .export.__main__ import main as export_main

HEAD = 64


class Measured(TypedDict):
    # float32, on disk, of all components.
    checkpointBytes: int
    bundleBytes: int
    # Resident, of the whole process, libraries and all.
    peakBytes: int
    seconds: float


def write(folder: Path, width: int, blocks: int) -> None:
    """The micro pipeline with another transformer: `blocks` double and as many single blocks of `width`."""
    torch.manual_seed(7)
    pipeline = micro.build()
    pipeline.transformer = FluxTransformer2DModel(
        in_channels=64,
        num_layers=blocks,
        num_single_layers=blocks,
        attention_head_dim=HEAD,
        num_attention_heads=width // HEAD,
        joint_attention_dim=64,
        pooled_projection_dim=64,
        guidance_embeds=True,
        axes_dims_rope=(16, 24, 24),
    )
    pipeline.save_pretrained(folder, max_shard_size="100MB")


def measure(folder: Path, width: int, blocks: int, more: tuple[str, ...] = ()) -> Measured:
    """Write such a pipeline below `folder` and export it."""
    source, out = folder / "pipeline", folder / "bundle"
    if not source.exists():
        write(source, width, blocks)
    command = [sys.executable, "-m", "training.export_memory", "--child", str(source), str(out), *more]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    files = [sum(path.stat().st_size for path in part.rglob("*") if path.is_file()) for part in (source, out)]
    return Measured(checkpointBytes=files[0], bundleBytes=files[1], **said)


def peak_bytes() -> int:
    """Resident, of this process, on Linux; getrusage would count what its parent held when it forked."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def child(source: str, out: str, *more: str) -> None:
    status = export_main([source, "--out", out, "--size", "128", *more])
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"peakBytes": peak_bytes(), "seconds": used.ru_utime + used.ru_stime}))
    sys.exit(status)


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        return child(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1536, help="a multiple of 64")
    parser.add_argument("--blocks", type=int, default=6, help="double blocks, and as many single ones")
    parser.add_argument("--folder", type=Path, help="kept; default: a temporary one")
    known, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(measure(known.folder or Path(temporary), known.width, known.blocks, tuple(more)), indent=2))


if __name__ == "__main__":
    main()
