"""Z-Image's graphs against the PyTorch modules with the same rounded weights."""

from __future__ import annotations

import pytest
import torch
from diffusers import ZImagePipeline

from training.export.onnx_write import trace
from training.export.z_image_graphs import CachedGraph, FullGraph, ResidualFrom, baked_attention
from training.tests.export_support import Bundle, max_error, normal, psnr_db
from training.tests.z_image_support import caption_of, forward, slots_of, time_of
from training.twin_z_image import (
    CASES,
    Case,
    Size,
    cached_step,
    captions_of,
    decode,
    full_step,
    guided,
    noise_of,
    reference,
    sample,
    set_schedule,
    token_ids,
)

TOLERANCE = 1e-4
SLOTS = 64
# σ, caption tokens: with and without filling, with and without absent slots.
POINTS = [(1.0, 11), (0.63, 32), (0.3, 39), (0.021, 64)]


def caption(count: int) -> torch.Tensor:
    return normal(100 + count, count, 64)


@pytest.mark.parametrize(("sigma", "count"), POINTS)
@pytest.mark.parametrize("residual_from", ["refiner", "embedder"])
def test_the_wrappers_are_the_model(
    z_image: ZImagePipeline, sigma: float, count: int, residual_from: ResidualFrom
) -> None:
    model, latents = z_image.transformer, normal(6, 1, 16, 16, 24)
    expected = forward(model, latents, sigma, caption(count))
    with torch.no_grad(), baked_attention(model):
        full = FullGraph(model, SLOTS, 8, 12, residual_from)
        velocity, residual = full(latents, time_of(sigma), **slots_of(caption(count), SLOTS))
        cached = CachedGraph(model, SLOTS, 8, 12, residual_from)
        again = cached(latents, time_of(sigma), residual)
        other = cached(latents, time_of(sigma), normal(9, 1, 96, 64))
    timestep = torch.tensor(sigma) * 1000
    with torch.no_grad():
        twin = full_step(model, latents, timestep, caption(count), residual_from)
        twin_other = cached_step(model, latents, timestep, caption(count), normal(9, 1, 96, 64), residual_from)
    assert max_error(velocity, expected) <= 1e-5
    assert max_error(twin[0], expected) <= 1e-5
    assert max_error(residual, twin[1]) <= 1e-5
    assert max_error(again, expected) <= 1e-5
    assert max_error(other, twin_other) <= 1e-5
    # The processors are put back: the model still runs by itself.
    assert torch.equal(forward(model, latents, sigma, caption(count)), expected)


@pytest.mark.parametrize(("sigma", "count"), POINTS)
def test_full_agrees_with_the_model(z_image: ZImagePipeline, z_image_bundle: Bundle, sigma: float, count: int) -> None:
    latents = normal(count, 1, 16, 16, 16)
    velocity, residual = z_image_bundle.run(
        "full", latents=latents, timestep_projection=time_of(sigma), **slots_of(caption(count), SLOTS)
    )
    with torch.no_grad():
        expected = full_step(z_image.transformer, latents, torch.tensor(sigma) * 1000, caption(count))[1]
    assert max_error(velocity, forward(z_image.transformer, latents, sigma, caption(count))) <= TOLERANCE
    assert max_error(residual, expected) <= TOLERANCE


@pytest.mark.parametrize(("sigma", "count"), POINTS)
def test_cached_agrees_with_the_model(
    z_image: ZImagePipeline, z_image_bundle: Bundle, sigma: float, count: int
) -> None:
    latents, residual = normal(count, 1, 16, 16, 16), normal(9, 1, 64, 64)
    (velocity,) = z_image_bundle.run("cached", latents=latents, timestep_projection=time_of(sigma), residual=residual)
    with torch.no_grad():
        expected = cached_step(z_image.transformer, latents, torch.tensor(sigma) * 1000, caption(count), residual)
    assert max_error(velocity, expected) <= TOLERANCE


def test_cached_with_its_own_residual_is_full(z_image_bundle: Bundle) -> None:
    feeds = {"latents": normal(4, 1, 16, 16, 16), "timestep_projection": time_of(0.5)}
    velocity, residual = z_image_bundle.run("full", **feeds, **slots_of(caption(20), SLOTS))
    assert max_error(z_image_bundle.run("cached", **feeds, residual=residual)[0], velocity) <= 1e-5
    without = z_image_bundle.run("cached", **feeds, residual=torch.zeros_like(residual))[0]
    assert max_error(without, velocity) > 0.1


def test_every_input_of_the_graphs_matters(z_image_bundle: Bundle) -> None:
    base = {"latents": normal(4, 1, 16, 16, 16), "timestep_projection": time_of(0.5)}
    for name, extra in (
        ("full", slots_of(caption(20), SLOTS)),
        ("cached", {"residual": normal(9, 1, 64, 64)}),
    ):
        feeds = base | extra
        velocity = z_image_bundle.run(name, **feeds)[0]
        for key, value in feeds.items():
            other = 1 - value if key.startswith("caption_") else value + 0.1 * normal(5, *value.shape)
            changed = z_image_bundle.run(name, **(feeds | {key: other}))[0]
            assert max_error(changed, velocity) > 1e-3, f"{name} ignores {key}"


