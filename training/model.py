"""The bundled model's parts: diffusers' and transformers' own classes in a small configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel
from diffusers.models.embeddings import apply_rotary_emb
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from .tokenizers_build import MAX_TOKENS, build_clip, build_t5

LATENT_CHANNELS, LATENT_SIDE, PATCH = 16, 16, 2
TOKENS_SIDE = LATENT_SIDE // PATCH
TOKEN_CHANNELS = LATENT_CHANNELS * PATCH * PATCH
TEXT_WIDTH = 128


def build_transformer() -> FluxTransformer2DModel:
    model = FluxTransformer2DModel(
        in_channels=TOKEN_CHANNELS,
        num_layers=3,
        num_single_layers=6,
        attention_head_dim=32,
        num_attention_heads=8,
        joint_attention_dim=TEXT_WIDTH,
        pooled_projection_dim=TEXT_WIDTH,
        guidance_embeds=True,
        axes_dims_rope=(8, 12, 12),
    )
    # Blocks start as the identity and the head at zero (DiT's adaLN-zero).
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, nn.Linear) and (".norm" in name or name.startswith("norm_out")):
                module.weight.zero_()
                module.bias.zero_()
        model.proj_out.weight.zero_()
        model.proj_out.bias.zero_()
    return model


def build_scheduler() -> FlowMatchEulerDiscreteScheduler:
    """FLUX.1-dev's own scheduler configuration."""
    return FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096
    )


def image_ids(device: str | torch.device = "cpu") -> torch.Tensor:
    """Rotary positions of the image tokens, [tokens, 3]: (0, row, column)."""
    ids = torch.zeros(TOKENS_SIDE, TOKENS_SIDE, 3, device=device)
    ids[..., 1] += torch.arange(TOKENS_SIDE, device=device)[:, None]
    ids[..., 2] += torch.arange(TOKENS_SIDE, device=device)[None, :]
    return ids.reshape(-1, 3)


def pack(latents: torch.Tensor) -> torch.Tensor:
    """[n, C, H, W] → FLUX tokens [n, H/2·W/2, 4C]."""
    n, c, h, w = latents.shape
    return latents.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, h * w // 4, c * 4)


def unpack(tokens: torch.Tensor) -> torch.Tensor:
    """FLUX tokens → [n, C, H, W]."""
    n, s, d = tokens.shape
    side = int(s**0.5)
    return tokens.view(n, side, side, d // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, d // 4, 2 * side, 2 * side)


@dataclass
class TextTokens:
    t5: torch.Tensor
    clip: torch.Tensor


class TextEncoders(nn.Module):
    """T5 for the token stream, CLIP for the pooled vector, as in FLUX; both small, both trained here."""

    def __init__(self) -> None:
        super().__init__()
        self.t5_tokenizer, self.clip_tokenizer = build_t5(), build_clip()
        self.t5 = T5EncoderModel(
            T5Config(
                vocab_size=len(self.t5_tokenizer),
                d_model=TEXT_WIDTH,
                d_kv=32,
                d_ff=256,
                num_layers=2,
                num_heads=4,
                feed_forward_proj="gated-gelu",
                dropout_rate=0.0,
                pad_token_id=0,
                eos_token_id=1,
            )
        )
        eos = self.clip_tokenizer.eos_token_id
        self.clip = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(self.clip_tokenizer),
                hidden_size=TEXT_WIDTH,
                intermediate_size=256,
                num_hidden_layers=2,
                num_attention_heads=4,
                max_position_embeddings=MAX_TOKENS,
                bos_token_id=self.clip_tokenizer.bos_token_id,
                eos_token_id=eos,
                pad_token_id=eos,
                attn_implementation="eager",
            )
        )

    def tokens(self, captions: list[str]) -> TextTokens:
        """Padded and cut as FluxPipeline does it."""

        def ids(tokenizer: object) -> torch.Tensor:
            return tokenizer(
                captions, padding="max_length", max_length=MAX_TOKENS, truncation=True, return_tensors="pt"
            ).input_ids

        return TextTokens(t5=ids(self.t5_tokenizer), clip=ids(self.clip_tokenizer))

    def forward(self, tokens: TextTokens) -> tuple[torch.Tensor, torch.Tensor]:
        """→ prompt embeddings [n, 32, 128], pooled [n, 128]."""
        return self.t5(tokens.t5)[0], self.clip(tokens.clip).pooler_output


