"""A prepared FLUX pipeline → the files of its bundle."""

from __future__ import annotations

import onnx_ir as ir
import torch
from diffusers import FluxPipeline

from . import manifest as m
from .bundle import PROJECTION_CHANNELS, Bundle, BundleOptions, pick
from .flux_graphs import (
    CachedGraph,
    FirstBlockGraph,
    FullGraph,
    ModulatedGraph,
    RemainingBlocksGraph,
    baked_attention,
)
from .onnx_write import trace
from .pipeline import ExportError
from .preview_map import fit_preview
from .text_graphs import ClipGraph, T5Graph
from .tokenizers import collect
from .vae_graph import VaeDecoderGraph
from .weights import Blob, ExactBlob, HalfBlob

FILE_NAMES = {"firstBlock": "first-block", "remainingBlocks": "remaining-blocks"}


def latent_layout(pipeline: FluxPipeline, width: int, height: int) -> m.Latent:
    """Sizes of the latents for a picture of this many pixels."""
    down = pipeline.vae_scale_factor
    if width % (2 * down) or height % (2 * down) or width <= 0 or height <= 0:
        raise ExportError("size-invalid", f"{width}×{height} pixels: not multiples of {2 * down}")
    channels, patch = pipeline.vae.config.latent_channels, 2
    return m.Latent(
        channels=channels,
        height=height // down,
        width=width // down,
        patch=patch,
        tokens=(height // down // patch) * (width // down // patch),
        tokenChannels=channels * patch * patch,
        projectionChannels=PROJECTION_CHANNELS,
    )


def scheduler_fields(pipeline: FluxPipeline) -> m.SchedulerFields:
    config = pipeline.scheduler.config
    return m.SchedulerFields(
        type="flow-match-euler",
        shift=m.Shift(
            rule="exponential-by-tokens",
            baseTokens=config.base_image_seq_len,
            baseMu=config.base_shift,
            maxTokens=config.max_image_seq_len,
            maxMu=config.max_shift,
        ),
        timestepScale=config.num_train_timesteps,
    )


def denoiser_graphs(pipeline: FluxPipeline, latent: m.Latent, text_tokens: int) -> dict[str, ir.Model]:
    """`full` and `cached`, then the graphs that threshold methods look through; traced."""
    transformer = pipeline.transformer
    latents = torch.zeros(1, latent["tokens"], latent["tokenChannels"])
    projection = torch.zeros(1, PROJECTION_CHANNELS)
    inputs = {
        "latents": latents,
        "timestep_projection": projection,
        "guidance_projection": projection.clone(),
        "pooled": torch.zeros(1, transformer.config.pooled_projection_dim),
    }
    text = torch.zeros(1, text_tokens, transformer.config.joint_attention_dim)
    residual = torch.zeros(1, latent["tokens"], transformer.inner_dim)
    rows, columns = latent["height"] // latent["patch"], latent["width"] // latent["patch"]
    layout = (transformer, text_tokens, rows, columns)
    hidden_text = torch.zeros(1, text_tokens, transformer.inner_dim)
    with baked_attention(transformer):
        with_text = inputs | {"prompt_embeds": text}
        after_first = inputs | {"hidden": residual.clone(), "text": hidden_text}
        full = trace(FullGraph(*layout), with_text, ["velocity", "residual"])
        first = trace(FirstBlockGraph(*layout), with_text, ["hidden", "added", "text"])
        remaining = trace(RemainingBlocksGraph(*layout), after_first, ["velocity", "residual"])
    cached = trace(CachedGraph(transformer), inputs | {"residual": residual}, ["velocity"])
    modulated = trace(ModulatedGraph(transformer), inputs, ["modulated"])
    # In this order the weights' file is the same with and without the graphs behind the first two.
    return {"full": full, "cached": cached, "modulated": modulated, "firstBlock": first, "remainingBlocks": remaining}


def build_bundle(pipeline: FluxPipeline, options: BundleOptions) -> Bundle:
    """All files of the bundle, `manifest.json` included, from a pipeline made ready by `prepare`."""
    bundle = Bundle()
    latent = latent_layout(pipeline, options.width, options.height)
    scheduler = scheduler_fields(pipeline)
    clip_words = collect(pipeline.tokenizer, pipeline.tokenizer.model_max_length)
    t5_words = collect(pipeline.tokenizer_2, pipeline.tokenizer_2.model_max_length)
    names = {"clip": "clip", "t5": "t5", "denoiser": "denoiser", "vae": "vae-decoder"}
    blobs: dict[str, Blob] = {key: HalfBlob(f"{name}.bin") for key, name in names.items()}
    blobs["t5-exact"] = ExactBlob("t5-exact.bin")

    ids = torch.zeros(1, clip_words.max_tokens, dtype=torch.int64)
    clip = trace(
        ClipGraph(pipeline.text_encoder, clip_words.max_tokens),
        {"input_ids": ids, "end_of_text": torch.zeros(1, clip_words.max_tokens)},
        ["pooled"],
    )
    t5 = trace(
        T5Graph(pipeline.text_encoder_2, t5_words.max_tokens),
        {"input_ids": torch.zeros(1, t5_words.max_tokens, dtype=torch.int64)},
        ["prompt_embeds"],
    )
    denoiser = denoiser_graphs(pipeline, latent, t5_words.max_tokens)
    spatial = torch.zeros(1, latent["channels"], latent["height"], latent["width"])
    decoder = trace(VaeDecoderGraph(pipeline.vae), {"latents": spatial}, ["image"])

    components = {
        "clip": bundle.component("clip", clip, pick(blobs, "clip")),
        "t5": bundle.component("t5", t5, pick(blobs, "t5", "t5-exact")),
        **{
            name: bundle.component(FILE_NAMES.get(name, name), graph, pick(blobs, "denoiser"))
            for name, graph in denoiser.items()
        },
        "vaeDecoder": bundle.component("vae-decoder", decoder, pick(blobs, "vae")),
    }
    weights = bundle.weights(blobs)
    full, cached = components["full"]["graph"], components["cached"]["graph"]
    manifest = m.Manifest(
        formatVersion=m.FORMAT_VERSION,
        id=options.id,
        name=options.name,
        pipeline="flux",
        binding=m.binding(full, cached, weights["denoiser"], scheduler),
        weights=weights,
        components=components,
        tokenizers={
            "clip": bundle.tokenizer("clip", clip_words),
            "t5": bundle.tokenizer("t5", t5_words),
        },
        latent=latent,
        image=m.ImageSize(width=options.width, height=options.height),
        scheduler=scheduler,
        vae=m.VaeFields(
            scalingFactor=pipeline.vae.config.scaling_factor,
            shiftFactor=pipeline.vae.config.shift_factor,
            downsampling=pipeline.vae_scale_factor,
        ),
        preview=fit_preview(pipeline.vae, pipeline.vae_scale_factor),
        guidance=m.Guidance(
            kind="embedded",
            default=options.guidance_default,
            min=options.guidance_min,
            max=options.guidance_max,
        ),
        defaults=m.Defaults(stepCount=options.step_count),
        vocabulary=options.vocabulary,
        licence=options.licence,
        provenance=options.provenance,
    )
    bundle.finish(manifest)
    return bundle
