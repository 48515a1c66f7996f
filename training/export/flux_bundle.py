"""A prepared FLUX pipeline → the files of its bundle."""

from __future__ import annotations

import onnx_ir as ir
import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from torch import nn

from . import manifest as m
from .bundle import PROJECTION_CHANNELS, Blobs, Bundle, BundleOptions, Components
from .errors import ExportError
from .flux_graphs import (
    CachedGraph,
    FirstBlockGraph,
    FullGraph,
    ModulatedGraph,
    RemainingBlocksGraph,
    baked_attention,
)
from .onnx_write import trace
from .preview_map import fit_preview
from .text_graphs import ClipGraph, T5Graph
from .tokenizers import collect
from .vae_graph import decoder_part, size_endings

PROBES = {"modulated": "modulated", "firstBlock": "first-block", "remainingBlocks": "remaining-blocks"}


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


def denoiser_inputs(transformer: FluxTransformer2DModel, latent: m.Latent) -> dict[str, torch.Tensor]:
    """What every graph of the denoiser takes."""
    return {
        "latents": torch.zeros(1, latent["tokens"], latent["tokenChannels"]),
        "timestep_projection": torch.zeros(1, PROJECTION_CHANNELS),
        "guidance_projection": torch.zeros(1, PROJECTION_CHANNELS),
        "pooled": torch.zeros(1, transformer.config.pooled_projection_dim),
    }


def layout(latent: m.Latent, text_tokens: int) -> tuple[int, int, int]:
    """Text tokens, rows and columns of image tokens."""
    return text_tokens, latent["height"] // latent["patch"], latent["width"] // latent["patch"]


def denoiser_graphs(pipeline: FluxPipeline, latent: m.Latent, text_tokens: int) -> dict[str, ir.Model]:
    """`full` and `cached`, traced."""
    transformer = pipeline.transformer
    inputs = denoiser_inputs(transformer, latent)
    text = {"prompt_embeds": torch.zeros(1, text_tokens, transformer.config.joint_attention_dim)}
    residual = {"residual": torch.zeros(1, latent["tokens"], transformer.inner_dim)}
    with baked_attention(transformer):
        full = trace(FullGraph(transformer, *layout(latent, text_tokens)), inputs | text, ["velocity", "residual"])
    return {"full": full, "cached": trace(CachedGraph(transformer), inputs | residual, ["velocity"])}


def probe_graphs(pipeline: FluxPipeline, latent: m.Latent, text_tokens: int) -> dict[str, ir.Model]:
    """What threshold methods look through, traced."""
    transformer = pipeline.transformer
    inputs = denoiser_inputs(transformer, latent)
    text = {"prompt_embeds": torch.zeros(1, text_tokens, transformer.config.joint_attention_dim)}
    after_first = {
        "hidden": torch.zeros(1, latent["tokens"], transformer.inner_dim),
        "text": torch.zeros(1, text_tokens, transformer.inner_dim),
    }
    sizes = (transformer, *layout(latent, text_tokens))
    with baked_attention(transformer):
        first = trace(FirstBlockGraph(*sizes), inputs | text, ["hidden", "added", "text"])
        remaining = trace(RemainingBlocksGraph(*sizes), inputs | after_first, ["velocity", "residual"])
    modulated = trace(ModulatedGraph(transformer), inputs, ["modulated"])
    return {"modulated": modulated, "firstBlock": first, "remainingBlocks": remaining}


def text_part(bundle: Bundle, key: str, graph: nn.Module, inputs: dict[str, torch.Tensor], output: str) -> m.BundlePart:
    """A text encoder: clip or t5."""

    def make() -> tuple[Components, Blobs]:
        dtype = bundle.storage.dtype(key)
        blobs = bundle.blobs(key, key, dtype)
        return bundle.components({key: trace(graph, inputs, [output])}, blobs, dtype), blobs

    return bundle.part(key, make)


def denoiser_part(
    bundle: Bundle, pipeline: FluxPipeline, latents: dict[str, m.Latent], text_tokens: int
) -> m.BundlePart:
    """`full` and `cached` of each size, by the ending of its files' names; the first one's probes unless it is cut."""

    def make() -> tuple[Components, Blobs]:
        dtype = bundle.storage.dtype("denoiser")
        blobs = bundle.blobs("denoiser", "denoiser", dtype)
        models: dict[str, ir.Model] = {}
        for ending, latent in latents.items():
            graphs = denoiser_graphs(pipeline, latent, text_tokens)
            models |= {name + ending: graph for name, graph in graphs.items()}
        if len(bundle.cut("full", models["full"])) == 1:
            # After those two, so that the weights' file is the same with and without the others.
            probes = probe_graphs(pipeline, latents[""], text_tokens)
            models |= {PROBES[name]: graph for name, graph in probes.items()}
        return bundle.components(models, blobs, dtype), blobs

    return bundle.part("denoiser", make)


def build_bundle(pipeline: FluxPipeline, options: BundleOptions, bundle: Bundle) -> None:
    """Fill `bundle`, `manifest.json` included, from a pipeline made ready by `prepare` or `open_stored`."""
    latents = {size: latent_layout(pipeline, *size) for size in options.sizes}
    endings = size_endings(options.sizes)
    scheduler = scheduler_fields(pipeline)
    clip_words = collect(pipeline.tokenizer, pipeline.tokenizer.model_max_length)
    t5_words = collect(pipeline.tokenizer_2, pipeline.tokenizer_2.model_max_length)
    ids, t5_ids = (torch.zeros(1, words.max_tokens, dtype=torch.int64) for words in (clip_words, t5_words))

    clip_graph = ClipGraph(pipeline.text_encoder, clip_words.max_tokens)
    clip = text_part(bundle, "clip", clip_graph, {"input_ids": ids, "end_of_text": ids.float()}, "pooled")
    t5_graph = T5Graph(pipeline.text_encoder_2, t5_words.max_tokens)
    t5 = text_part(bundle, "t5", t5_graph, {"input_ids": t5_ids}, "prompt_embeds")
    by_ending = {endings[size]: latent for size, latent in latents.items()}
    denoiser = denoiser_part(bundle, pipeline, by_ending, t5_words.max_tokens)
    vae = decoder_part(bundle, pipeline.vae, by_ending)
    weights = clip["weights"] | t5["weights"] | denoiser["weights"] | vae["weights"]

    def fields(size: tuple[int, int]) -> m.OtherSize:
        full, cached = (denoiser["components"][name + endings[size]] for name in ("full", "cached"))
        return m.OtherSize(
            image=m.ImageSize(width=size[0], height=size[1]),
            latent=latents[size],
            components={"full": full, "cached": cached, "vaeDecoder": vae["components"]["vae-decoder" + endings[size]]},
            binding=m.binding(full, cached, weights, scheduler),
        )

    main, *others = map(fields, options.sizes)
    probes = {key: denoiser["components"][stem] for key, stem in PROBES.items() if stem in denoiser["components"]}
    manifest = m.Manifest(
        formatVersion=m.FORMAT_VERSION,
        id=options.id,
        name=options.name,
        pipeline="flux",
        binding=main["binding"],
        weights=weights,
        components={
            **clip["components"],
            **t5["components"],
            "full": main["components"]["full"],
            "cached": main["components"]["cached"],
            **probes,
            "vaeDecoder": main["components"]["vaeDecoder"],
        },
        tokenizers={
            "clip": bundle.tokenizer("clip", clip_words),
            "t5": bundle.tokenizer("t5", t5_words),
        },
        latent=main["latent"],
        image=main["image"],
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
    if others:
        manifest["otherSizes"] = others
    bundle.finish(manifest)
