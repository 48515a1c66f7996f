"""A prepared FLUX pipeline → the files of its bundle."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import onnx_ir as ir
import torch
from diffusers import FluxPipeline

from . import manifest as m
from .flux_graphs import CachedGraph, FullGraph, baked_attention
from .onnx_write import Port, externalise, ports, serialise, trace
from .pipeline import ExportError
from .text_graphs import ClipGraph, T5Graph
from .tokenizers import TokenizerFiles, collect
from .vae_graph import VaeDecoderGraph
from .weights import HalfBlob

PROJECTION_CHANNELS = 256
# What browsers hold in one piece; a larger denoiser would have to be a chain of sub-graphs.
MAX_BLOB_BYTES = 3_500_000_000


@dataclass(frozen=True)
class BundleOptions:
    """What the pipeline's folder does not say."""

    id: str
    name: str
    # Pixels; must be a multiple of the VAE's downsampling times the patch side.
    width: int
    height: int
    step_count: int = 28
    guidance_default: float = 4.0
    guidance_min: float = 1.0
    guidance_max: float = 6.0
    vocabulary: m.Vocabulary = field(default_factory=lambda: m.Vocabulary(groups={}, examples=[]))
    licence: str = "not stated"
    provenance: str = ""


@dataclass
class Bundle:
    """File name → content, the manifest among them once `finish` has run."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> m.BundleFile:
        self.files[name] = content
        return m.BundleFile(file=name, bytes=len(content), sha256=m.sha256(content))

    def write(self, folder: Path) -> None:
        """Write every file; other files in the folder stay as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)

    def blob(self, blob: HalfBlob) -> m.WeightsFile:
        if len(blob.content) > MAX_BLOB_BYTES:
            raise ExportError("model-too-large", f"{blob.location} would take {len(blob.content)} bytes")
        stored = self.add(blob.location, bytes(blob.content))
        return m.WeightsFile(**stored, location=blob.location, storedDtype="float16")

    def component(self, name: str, model: ir.Model, weights: str, blob: HalfBlob) -> m.GraphComponent:
        """Serialise a graph, its large weights going to `blob`."""
        inputs, outputs = ports(model.graph.inputs), ports(model.graph.outputs)
        uses = externalise(model, blob) > 0
        return m.GraphComponent(
            graph=self.add(f"{name}.onnx", serialise(model)),
            weights=[weights] if uses else [],
            inputs=[_port(port) for port in inputs],
            outputs=[_port(port) for port in outputs],
        )

    def tokenizer(self, name: str, files: TokenizerFiles) -> m.TokenizerComponent:
        return m.TokenizerComponent(
            tokenizer=self.add(f"{name}-tokenizer.json", files.tokenizer),
            config=self.add(f"{name}-tokenizer-config.json", files.config),
            maxTokens=files.max_tokens,
            padTokenId=files.pad_token_id,
            endTokenId=files.end_token_id,
        )


def _port(port: Port) -> m.GraphPort:
    name, dtype, shape = port
    return m.GraphPort(name=name, dtype=dtype, shape=shape)


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
    """`full` and `cached`, traced."""
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
    with baked_attention(transformer):
        full = trace(
            FullGraph(transformer, text_tokens, rows, columns),
            inputs | {"prompt_embeds": text},
            ["velocity", "residual"],
        )
    cached = trace(CachedGraph(transformer), inputs | {"residual": residual}, ["velocity"])
    return {"full": full, "cached": cached}


def build_bundle(pipeline: FluxPipeline, options: BundleOptions) -> Bundle:
    """All files of the bundle, `manifest.json` included, from a pipeline made ready by `prepare`."""
    bundle = Bundle()
    latent = latent_layout(pipeline, options.width, options.height)
    scheduler = scheduler_fields(pipeline)
    clip_words = collect(pipeline.tokenizer, pipeline.tokenizer.model_max_length)
    t5_words = collect(pipeline.tokenizer_2, pipeline.tokenizer_2.model_max_length)
    names = {"clip": "clip", "t5": "t5", "denoiser": "denoiser", "vae": "vae-decoder"}
    blobs = {key: HalfBlob(f"{name}.bin") for key, name in names.items()}

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
        "clip": bundle.component("clip", clip, "clip", blobs["clip"]),
        "t5": bundle.component("t5", t5, "t5", blobs["t5"]),
        "full": bundle.component("full", denoiser["full"], "denoiser", blobs["denoiser"]),
        "cached": bundle.component("cached", denoiser["cached"], "denoiser", blobs["denoiser"]),
        "vaeDecoder": bundle.component("vae-decoder", decoder, "vae", blobs["vae"]),
    }
    weights = {key: bundle.blob(blob) for key, blob in blobs.items()}
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
    bundle.add("manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
    return bundle


def megabytes(count: int) -> str:
    return f"{math.ceil(count / 1e4) / 100:.2f} MB"
