"""A prepared Z-Image pipeline → the files of its bundle."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir
import torch
from diffusers import ZImagePipeline
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF

from . import manifest as m
from . import z_image_manifest as z
from .bundle import PROJECTION_CHANNELS, Bundle, BundleOptions, pick
from .onnx_write import trace
from .pipeline import ExportError
from .preview_map import fit_preview
from .qwen_graph import QwenGraph
from .tokenizers import collect
from .vae_graph import VaeDecoderGraph
from .weights import Blob, ExactBlob, HalfBlob
from .z_image_graphs import CachedGraph, FullGraph, ResidualFrom, baked_attention
from .z_image_pipeline import PATCH, chat_template


@dataclass(frozen=True)
class ZImageOptions(BundleOptions):
    guidance_default: float = 5.0
    guidance_min: float = 0.0
    guidance_max: float = 10.0
    # The chat template's tokens among them; a multiple of 32.
    text_tokens: int = 512
    residual_from: ResidualFrom = "refiner"
    # Width and height in pixels of further sizes: graphs of their own over the same weights.
    other_sizes: tuple[tuple[int, int], ...] = ()


def latent_layout(pipeline: ZImagePipeline, width: int, height: int) -> z.SpatialLatent:
    """Sizes of the latents for a picture of this many pixels."""
    down = pipeline.vae_scale_factor
    if width % (PATCH * down) or height % (PATCH * down) or width <= 0 or height <= 0:
        raise ExportError("size-invalid", f"{width}×{height} pixels: not multiples of {PATCH * down}")
    return z.SpatialLatent(
        channels=pipeline.vae.config.latent_channels,
        height=height // down,
        width=width // down,
        patch=PATCH,
        tokens=(height // down // PATCH) * (width // down // PATCH),
        projectionChannels=PROJECTION_CHANNELS,
    )


def scheduler_fields(pipeline: ZImagePipeline) -> z.StaticScheduler:
    return z.StaticScheduler(
        type="flow-match-euler",
        shift=z.StaticShift(rule="static", shift=pipeline.scheduler.shift),
        timestep="one-minus-sigma",
        timestepScale=pipeline.transformer.config.t_scale,
    )


def denoiser_graphs(
    pipeline: ZImagePipeline, latent: z.SpatialLatent, text_tokens: int, residual_from: ResidualFrom
) -> dict[str, ir.Model]:
    """`full` and `cached`, traced."""
    transformer = pipeline.transformer
    sizes = (text_tokens, latent["height"] // PATCH, latent["width"] // PATCH)
    inputs = {
        "latents": torch.zeros(1, latent["channels"], latent["height"], latent["width"]),
        "timestep_projection": torch.zeros(1, PROJECTION_CHANNELS),
    }
    captions = {
        "prompt_embeds": torch.zeros(1, text_tokens, transformer.config.cap_feat_dim),
        "caption_fill": torch.zeros(1, text_tokens),
        "caption_absent": torch.zeros(1, text_tokens),
    }
    residual = {"residual": torch.zeros(1, latent["tokens"], transformer.dim)}
    with baked_attention(transformer):
        full = FullGraph(transformer, *sizes, residual_from)
        cached = CachedGraph(transformer, *sizes, residual_from)
        return {
            "full": trace(full, inputs | captions, ["velocity", "residual"]),
            "cached": trace(cached, inputs | residual, ["velocity"]),
        }


def size_fields(
    bundle: Bundle, pipeline: ZImagePipeline, options: ZImageOptions, size: tuple[int, int], blobs: dict[str, Blob]
) -> z.SizeFields:
    """Add one size's graphs; those of further sizes carry it in their names."""
    latent = latent_layout(pipeline, *size)
    ending = "" if size == (options.width, options.height) else "-{}x{}".format(*size)
    denoiser = denoiser_graphs(pipeline, latent, options.text_tokens, options.residual_from)
    spatial = torch.zeros(1, latent["channels"], latent["height"], latent["width"])
    decoder = trace(VaeDecoderGraph(pipeline.vae), {"latents": spatial}, ["image"])
    shared = pick(blobs, "denoiser", "denoiser-exact")
    return z.SizeFields(
        image=m.ImageSize(width=size[0], height=size[1]),
        latent=latent,
        residual=z.Residual(start=options.residual_from, tokens=latent["tokens"], channels=pipeline.transformer.dim),
        components={
            "full": bundle.component(f"full{ending}", denoiser["full"], shared),
            "cached": bundle.component(f"cached{ending}", denoiser["cached"], shared),
            "vaeDecoder": bundle.component(f"vae-decoder{ending}", decoder, pick(blobs, "vae", "vae-exact")),
        },
    )


def build_bundle(pipeline: ZImagePipeline, options: ZImageOptions) -> Bundle:
    """All files of the bundle, `manifest.json` included, from a pipeline made ready by `prepare`."""
    bundle = Bundle()
    scheduler = scheduler_fields(pipeline)
    words = collect(pipeline.tokenizer, options.text_tokens)
    prefix, suffix = chat_template(pipeline.tokenizer)
    blobs: dict[str, Blob] = {}
    for key, name in {"text": "text-encoder", "denoiser": "denoiser", "vae": "vae-decoder"}.items():
        blobs[key] = HalfBlob(f"{name}.bin")
        blobs[f"{key}-exact"] = ExactBlob(f"{name}-exact.bin")

    ids = torch.zeros(1, options.text_tokens, dtype=torch.int64)
    encoder = trace(QwenGraph(pipeline.text_encoder, options.text_tokens), {"input_ids": ids}, ["prompt_embeds"])
    text = bundle.component("text-encoder", encoder, pick(blobs, "text", "text-exact"))
    sizes = dict.fromkeys([(options.width, options.height), *options.other_sizes])
    main, *others = (size_fields(bundle, pipeline, options, size, blobs) for size in sizes)
    weights = bundle.weights(blobs)

    def binding(size: z.SizeFields) -> str:
        full, cached = size["components"]["full"]["graph"], size["components"]["cached"]["graph"]
        return m.binding(full, cached, weights["denoiser"], scheduler)

    manifest = z.ZImageManifest(
        formatVersion=m.FORMAT_VERSION,
        id=options.id,
        name=options.name,
        pipeline="z-image",
        binding=binding(main),
        weights=weights,
        components={"textEncoder": text, **main["components"]},
        tokenizers={"text": z.ChatTokenizer(**bundle.tokenizer("text", words), prefix=prefix, suffix=suffix)},
        latent=main["latent"],
        caption=z.Caption(
            slots=options.text_tokens, multiple=SEQ_MULTI_OF, channels=pipeline.transformer.config.cap_feat_dim
        ),
        residual=main["residual"],
        image=main["image"],
        scheduler=scheduler,
        vae=m.VaeFields(
            scalingFactor=pipeline.vae.config.scaling_factor,
            shiftFactor=pipeline.vae.config.shift_factor,
            downsampling=pipeline.vae_scale_factor,
        ),
        preview=fit_preview(pipeline.vae, pipeline.vae_scale_factor),
        guidance=z.ClassifierFreeGuidance(
            kind="classifier-free",
            default=options.guidance_default,
            min=options.guidance_min,
            max=options.guidance_max,
        ),
        defaults=m.Defaults(stepCount=options.step_count),
        vocabulary=options.vocabulary,
        licence=options.licence,
        provenance=options.provenance,
        otherSizes=[z.OtherSize(**size, binding=binding(size)) for size in others],
    )
    bundle.finish(manifest)
    return bundle
