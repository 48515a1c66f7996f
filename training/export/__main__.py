"""`python -m training.export <diffusers pipeline folder> --out public/models/<id>`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from transformers.utils import logging as transformers_logging

from . import flux_bundle, flux_pipeline, z_image_bundle, z_image_pipeline
from .bundle import Bundle, BundleOptions, megabytes
from .manifest import Vocabulary
from .pipeline import ExportError, pipeline_class
from .z_image_bundle import ZImageOptions


def read_vocabulary(path: Path | None) -> Vocabulary:
    """`{"groups": {name: [word, …]}, "examples": [prompt, …]}`; empty without a file."""
    if path is None:
        return Vocabulary(groups={}, examples=[])
    content = json.loads(path.read_text("utf-8"))
    match content:
        case {"groups": dict(groups), "examples": list(examples)}:
            return Vocabulary(groups=groups, examples=examples)
    raise ExportError("vocabulary-invalid", f"{path} has no groups and examples")


def pixels(text: str) -> tuple[int, int]:
    """`128x192` → width and height."""
    width, by, height = text.partition("x")
    if not (by and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text} is no WxH")
    return int(width), int(height)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("pipeline", type=Path, help="folder written by save_pretrained")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder, e.g. public/models/scenes")
    parser.add_argument("--id", help="default: the last part of --out")
    parser.add_argument("--name", help="for people; default: the id")
    parser.add_argument("--size", type=int, help="pixels a side; default: the VAE's sample_size")
    parser.add_argument("--width", type=int, help="pixels, in place of --size")
    parser.add_argument("--height", type=int, help="pixels, in place of --size")
    parser.add_argument(
        "--also", action="append", type=pixels, metavar="WxH", help="Z-Image: a further size over the same weights"
    )
    parser.add_argument("--steps", type=int, default=28, help="default step count")
    parser.add_argument("--guidance", type=float, help="default: FLUX 4, Z-Image 5")
    parser.add_argument("--guidance-min", type=float, help="default: FLUX 1, Z-Image 0")
    parser.add_argument("--guidance-max", type=float, help="default: FLUX 6, Z-Image 10")
    parser.add_argument("--text-tokens", type=int, help="Z-Image: slots for the caption, default 512")
    parser.add_argument(
        "--residual", choices=["refiner", "embedder"], help="Z-Image: where the residual starts, default refiner"
    )
    parser.add_argument("--vocabulary", type=Path, help='JSON: {"groups": …, "examples": …}')
    parser.add_argument("--licence", default="not stated")
    parser.add_argument("--provenance", default="", help="where the weights come from, in words")
    return parser.parse_args(arguments)


def options_from(arguments: argparse.Namespace, side: int) -> dict[str, Any]:
    """Fields of BundleOptions; `side` in pixels where the command names none. Left out: what it does not say."""
    size = arguments.size or side
    name = arguments.id or arguments.out.resolve().name
    said = {
        "id": name,
        "name": arguments.name or name,
        "width": arguments.width or size,
        "height": arguments.height or size,
        "step_count": arguments.steps,
        "guidance_default": arguments.guidance,
        "guidance_min": arguments.guidance_min,
        "guidance_max": arguments.guidance_max,
        "vocabulary": read_vocabulary(arguments.vocabulary),
        "licence": arguments.licence,
        "provenance": arguments.provenance,
        "text_tokens": arguments.text_tokens,
        "residual_from": arguments.residual,
        "other_sizes": tuple(arguments.also) if arguments.also else None,
    }
    return {key: value for key, value in said.items() if value is not None}


def export(arguments: argparse.Namespace) -> Bundle:
    """The bundle of the folder's pipeline, whichever of the known ones it is."""
    kind = pipeline_class(arguments.pipeline)
    if kind == "ZImagePipeline":
        z_image = z_image_pipeline.load(arguments.pipeline)
        options = ZImageOptions(**options_from(arguments, z_image.vae.config.sample_size))
        return z_image_bundle.build_bundle(z_image, options)
    if kind != "FluxPipeline":
        message = f"the pipeline class is {kind}; only FluxPipeline and ZImagePipeline are exported"
        raise ExportError("unsupported-pipeline", message)
    if any(option is not None for option in (arguments.text_tokens, arguments.residual, arguments.also)):
        raise ExportError("option-invalid", "--text-tokens, --residual and --also are for Z-Image only")
    flux = flux_pipeline.load(arguments.pipeline)
    return flux_bundle.build_bundle(flux, BundleOptions(**options_from(arguments, flux.vae.config.sample_size)))


def main(arguments: list[str] | None = None) -> int:
    parsed = parse(arguments)
    transformers_logging.set_verbosity_error()
    try:
        bundle = export(parsed)
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
