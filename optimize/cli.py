"""The command line. Anything heavy is imported inside the commands, so ``--help`` is instant."""

from __future__ import annotations

from importlib import import_module

from optimize.cli_base import main

#: Modules whose import registers commands; order is of no consequence to ``--help``.
_MODULES = (
    "claims", "compare", "decide", "explore", "export", "fleet", "inquiries", "judgement",
    "questions", "runs", "verify",
)  # fmt: skip

for _name in _MODULES:
    import_module(f"optimize.cli_{_name}")

__all__ = ["main"]
