"""Where a pipeline comes from: a folder, or a repository of the Hugging Face hub at a pinned revision."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from .errors import ExportError

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
REVISION = re.compile(r"[0-9a-f]{40}")
# A checkpoint in other formats, or of another precision, is not fetched beside the one that is read.
PATTERNS = ["model_index.json", "*/*.json", "*/*.safetensors", "*/*.txt", "*/*.model", "*/*.jinja"]


def find_pipeline(source: str, revision: str | None) -> Path:
    """The folder; a repository is fetched first (huggingface_hub resumes what it has begun, and knows the token)."""
    if Path(source).exists():
        return Path(source)
    if not REPOSITORY.fullmatch(source):
        raise ExportError("not-a-pipeline", f"{source} is no folder, and no repository's name")
    if revision is None or not REVISION.fullmatch(revision):
        raise ExportError("revision-missing", f"name the commit of {source}, 40 hex digits, by --revision")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return Path(snapshot_download(source, revision=revision, allow_patterns=PATTERNS))
    except (HfHubHTTPError, OSError) as error:
        raise ExportError("download-failed", f"{source} at {revision}: {error}") from error


def identity_of(folder: Path, options: object) -> str:
    """Of an export: the pipeline's files, what was asked for, and this exporter. Files by name, size and time."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    code = [path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(json.dumps([stats, repr(options), code]).encode()).hexdigest()