def test_absent_and_filling_slots_hide_what_lies_in_them(z_image_bundle: Bundle) -> None:
    base = {"latents": normal(4, 1, 16, 16, 16), "timestep_projection": time_of(0.5)}
    given = slots_of(caption(20), SLOTS)
    hidden = (given["caption_absent"] + given["caption_fill"])[..., None]
    filled = given | {"prompt_embeds": given["prompt_embeds"] + 100 * hidden * normal(3, 1, SLOTS, 64)}
    velocity = z_image_bundle.run("full", **base, **given)[0]
    assert max_error(z_image_bundle.run("full", **base, **filled)[0], velocity) <= 1e-5


def test_from_the_embedder_a_cached_step_has_no_attention(z_image: ZImagePipeline) -> None:
    model = z_image.transformer
    inputs = {
        "latents": torch.zeros(1, 16, 16, 16),
        "timestep_projection": torch.zeros(1, 256),
        "residual": torch.zeros(1, 64, 64),
    }
    with baked_attention(model):
        graph = trace(CachedGraph(model, SLOTS, 8, 8, "embedder"), inputs, ["velocity"]).graph
    assert "Softmax" not in {node.op_type for node in graph}
    assert len(list(graph)) <= 32


@pytest.mark.parametrize("prompt", [CASES[0].prompt, "", " ".join([CASES[0].prompt] * 4)])
def test_the_text_encoder_agrees(z_image: ZImagePipeline, z_image_bundle: Bundle, prompt: str) -> None:
    (expected,), _ = z_image.encode_prompt(prompt, "cpu", False, max_sequence_length=SLOTS)
    ids = token_ids(z_image, prompt)
    assert len(ids) == len(expected)
    assert max_error(caption_of(z_image_bundle, ids), expected) <= TOLERANCE


def test_prefix_and_suffix_are_the_chat_template(z_image: ZImagePipeline, z_image_bundle: Bundle) -> None:
    told = z_image_bundle.manifest["tokenizers"]["text"]
    for prompt in (CASES[0].prompt, "", " two  spaces\n"):
        ids = z_image.tokenizer(told["prefix"] + prompt + told["suffix"], truncation=True, max_length=SLOTS).input_ids
        assert ids == token_ids(z_image, prompt)


def test_the_vae_decoder_agrees(z_image: ZImagePipeline, z_image_bundle: Bundle) -> None:
    latents, vae = normal(7, 1, 16, 16, 16), z_image_bundle.manifest["vae"]
    scaled = latents / vae["scalingFactor"] + vae["shiftFactor"]
    (image,) = z_image_bundle.run("vaeDecoder", latents=scaled)
    with torch.no_grad():
        assert max_error(image, z_image.vae.decode(scaled).sample) <= TOLERANCE
    pixels = ((image[0] / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0)
    assert int((pixels.int() - torch.from_numpy(decode(z_image, latents)).int()).abs().max()) <= 1


def run_graphs(pipeline: ZImagePipeline, bundle: Bundle, case: Case, computed: range | tuple[int, ...]) -> torch.Tensor:
    """Final latents by the bundle's graphs alone, sampled as the page would."""
    prompts = [case.prompt, case.negative_prompt] if case.guidance_scale > 0 else [case.prompt]
    captions = [slots_of(caption_of(bundle, token_ids(pipeline, prompt)), SLOTS) for prompt in prompts]
    sigmas = set_schedule(pipeline, case.step_count)[1]
    latents, residuals = noise_of(pipeline, case.seed, Size(128, 128)), []
    for k in range(case.step_count):
        feeds = {"latents": latents, "timestep_projection": time_of(float(sigmas[k]))}
        if k in computed:
            pairs = [bundle.run("full", **feeds, **given) for given in captions]
            velocities, residuals = [v for v, _ in pairs], [r for _, r in pairs]
        else:
            velocities = [bundle.run("cached", **feeds, residual=residual)[0] for residual in residuals]
        latents = latents + (sigmas[k + 1] - sigmas[k]) * guided(velocities, case.guidance_scale)
    return latents


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_graphs_together_are_the_pipeline(z_image: ZImagePipeline, z_image_bundle: Bundle, case: Case) -> None:
    found = run_graphs(z_image, z_image_bundle, case, range(case.step_count))
    assert psnr_db(found, reference(z_image, case, Size(128, 128))) > 100
    cached = run_graphs(z_image, z_image_bundle, case, case.computed_steps)
    captions = captions_of(z_image, case)
    noise = noise_of(z_image, case.seed, Size(128, 128))
    twin = sample(z_image, noise, captions, case.guidance_scale, case.step_count, case.computed_steps)
    assert psnr_db(cached, twin) > 100
