"""The page of claims in the documentation: ``python -m optimize.claims.page`` writes it again."""

from __future__ import annotations

import sys
from pathlib import Path

from optimize.claims.answers import claims_document
from optimize.claims.text import claims_page
from optimize.files import write_text_atomic

PAGE = Path("docs/claims.md")


def main() -> int:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    write_text_atomic(PAGE, claims_page(claims_document()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
