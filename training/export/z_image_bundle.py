"""A prepared Z-Image pipeline → the files of its bundle."""

from __future__ import annotations

from dataclasses import dataclass

import onnx_ir as ir
import torch
from diffusers import ZImagePipeline
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF

from . import manifest as m
from . import z_image_manifest as z
from .bundle import PROJECTION_CHANNELS, Blobs, Bundle, BundleOptions, Components
from .errors import ExportError
from .onnx_write import trace
from .preview_map import fit_preview
from .qwen_graph import QwenGraph
from .tokenizers import collect
from .vae_graph import decoder_part, size_endings
from .z_image_graphs import CachedGraph, FullGraph, ResidualFrom, baked_attention, check_sizes
from .z_image_pipeline import PATCH, chat_template


@dataclass(frozen=True)
class ZImageOptions(BundleOptions):
    guidance_default: float = 5.0
    guidance_min: float = 0.0
    guidance_max: float = 10.0
    # The chat template's tokens among them; a multiple of 32.
    text_tokens: int = 512
    residual_from: ResidualFrom = "refiner"


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


def text_part(bundle: Bundle, pipeline: ZImagePipeline, tokens: int) -> m.BundlePart:
    def make() -> tuple[Components, Blobs]:
        dtype = bundle.storage.dtype("text")
        blobs = bundle.blobs("text", "text-encoder", dtype)
        ids = torch.zeros(1, tokens, dtype=torch.int64)
        encoder = trace(QwenGraph(pipeline.text_encoder, tokens), {"input_ids": ids}, ["prompt_embeds"])
        return bundle.components({"text-encoder": encoder}, blobs, dtype), blobs

    return bundle.part("text", make)


def denoiser_part(
    bundle: Bundle, pipeline: ZImagePipeline, latents: dict[str, z.SpatialLatent], options: ZImageOptions
) -> m.BundlePart:
    """`full` and `cached` of each size, by the ending of its files' names."""

    def make() -> tuple[Components, Blobs]:
        dtype = bundle.storage.dtype("denoiser")
        blobs = bundle.blobs("denoiser", "denoiser", dtype)
        models: dict[str, ir.Model] = {}
        for ending, latent in latents.items():
            graphs = denoiser_graphs(pipeline, latent, options.text_tokens, options.residual_from)
            models |= {name + ending: graph for name, graph in graphs.items()}
        return bundle.components(models, blobs, dtype), blobs

    return bundle.part("denoiser", make)


def build_bundle(pipeline: ZImagePipeline, options: ZImageOptions, bundle: Bundle) -> None:
    """Fill `bundle`, `manifest.json` included, from a pipeline made ready by `prepare` or `open_stored`."""
    latents = {size: latent_layout(pipeline, *size) for size in options.sizes}
    for latent in latents.values():
        rows, columns = latent["height"] // PATCH, latent["width"] // PATCH
        check_sizes(pipeline.transformer, options.text_tokens, rows, columns)
    endings = size_endings(options.sizes)
    scheduler = scheduler_fields(pipeline)
    words = collect(pipeline.tokenizer, options.text_tokens)
    prefix, suffix = chat_template(pipeline.tokenizer)
    text = text_part(bundle, pipeline, options.text_tokens)
    by_ending = {endings[size]: latent for size, latent in latents.items()}
    denoiser = denoiser_part(bundle, pipeline, by_ending, options)
    vae = decoder_part(bundle, pipeline.vae, by_ending)
    weights = text["weights"] | denoiser["weights"] | vae["weights"]

    def fields(size: tuple[int, int]) -> z.OtherSize:
        full, cached = (denoiser["components"][name + endings[size]] for name in ("full", "cached"))
        tokens, channels = latents[size]["tokens"], pipeline.transformer.dim
        return z.OtherSize(
            image=m.ImageSize(width=size[0], height=size[1]),
            latent=latents[size],
            residual=z.Residual(start=options.residual_from, tokens=tokens, channels=channels),
            components={"full": full, "cached": cached, "vaeDecoder": vae["components"]["vae-decoder" + endings[size]]},
            binding=m.binding(full, cached, weights, scheduler),
        )

    main, *others = map(fields, options.sizes)
    manifest = z.ZImageManifest(
        formatVersion=m.FORMAT_VERSION,
        id=options.id,
        name=options.name,
        pipeline="z-image",
        binding=main["binding"],
        weights=weights,
        components={"textEncoder": text["components"]["text-encoder"], **main["components"]},
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
        otherSizes=others,
    )
    bundle.finish(manifest)
