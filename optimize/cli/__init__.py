"""The command line. Anything heavy is imported inside the commands, so ``--help`` is instant."""

from __future__ import annotations

import sys

try:
    from importlib import import_module
    from pkgutil import iter_modules

    from optimize.cli.base import main

    for _module in iter_modules(__path__):  # importing a module registers its commands
        import_module(f"optimize.cli.{_module.name}")
except KeyboardInterrupt:  # stopped before anything was begun
    sys.exit(130)

__all__ = ["main"]
