"""What the page does around a Z-Image bundle's graphs."""

from __future__ import annotations

import torch
from diffusers import ZImageTransformer2DModel

from training.tests.export_support import Bundle, projection

Slots = dict[str, torch.Tensor]


def slots_of(caption: torch.Tensor, slots: int) -> Slots:
    """A caption [tokens, width] at the end of the graphs' slots, filled to a multiple of 32."""
    count = len(caption)
    start = slots - (count + -count % 32)
    embeds, fill, absent = torch.zeros(1, slots, caption.shape[1]), torch.zeros(1, slots), torch.zeros(1, slots)
    embeds[0, start : start + count] = caption
    fill[0, start + count :] = 1
    absent[0, :start] = 1
    return {"prompt_embeds": embeds, "caption_fill": fill, "caption_absent": absent}


def time_of(sigma: float) -> torch.Tensor:
    """The projection [1, 256] of 1 − σ, by way of the scheduler's timestep."""
    return projection(float((1000 - torch.tensor([sigma]) * 1000) / 1000))


def caption_of(bundle: Bundle, ids: list[int]) -> torch.Tensor:
    """A caption [tokens, width] by the bundle's text encoder, from unpadded ids."""
    tokenizer = bundle.manifest["tokenizers"]["text"]
    padded = ids + [tokenizer["padTokenId"]] * (tokenizer["maxTokens"] - len(ids))
    (embeds,) = bundle.run("textEncoder", input_ids=torch.tensor([padded]))
    return embeds[0, : len(ids)]


@torch.no_grad()
def forward(
    model: ZImageTransformer2DModel, latents: torch.Tensor, sigma: float, caption: torch.Tensor
) -> torch.Tensor:
    """ε − x0 by the model's own forward."""
    time = (1000 - torch.tensor([sigma]) * 1000) / 1000
    (image,) = model([latents[0].unsqueeze(1)], time, [caption], return_dict=False)[0]
    return -image.squeeze(1)[None]
