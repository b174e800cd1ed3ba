"""The page of claims in the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimize.analysis.claims.answers import claims_document
from optimize.analysis.claims.text import claims_page
from optimize.utils.files import write_text_atomic

PAGE = Path("docs/claims.md")


def main(arguments: Sequence[str]) -> int:
    """Write the page (minutes)."""
    write_text_atomic(PAGE, claims_page(claims_document()))
    return 0
