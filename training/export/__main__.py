"""`python -m training.export <diffusers pipeline folder> --out public/models/<id>`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from diffusers import FluxPipeline
from transformers.utils import logging as transformers_logging

from .bundle import BundleOptions, build_bundle, megabytes
from .manifest import Vocabulary
from .pipeline import ExportError, load


def read_vocabulary(path: Path | None) -> Vocabulary:
    """`{"groups": {name: [word, …]}, "examples": [prompt, …]}`; empty without a file."""
    if path is None:
        return Vocabulary(groups={}, examples=[])
    content = json.loads(path.read_text("utf-8"))
    match content:
        case {"groups": dict(groups), "examples": list(examples)}:
            return Vocabulary(groups=groups, examples=examples)
    raise ExportError("vocabulary-invalid", f"{path} has no groups and examples")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("pipeline", type=Path, help="folder written by FluxPipeline.save_pretrained")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder, e.g. public/models/scenes")
    parser.add_argument("--id", help="default: the last part of --out")
    parser.add_argument("--name", help="for people; default: the id")
    parser.add_argument("--size", type=int, help="pixels a side; default: the VAE's sample_size")
    parser.add_argument("--width", type=int, help="pixels, in place of --size")
    parser.add_argument("--height", type=int, help="pixels, in place of --size")
    parser.add_argument("--steps", type=int, default=28, help="default step count")
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--guidance-min", type=float, default=1.0)
    parser.add_argument("--guidance-max", type=float, default=6.0)
    parser.add_argument("--vocabulary", type=Path, help='JSON: {"groups": …, "examples": …}')
    parser.add_argument("--licence", default="not stated")
    parser.add_argument("--provenance", default="", help="where the weights come from, in words")
    return parser.parse_args(arguments)


def options_from(arguments: argparse.Namespace, pipeline: FluxPipeline) -> BundleOptions:
    size = arguments.size or pipeline.vae.config.sample_size
    name = arguments.id or arguments.out.resolve().name
    return BundleOptions(
        id=name,
        name=arguments.name or name,
        width=arguments.width or size,
        height=arguments.height or size,
        step_count=arguments.steps,
        guidance_default=arguments.guidance,
        guidance_min=arguments.guidance_min,
        guidance_max=arguments.guidance_max,
        vocabulary=read_vocabulary(arguments.vocabulary),
        licence=arguments.licence,
        provenance=arguments.provenance,
    )


def main(arguments: list[str] | None = None) -> int:
    parsed = parse(arguments)
    transformers_logging.set_verbosity_error()
    try:
        pipeline = load(parsed.pipeline)
        bundle = build_bundle(pipeline, options_from(parsed, pipeline))
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    bundle.write(parsed.out)
    for name, content in bundle.files.items():
        print(f"{megabytes(len(content)):>12}  {name}")
    print(f"{megabytes(sum(map(len, bundle.files.values()))):>12}  {parsed.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
