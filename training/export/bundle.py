"""The files of a bundle, whatever its pipeline: graphs, weights, tokenizers. Written as they come."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import onnx_ir as ir

from . import manifest as m
from .chain import MAX_PART_BYTES, Part, as_model, cut
from .onnx_write import Port, externalise, ports, serialise
from .quantise import quantise_blocks
from .tokenizers import TokenizerFiles
from .weights import SHARD_BYTES, Blob, ByteBlob, ExactBlob, HalfBlob, WholeBlob

PROJECTION_CHANNELS = 256
# Of an export that is under way, in its folder: what is finished.
STATE = ".export.json"

Blobs = dict[str, Blob]
Components = dict[str, m.GraphComponent]


@dataclass(frozen=True)
class Storage:
    """How weights are stored; `dtypes` by the pipeline's component names."""

    dtypes: Mapping[str, m.WeightsDtype] = field(default_factory=dict)
    # Sub-graphs of a cut `full`; None: as few as hold `part_bytes` each.
    parts: int | None = None
    # In memory.
    part_bytes: int = MAX_PART_BYTES
    # Widened.
    shard_bytes: int = SHARD_BYTES

    def dtype(self, component: str) -> m.WeightsDtype:
        return self.dtypes.get(component, self.dtypes.get("", "fp16"))


@dataclass(frozen=True)
class BundleOptions:
    """What the pipeline's folder does not say."""

    id: str
    name: str
    # Pixels; must be a multiple of the VAE's downsampling times the patch side.
    width: int
    height: int
    # Width and height in pixels of further sizes: graphs of their own over the same weights.
    other_sizes: tuple[tuple[int, int], ...] = ()
    step_count: int = 28
    guidance_default: float = 4.0
    guidance_min: float = 1.0
    guidance_max: float = 6.0
    vocabulary: m.Vocabulary = field(default_factory=lambda: m.Vocabulary(groups={}, examples=[]))
    licence: str = "not stated"
    provenance: str = ""
    storage: Storage = field(default_factory=Storage)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """The bundle's own first."""
        return list(dict.fromkeys([(self.width, self.height), *self.other_sizes]))


