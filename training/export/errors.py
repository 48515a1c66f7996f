"""Refusals."""

from __future__ import annotations


class ExportError(Exception):
    """A refusal with a code: `str(error)` is `code: message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
