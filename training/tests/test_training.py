"""What training rests on: our faster kernels equal the library's, gradients arrive, checkpoints resume."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from diffusers.models.transformers.transformer_flux import FluxAttnProcessor
from torch import nn
from transformers import AutoTokenizer

from training import checkpoint
from training.classifier import GRID, Judge, read_objects
from training.layout import LayoutHead, layout
from training.linear_vae import LinearVae, recover_encoder, standardise
from training.model import MAX_TOKENS, Velocity, pack, unpack
from training.scenes.render import objects_seen
from training.scenes.spec import ATTRIBUTES, SHAPES, Scene, SceneObject
from training.tokenizers_build import build_clip, build_t5, caption_words
from training.vae import build, for_training


def test_plain_attention_is_flux_attention() -> None:
    torch.manual_seed(0)
    model = Velocity()
    for name, module in model.transformer.named_modules():
        if isinstance(module, nn.Linear) and (".norm" in name or name == "proj_out"):
            nn.init.normal_(module.weight, std=0.05)
    embeds, pooled = model.text(model.text.tokens(["a red cube", "two blue balls on grass"]))
    x, sigma, guidance = torch.randn(2, 64, 64), torch.tensor([0.5, 0.9]), torch.ones(2)
    with torch.no_grad():
        plain = model.denoise(x, sigma, guidance, embeds, pooled)
        model.transformer.set_attn_processor(FluxAttnProcessor())
        native = model.denoise(x, sigma, guidance, embeds, pooled)
    assert native.std() > 0.1
    assert torch.allclose(plain, native, atol=1e-5)


def _linear() -> tuple[LinearVae, torch.Tensor]:
    """A linear autoencoder that reconstructs a little, and pictures it was turned to."""
    torch.manual_seed(0)
    pictures = nn.functional.interpolate(torch.rand(40, 3, 16, 16) * 2 - 1, scale_factor=4, mode="bicubic")
    model = LinearVae()
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(40):
        optimiser.zero_grad()
        (model.decode(model.encode(pictures)) - pictures).square().mean().backward()
        optimiser.step()
    return model.requires_grad_(False), pictures


def test_turning_the_latents_keeps_the_reconstruction_and_decorrelates_them() -> None:
    model, pictures = _linear()
    before = model.decode(model.encode(pictures))[..., 24:-24, 24:-24]  # away from the padding
    share = standardise(model, pictures)
    z = model.encode(pictures).permute(1, 0, 2, 3).flatten(1)
    after = model.decode(model.encode(pictures))[..., 24:-24, 24:-24]  # away from the padding
    assert torch.allclose(after, before, atol=1e-4) and before.std() > 0.01
    assert (share.diff() <= 0).all()
    correlation = torch.corrcoef(z) - torch.eye(len(z))
    assert correlation.abs().max() < 1e-3
    assert abs(float(z.square().mean()) - 1) < 1e-2


def test_the_autoencoder_begins_as_the_linear_one() -> None:
    linear, pictures = _linear()
    standardise(linear, pictures)
    model, x = build(linear), pictures[:3]
    latents = linear.encode(x)
    assert torch.allclose(model.encode(x).latent_dist.mode(), latents, atol=2e-3)
    assert torch.allclose(model.decode(latents).sample, linear.decode(latents), atol=1e-3)


def test_the_encoder_is_read_back_from_an_autoencoder() -> None:
    linear, pictures = _linear()
    again = LinearVae().requires_grad_(False)
    recover_encoder(build(linear), again)
    assert torch.allclose(again.encode(pictures), linear.encode(pictures), atol=1e-5)


def test_the_training_decoder_is_the_library_one_and_its_gradient_arrives() -> None:
    linear, _ = _linear()
    model, latents = build(linear), torch.randn(2, 16, 4, 4)
    with torch.no_grad():
        for p in model.decoder.parameters():
            p.add_(torch.randn_like(p) * 0.02)
        expected = model.decode(latents).sample
    actual = for_training(model.decoder)(latents)
    assert torch.allclose(actual, expected, atol=1e-4)
    actual.square().mean().backward()
    assert float(model.decoder.conv_in.weight.grad.norm()) > 0


def test_packing_is_undone_by_unpacking() -> None:
    x = torch.randn(2, 16, 16, 16)
    assert torch.equal(unpack(pack(x)), x)


def test_every_caption_word_is_one_token_and_any_text_is_accepted() -> None:
    t5, clip = build_t5(), build_clip()
    for word in caption_words():
        assert len(t5.tokenize(word)) == 1, word
        assert len(clip.tokenize(word)) == 1, word
    for text in ("", "Zwei ROTE Kugeln!", "日本", "x " * 300):
        for tokenizer in (t5, clip):
            ids = tokenizer(text, padding="max_length", max_length=MAX_TOKENS, truncation=True).input_ids
            assert len(ids) == MAX_TOKENS
            assert tokenizer.eos_token_id in ids


def test_tokenizers_are_the_same_after_saving_and_in_every_process(tmp_path: Path) -> None:
    texts = ["A Large red cube, and a torus.", "naïve 12 cubes!"]
    for name, built in (("t5", build_t5()), ("clip", build_clip())):
        built.save_pretrained(tmp_path / name)
        loaded = AutoTokenizer.from_pretrained(tmp_path / name)
        assert [loaded(t).input_ids for t in texts] == [built(t).input_ids for t in texts]
    code = "from training.tokenizers_build import build_clip; print(build_clip().backend_tokenizer.to_str())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_a_checkpoint_brings_back_weights_and_average(tmp_path: Path) -> None:
    layer = nn.Linear(3, 3)
    average = checkpoint.Average(layer.parameters())
    with torch.no_grad():
        layer.weight += 1
    average.update()
    checkpoint.save(tmp_path / "a.pt", {"model": layer.state_dict(), "average": average.state()})
    state = checkpoint.load(tmp_path / "a.pt")
    other = nn.Linear(3, 3)
    other.load_state_dict(state["model"])
    again = checkpoint.Average(other.parameters())
    again.restore(state["average"])
    assert torch.equal(other.weight, layer.weight)
    again.swap()
    assert not torch.equal(other.weight, layer.weight)
    again.swap()
    assert torch.equal(other.weight, layer.weight)


def test_the_judge_reads_peaks_of_its_grid() -> None:
    logits = torch.full([1 + sum(map(len, ATTRIBUTES.values())) + 2, GRID, GRID], -5.0)
    logits[0, 4, 7] = 3.0
    logits[1 + 2, 4, 7] = 9.0  # third shape
    logits[-2:, 4, 7] = torch.tensor([0.5, -1.0])
    (found,) = read_objects(logits)
    assert found.shape == "cylinder" and (found.x, found.z) == (0.5, -1.0)
    grids, features = Judge()(torch.zeros(2, 3, 128, 128))
    assert grids.shape == (2, *logits.shape) and features.shape == (2, 32)
    assert np.isfinite(features.detach().numpy()).all()


def _two_objects() -> Scene:
    cube = SceneObject("cube", "red", "metal", "large", -1.0, 0.0, 0.5)
    ball = SceneObject("sphere", "black", "matte", "small", 1.1, 0.0, 0.5)
    return Scene((cube, ball), "white", "blue", "left", 0.0, "left of")


def test_a_ray_meets_the_object_that_stands_there() -> None:
    seen = objects_seen(_two_objects(), 32)
    assert set(np.unique(seen[:, :16])) == {-1, 0} and set(np.unique(seen[:, 16:])) == {-1, 1}
    assert 2 < (seen == 0).sum() / (seen == 1).sum() < 6  # .86 against .52, and a cube against a ball


def test_a_token_is_told_the_attributes_of_what_it_shows() -> None:
    rows = layout(_two_objects()).reshape(8, 8, len(ATTRIBUTES))
    shown = {tuple(row) for row in rows.reshape(-1, len(ATTRIBUTES))}
    assert shown == {(0, 0, 0, 0), (2, 1, 3, 2), (1, 10, 1, 1)}
    assert SHAPES[rows[:, :4, 0].max() - 1] == "cube" and SHAPES[rows[:, 4:, 0].max() - 1] == "sphere"
    assert not rows[0].any()


def test_the_layout_teaches_the_blocks_before_it_and_the_words() -> None:
    torch.manual_seed(0)
    model = Velocity()
    for name, module in model.transformer.named_modules():
        if isinstance(module, nn.Linear) and ".norm" in name:
            nn.init.normal_(module.weight, std=0.05)
    head = LayoutHead(model)
    embeds, pooled = model.text(model.text.tokens(["a red cube"]))
    model.denoise(torch.randn(1, 64, 64), torch.ones(1), torch.ones(1), embeds, pooled)
    head.loss(torch.from_numpy(layout(_two_objects()))[None]).backward()
    blocks = model.transformer.single_transformer_blocks
    assert blocks[1].proj_mlp.weight.grad.abs().sum() > 0 and blocks[2].proj_mlp.weight.grad is None
    assert model.text.t5.shared.weight.grad.abs().sum() > 0
