"""Build the two tokenizers FLUX pipelines carry, for the words of our captions: T5's unigram, CLIP's byte pairs.

Every word of the vocabulary is one token; any other word still spells out letter by letter.
"""

from __future__ import annotations

import json

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPTokenizerFast, PreTrainedTokenizerFast

from .scenes.captions import vocabulary

MAX_TOKENS = 32
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.!?'-"


def caption_words() -> list[str]:
    """All words of the captions, each once, in a fixed order."""
    return list(dict.fromkeys(word for group in vocabulary().values() for word in group))


def build_t5() -> PreTrainedTokenizerFast:
    """A unigram model: whole words are likelier than any spelling of them."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -100.0), ("▁", -12.0)]
    pieces += [("▁" + word, -4.0) for word in caption_words()]
    pieces += [("▁" + letter, -12.0) for letter in LETTERS if len(letter) == 1 and "▁" + letter not in dict(pieces)]
    pieces += [(letter, -12.0) for letter in LETTERS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Metaspace()]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    # Not T5TokenizerFast: loaded again, it would replace normalizer and pre-tokenizer by its own.
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
    )


def build_clip() -> CLIPTokenizerFast:
    """CLIP's byte-level BPE, its merges learnt until every caption word is whole."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    # Every symbol given beforehand, in order: ties would else be broken by hash order.
    trainer = trainers.BpeTrainer(
        vocab_size=10_000,
        min_frequency=1,
        special_tokens=[letter + "</w>" for letter in alphabet],
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(caption_words(), trainer)
    merges = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]
    specials = ["<|startoftext|>", "<|endoftext|>"]
    # CLIP spells every byte twice: inside a word and at its end.
    tokens = specials + alphabet + [letter + "</w>" for letter in alphabet] + [a + b for a, b in merges]
    vocab = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizerFast(
        vocab=vocab,
        merges=merges,
        unk_token="<|endoftext|>",
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        pad_token="<|endoftext|>",
        model_max_length=MAX_TOKENS,
    )