@dataclass
class Bundle:
    """A folder being filled. What an earlier export of the same `identity` finished there is kept."""

    folder: Path
    identity: str = ""
    storage: Storage = field(default_factory=Storage)
    tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr)
    # File name → bytes.
    files: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> m.BundleFile:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
        self.files[name] = len(content)
        return m.BundleFile(file=name, bytes=len(content), sha256=m.sha256(content))

    def blobs(self, key: str, stem: str, dtype: m.WeightsDtype) -> Blobs:
        """Where a component's weights go, by the manifest's keys, in the order they are tried."""
        kinds: dict[str, type[Blob]] = {"": HalfBlob, "-exact": ExactBlob}
        if dtype == "fp32":
            kinds = {"": WholeBlob}
        elif dtype == "q4":
            kinds["-q4"] = ByteBlob
        return {key + end: kind(stem + end, self.folder, self.storage.shard_bytes) for end, kind in kinds.items()}

    def part(self, name: str, make: Callable[[], tuple[Components, Blobs]]) -> m.BundlePart:
        """Components and their weights, made anew unless this export had finished them before."""
        done = self._finished().get(name)
        if done is None:
            components, blobs = make()
            done = m.BundlePart(components=components, weights=self._weights(blobs))
            self._keep(name, done)
        else:
            self.tell(f"{name}: kept")
        for file in m.files_of(done):
            self.files[file["file"]] = file["bytes"]
        return done

    def components(self, models: Mapping[str, ir.Model], blobs: Blobs, dtype: m.WeightsDtype) -> Components:
        """Write graphs, by file stem, that share `blobs`.

        Those in one piece come first: what they share with a cut one then lies apart from it.
        """
        for model in models.values():
            if dtype == "q4":
                quantise_blocks(model)
        cuts = {stem: self.cut(stem, model) for stem, model in models.items()}
        order = sorted(models, key=lambda stem: len(cuts[stem]) > 1)
        written = {stem: self._component(stem, models[stem], cuts[stem], blobs) for stem in order}
        return {stem: written[stem] for stem in models}

    def cut(self, stem: str, model: ir.Model) -> list[Part]:
        forced = self.storage.parts if stem.startswith("full") else None
        return cut(model.graph, forced, self.storage.part_bytes)

    def _component(self, stem: str, model: ir.Model, parts: list[Part], blobs: Blobs) -> m.GraphComponent:
        whole = {"inputs": _ports(model.graph.inputs), "outputs": _ports(model.graph.outputs)}
        if len(parts) == 1:
            return m.GraphComponent(**self._link(stem, model, blobs), **whole)
        links = []
        for number, part in enumerate(parts, 1):
            for blob in blobs.values():
                blob.section = number
            piece = as_model(model, part)
            joints = {"inputs": _ports(piece.graph.inputs), "outputs": _ports(piece.graph.outputs)}
            links.append(m.GraphLink(**self._link(f"{stem}-{number}", piece, blobs), **joints))
        for blob in blobs.values():
            blob.section = 0
        first = links[0]
        return m.GraphComponent(graph=first["graph"], weights=first["weights"], **whole, chain=links)

    def _link(self, stem: str, model: ir.Model, blobs: Blobs) -> m.GraphAndWeights:
        nodes = len(model.graph)
        used = externalise(model, list(blobs.values()))
        keys = [key for key, place in _keys(blobs).items() if place in used]
        graph = self.add(f"{stem}.onnx", serialise(model))
        self.tell(f"{stem}: {nodes} nodes, weights in {', '.join(sorted(used)) or 'the graph'}")
        return m.GraphAndWeights(graph=graph, weights=keys)

    def _weights(self, blobs: Blobs) -> dict[str, m.WeightsFile]:
        """All shards, once every graph that uses them is in."""
        keys = {place: key for key, place in _keys(blobs).items()}
        return {
            keys[shard.path.name]: m.WeightsFile(
                file=shard.path.name,
                bytes=shard.bytes,
                sha256=shard.hash.hexdigest(),
                location=shard.path.name,
                storedDtype=blob.stored_dtype,
            )
            for blob in blobs.values()
            for shard in blob.shards
        }

    def _finished(self) -> dict[str, m.BundlePart]:
        """By name; only parts whose files are all there, byte for byte."""
        try:
            state = json.loads((self.folder / STATE).read_text())
        except (OSError, ValueError):
            return {}
        if state["identity"] != self.identity:
            return {}
        return {name: part for name, part in state["parts"].items() if all(map(self._is_whole, m.files_of(part)))}

    def _is_whole(self, file: m.BundleFile) -> bool:
        path = self.folder / file["file"]
        if not path.is_file() or path.stat().st_size != file["bytes"]:
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file["sha256"]

    def _keep(self, name: str, part: m.BundlePart) -> None:
        state = {"identity": self.identity, "parts": self._finished() | {name: part}}
        (self.folder / STATE).write_text(json.dumps(state))

    def finish(self, manifest: Mapping[str, object]) -> None:
        self.add("manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
        (self.folder / STATE).unlink(missing_ok=True)

    def tokenizer(self, name: str, files: TokenizerFiles) -> m.TokenizerComponent:
        return m.TokenizerComponent(
            tokenizer=self.add(f"{name}-tokenizer.json", files.tokenizer),
            config=self.add(f"{name}-tokenizer-config.json", files.config),
            maxTokens=files.max_tokens,
            padTokenId=files.pad_token_id,
            endTokenId=files.end_token_id,
        )


def _keys(blobs: Blobs) -> dict[str, str]:
    """The manifest's key of every shard → its file; the first has the blob's own."""
    return {
        key if number == 1 else f"{key}-{number}": shard.path.name
        for key, blob in blobs.items()
        for number, shard in enumerate(blob.shards, 1)
    }


def _ports(values: list[ir.Value]) -> list[m.GraphPort]:
    def port(found: Port) -> m.GraphPort:
        name, dtype, shape = found
        return m.GraphPort(name=name, dtype=dtype, shape=shape)

    return [port(found) for found in ports(values)]
