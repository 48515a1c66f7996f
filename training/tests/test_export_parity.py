"""The graphs as written, on onnxruntime, against the PyTorch modules with the same rounded weights."""

from __future__ import annotations

import pytest
import torch
from diffusers import FluxPipeline

from training.export.flux_graphs import FullGraph, baked_attention
from training.tests.export_support import Bundle, max_error, normal, projection
from training.twin import Conditions, cached_step, conditions_of, decode, full_step, token_ids

TOLERANCE = 1e-4
PROMPT = "a small metal cyan sphere behind a purple cone on a sandy floor under a pale sky"
POINTS = [(1.0, 4.0, 1), (0.63, 2.5, 2), (0.021, 6.0, 3)]


def conditions(pipeline: FluxPipeline, guidance: float = 4.0) -> Conditions:
    return conditions_of(pipeline, PROMPT, guidance, 128)


def denoiser_feeds(latents: torch.Tensor, sigma: float, given: Conditions) -> dict[str, torch.Tensor]:
    return {
        "latents": latents,
        "timestep_projection": projection(sigma),
        "guidance_projection": projection(float(given.guidance)),
        "pooled": given.pooled,
    }


@torch.no_grad()
def forward(pipeline: FluxPipeline, latents: torch.Tensor, sigma: float, given: Conditions) -> torch.Tensor:
    """FluxTransformer2DModel's own forward."""
    return pipeline.transformer(
        hidden_states=latents,
        timestep=torch.tensor([sigma]),
        guidance=given.guidance,
        pooled_projections=given.pooled,
        encoder_hidden_states=given.prompt_embeds,
        txt_ids=given.text_ids,
        img_ids=given.image_ids,
        return_dict=False,
    )[0]


@pytest.mark.parametrize(("sigma", "guidance", "seed"), POINTS)
def test_full_agrees_with_the_model(
    pipeline: FluxPipeline, bundle: Bundle, sigma: float, guidance: float, seed: int
) -> None:
    given, latents = conditions(pipeline, guidance), normal(seed, 1, 64, 64)
    velocity, residual = bundle.run("full", **denoiser_feeds(latents, sigma, given), prompt_embeds=given.prompt_embeds)
    with torch.no_grad():
        expected = full_step(pipeline.transformer, latents, torch.tensor(sigma * 1000), given)[1]
    assert max_error(velocity, forward(pipeline, latents, sigma, given)) <= TOLERANCE
    assert max_error(residual, expected) <= TOLERANCE


@pytest.mark.parametrize(("sigma", "guidance", "seed"), POINTS)
def test_cached_agrees_with_the_model(
    pipeline: FluxPipeline, bundle: Bundle, sigma: float, guidance: float, seed: int
) -> None:
    given, latents, residual = conditions(pipeline, guidance), normal(seed, 1, 64, 64), normal(9, 1, 64, 64)
    (velocity,) = bundle.run("cached", **denoiser_feeds(latents, sigma, given), residual=residual)
    with torch.no_grad():
        expected = cached_step(pipeline.transformer, latents, torch.tensor(sigma * 1000), given, residual)
    assert max_error(velocity, expected) <= TOLERANCE


def test_cached_with_its_own_residual_is_full(pipeline: FluxPipeline, bundle: Bundle) -> None:
    given, latents = conditions(pipeline), normal(4, 1, 64, 64)
    feeds = denoiser_feeds(latents, 0.5, given)
    velocity, residual = bundle.run("full", **feeds, prompt_embeds=given.prompt_embeds)
    assert max_error(bundle.run("cached", **feeds, residual=residual)[0], velocity) <= 1e-5
    without = bundle.run("cached", **feeds, residual=torch.zeros_like(residual))[0]
    assert max_error(without, velocity) > 0.1


def test_every_input_of_the_graphs_matters(pipeline: FluxPipeline, bundle: Bundle) -> None:
    given = conditions(pipeline)
    base = denoiser_feeds(normal(4, 1, 64, 64), 0.5, given)
    for name, extra in (("full", "prompt_embeds"), ("cached", "residual")):
        feeds = base | {extra: given.prompt_embeds if name == "full" else normal(9, 1, 64, 64)}
        velocity = bundle.run(name, **feeds)[0]
        for key, value in feeds.items():
            changed = bundle.run(name, **(feeds | {key: value + 0.1 * normal(5, *value.shape)}))[0]
            assert max_error(changed, velocity) > 1e-3, f"{name} ignores {key}"


