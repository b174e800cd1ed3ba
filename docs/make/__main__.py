"""``python -m docs.make PAGE`` writes one of the generated pages again."""

from __future__ import annotations

import sys
from importlib import import_module

PAGES = {
    "architecture": "docs.make.architecture",
    "claims": "docs.make.claims",
    "model-v3": "docs.make.model_changes",
    "readme": "docs.make.readme",
    "third-objective": "docs.make.third_objective",
    "tutorial": "docs.make.tutorial_make",
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in PAGES:
        sys.exit(f"usage: python -m docs.make {{{','.join(PAGES)}}} [OPTION]...")
    sys.exit(import_module(PAGES[sys.argv[1]]).main(sys.argv[2:]))