class PlainAttention:
    """FLUX attention written as softmax(q·kᵀ)·v: on CPU in bf16 several times the fused kernel's speed."""

    def __call__(
        self,
        attn: nn.Module,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        image_rotary_emb: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        def heads(x: torch.Tensor) -> torch.Tensor:
            return x.unflatten(-1, (-1, attn.head_dim))

        q = attn.norm_q(heads(attn.to_q(hidden_states)))
        k = attn.norm_k(heads(attn.to_k(hidden_states)))
        v = heads(attn.to_v(hidden_states))
        text_tokens = 0
        if encoder_hidden_states is not None and attn.added_kv_proj_dim is not None:
            text_tokens = encoder_hidden_states.shape[1]
            q = torch.cat([attn.norm_added_q(heads(attn.add_q_proj(encoder_hidden_states))), q], dim=1)
            k = torch.cat([attn.norm_added_k(heads(attn.add_k_proj(encoder_hidden_states))), k], dim=1)
            v = torch.cat([heads(attn.add_v_proj(encoder_hidden_states)), v], dim=1)
        q = apply_rotary_emb(q, image_rotary_emb, sequence_dim=1).transpose(1, 2)
        k = apply_rotary_emb(k, image_rotary_emb, sequence_dim=1).transpose(1, 2)
        weights = torch.softmax((q @ k.transpose(-1, -2)).float() * attn.head_dim**-0.5, dim=-1)
        out = (weights.to(v.dtype) @ v.transpose(1, 2)).transpose(1, 2).flatten(2, 3).to(q.dtype)
        if text_tokens == 0:
            return out
        text, image = out[:, :text_tokens], out[:, text_tokens:]
        return attn.to_out[1](attn.to_out[0](image.contiguous())), attn.to_add_out(text.contiguous())


class Velocity(nn.Module):
    """Text encoders and transformer as one function of (tokens, sigma, guidance, captions' tokens)."""

    def __init__(self) -> None:
        super().__init__()
        self.text = TextEncoders()
        self.transformer = build_transformer()
        self.transformer.set_attn_processor(PlainAttention())
        self.register_buffer("img_ids", image_ids(), persistent=False)
        self.register_buffer("txt_ids", torch.zeros(MAX_TOKENS, 3), persistent=False)

    def load_pipeline(self, folder: Path) -> None:
        """Take text encoders and transformer of a FluxPipeline folder, to train on from them."""
        parts = {"transformer": self.transformer, "text_encoder": self.text.clip, "text_encoder_2": self.text.t5}
        for name, module in parts.items():
            (file,) = (folder / name).glob("*.safetensors")
            weights = {key: value.float() for key, value in load_file(file).items()}
            missing, unexpected = module.load_state_dict(weights, strict=False)
            # T5 stores its embedding once and uses it under two names.
            if unexpected or any("embed_tokens" not in key for key in missing):
                raise SystemExit(f"{file} does not fit: missing {missing}, unexpected {unexpected}")

    def denoise(
        self,
        tokens: torch.Tensor,
        sigma: torch.Tensor,
        guidance: torch.Tensor,
        prompt_embeds: torch.Tensor,
        pooled: torch.Tensor,
    ) -> torch.Tensor:
        """Velocity [n, 64, 64] for latents tokens [n, 64, 64] at noise level sigma [n]."""
        return self.transformer(
            hidden_states=tokens,
            encoder_hidden_states=prompt_embeds,
            pooled_projections=pooled,
            timestep=sigma,
            guidance=guidance,
            img_ids=self.img_ids,
            txt_ids=self.txt_ids,
            return_dict=False,
        )[0]
