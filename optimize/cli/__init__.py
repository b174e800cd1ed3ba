"""The command line. Anything heavy is imported inside the commands, so ``--help`` is instant."""

from __future__ import annotations

import sys
from importlib import import_module

try:
    from optimize.cli.base import main
except KeyboardInterrupt:  # stopped before anything was begun
    sys.exit(130)

#: Modules whose import registers commands; order is of no consequence to ``--help``.
_MODULES = (
    "campaign", "claims", "compare", "decide", "explore", "export", "fleet", "inquiries",
    "judgement", "questions", "runs", "verify", "worker",
)  # fmt: skip

try:
    for _name in _MODULES:
        import_module(f"optimize.cli.{_name}")
except KeyboardInterrupt:
    sys.exit(130)

__all__ = ["main"]
