"""`python -m training.export <diffusers pipeline: folder or hub id> --out public/models/<id>`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, get_args

from transformers.utils import logging as transformers_logging

from . import flux_bundle, flux_pipeline, z_image_bundle, z_image_pipeline
from .bundle import Bundle, BundleOptions, Storage
from .errors import ExportError
from .manifest import Vocabulary, WeightsDtype
from .pipeline import pipeline_class
from .report import megabytes, report, table
from .source import find_pipeline, identity_of
from .z_image_bundle import ZImageOptions

# Each exported pipeline's components, as `--dtype` calls them, and its folder's parts.
PIPELINES: dict[str, dict[str, str]] = {
    "FluxPipeline": {"clip": "text_encoder", "t5": "text_encoder_2", "denoiser": "transformer", "vae": "vae"},
    "ZImagePipeline": {"text": "text_encoder", "denoiser": "transformer", "vae": "vae"},
    "WanPipeline": {},
}


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
    parser.add_argument("pipeline", help="folder written by save_pretrained, or a repository of the Hugging Face hub")
    parser.add_argument("--revision", help="the repository's commit, 40 hex digits")
    parser.add_argument("--out", type=Path, required=True, help="bundle folder, e.g. public/models/scenes")
    parser.add_argument("--id", help="default: the last part of --out")
    parser.add_argument("--name", help="for people; default: the id")
    parser.add_argument("--size", type=int, help="pixels a side; default: the VAE's sample_size")
    parser.add_argument("--width", type=int, help="pixels, in place of --size")
    parser.add_argument("--height", type=int, help="pixels, in place of --size")
    parser.add_argument(
        "--also", action="append", type=pixels, metavar="WxH", help="a further size over the same weights"
    )
    parser.add_argument("--steps", type=int, default=28, help="default step count")
    parser.add_argument("--guidance", type=float, help="default: FLUX 4, Z-Image 5")
    parser.add_argument("--guidance-min", type=float, help="default: FLUX 1, Z-Image 0")
    parser.add_argument("--guidance-max", type=float, help="default: FLUX 6, Z-Image 10")
    parser.add_argument("--text-tokens", type=int, help="Z-Image: slots for the caption, default 512")
    parser.add_argument(
        "--residual", choices=["refiner", "embedder"], help="Z-Image: where the residual starts, default refiner"
    )
    parser.add_argument(
        "--dtype",
        action="append",
        metavar="[COMPONENT=]DTYPE",
        help="how weights are stored: fp32, fp16 (default) or q4, for all or one of clip, t5, text, denoiser, vae",
    )
    parser.add_argument("--parts", type=int, help="sub-graphs to cut `full` into; default: as few as --part-bytes asks")
    parser.add_argument("--part-bytes", type=int, help="most weights in memory of one graph; default 3.5e9")
    parser.add_argument("--shard-bytes", type=int, help="most bytes of one weights file in memory; default 2e9")
    parser.add_argument("--report", type=Path, help="write sizes and operators of every graph to this JSON file")
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


def storage_from(arguments: argparse.Namespace, components: Collection[str]) -> Storage:
    """`--dtype fp16 --dtype t5=q4`: one for all, and those of single components."""
    dtypes: dict[str, WeightsDtype] = {}
    for said in arguments.dtype or []:
        component, equals, dtype = said.rpartition("=")
        if dtype not in get_args(WeightsDtype) or (equals and component not in components):
            known = f"{', '.join(components)}; {', '.join(get_args(WeightsDtype))}"
            raise ExportError("option-invalid", f"--dtype {said}: known are {known}")
        dtypes[component] = dtype
    if arguments.parts is not None and arguments.parts < 1:
        raise ExportError("option-invalid", "--parts is at least 1")
    limits = {"part_bytes": arguments.part_bytes, "shard_bytes": arguments.shard_bytes}
    return Storage(dtypes, arguments.parts, **{key: value for key, value in limits.items() if value is not None})


def export(arguments: argparse.Namespace) -> Bundle:
    """The bundle of the pipeline, whichever of the known ones it is."""
    folder = find_pipeline(arguments.pipeline, arguments.revision)
    kind = pipeline_class(folder)
    if kind not in PIPELINES:
        raise ExportError("unsupported-pipeline", f"the pipeline class is {kind}; exported are {', '.join(PIPELINES)}")
    if kind == "WanPipeline":
        raise ExportError("unsupported-pipeline", "WanPipeline makes videos, which the bundle format does not know yet")
    storage = storage_from(arguments, PIPELINES[kind])
    exact = [part for component, part in PIPELINES[kind].items() if storage.dtype(component) == "fp32"]
    fields = {"storage": storage}
    if arguments.revision and not arguments.provenance:
        fields["provenance"] = f"{arguments.pipeline} at {arguments.revision}"
    if kind == "ZImagePipeline":
        z_image = z_image_pipeline.open_stored(folder, exact)
        options = ZImageOptions(**options_from(arguments, z_image.vae.config.sample_size) | fields)
        bundle = Bundle(arguments.out, identity_of(folder, options), storage)
        z_image_bundle.build_bundle(z_image, options, bundle)
        return bundle
    if arguments.text_tokens is not None or arguments.residual is not None:
        raise ExportError("option-invalid", "--text-tokens and --residual are for Z-Image only")
    flux = flux_pipeline.open_stored(folder, exact)
    options = BundleOptions(**options_from(arguments, flux.vae.config.sample_size) | fields)
    bundle = Bundle(arguments.out, identity_of(folder, options), storage)
    flux_bundle.build_bundle(flux, options, bundle)
    return bundle


def main(arguments: list[str] | None = None) -> int:
    parsed = parse(arguments)
    transformers_logging.set_verbosity_error()
    try:
        bundle = export(parsed)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    rows = report(parsed.out, json.loads((parsed.out / "manifest.json").read_text("utf-8")))
    if parsed.report:
        parsed.report.write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))
    print(f"{megabytes(sum(bundle.files.values()))} in {len(bundle.files)} files: {parsed.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