@pytest.mark.parametrize(("sigma", "guidance", "seed"), POINTS)
def test_modulated_is_what_the_first_block_sees(
    pipeline: FluxPipeline, bundle: Bundle, sigma: float, guidance: float, seed: int
) -> None:
    given, latents = conditions(pipeline, guidance), normal(seed, 1, 64, 64)
    seen: list[torch.Tensor] = []
    norm = pipeline.transformer.transformer_blocks[0].norm1
    hook = norm.register_forward_hook(lambda _module, _inputs, outputs: seen.append(outputs[0]))
    forward(pipeline, latents, sigma, given)
    hook.remove()
    (modulated,) = bundle.run("modulated", **denoiser_feeds(latents, sigma, given))
    assert max_error(modulated, seen[0]) <= TOLERANCE


@pytest.mark.parametrize(("sigma", "guidance", "seed"), POINTS)
def test_full_falls_apart_after_the_first_block(
    pipeline: FluxPipeline, bundle: Bundle, sigma: float, guidance: float, seed: int
) -> None:
    given, latents = conditions(pipeline, guidance), normal(seed, 1, 64, 64)
    after: list[tuple[torch.Tensor, torch.Tensor]] = []
    hook = pipeline.transformer.transformer_blocks[0].register_forward_hook(
        lambda _module, _inputs, outputs: after.append(outputs)
    )
    forward(pipeline, latents, sigma, given)
    hook.remove()
    feeds = denoiser_feeds(latents, sigma, given)
    hidden, added, text = bundle.run("firstBlock", **feeds, prompt_embeds=given.prompt_embeds)
    assert max_error(text, after[0][0]) <= TOLERANCE
    assert max_error(hidden, after[0][1]) <= TOLERANCE
    with torch.no_grad():
        assert max_error(added, after[0][1] - pipeline.transformer.x_embedder(latents)) <= TOLERANCE
    velocity, residual = bundle.run("full", **feeds, prompt_embeds=given.prompt_embeds)
    found = bundle.run("remainingBlocks", **feeds, hidden=hidden, text=text)
    assert max_error(found[0], velocity) <= 1e-5
    assert max_error(found[1], residual) <= 1e-5
    for wrong in ({"hidden": hidden - added, "text": text}, {"hidden": hidden, "text": 0 * text}):
        assert max_error(bundle.run("remainingBlocks", **feeds, **wrong)[0], velocity) > 1e-2


def test_the_wrapper_is_the_model(pipeline: FluxPipeline) -> None:
    given, latents, sigma = conditions(pipeline), normal(6, 1, 64, 64), 0.37
    expected = forward(pipeline, latents, sigma, given)
    with torch.no_grad(), baked_attention(pipeline.transformer):
        graph = FullGraph(pipeline.transformer, 32, 8, 8)
        velocity, _ = graph(latents, projection(sigma), projection(4.0), given.pooled, given.prompt_embeds)
    assert max_error(velocity, expected) <= 1e-5
    # The processors are put back: the model still runs by itself.
    assert torch.equal(forward(pipeline, latents, sigma, given), expected)


@pytest.mark.parametrize("prompt", [PROMPT, "", " ".join([PROMPT] * 4)])
def test_text_encoders_agree(pipeline: FluxPipeline, bundle: Bundle, prompt: str) -> None:
    given = conditions_of(pipeline, prompt, 4.0, 128)
    ids = {name: torch.tensor([found]) for name, found in token_ids(pipeline, prompt).items()}
    ends = ids["clip"][0] == bundle.manifest["tokenizers"]["clip"]["endTokenId"]
    end_of_text = torch.zeros(1, 32)
    end_of_text[0, int(ends.int().argmax())] = 1
    (pooled,) = bundle.run("clip", input_ids=ids["clip"], end_of_text=end_of_text)
    (embeds,) = bundle.run("t5", input_ids=ids["t5"])
    assert max_error(pooled, given.pooled) <= TOLERANCE
    assert max_error(embeds, given.prompt_embeds) <= TOLERANCE


def test_vae_decoder_agrees(pipeline: FluxPipeline, bundle: Bundle) -> None:
    packed = normal(7, 1, 64, 64)
    vae = bundle.manifest["vae"]
    spatial = pipeline._unpack_latents(packed, 128, 128, vae["downsampling"])
    latents = spatial / vae["scalingFactor"] + vae["shiftFactor"]
    (image,) = bundle.run("vaeDecoder", latents=latents)
    with torch.no_grad():
        assert max_error(image, pipeline.vae.decode(latents).sample) <= TOLERANCE
    pixels = ((image[0] / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0)
    assert int((pixels.int() - torch.from_numpy(decode(pipeline, packed, 128)).int()).abs().max()) <= 1
