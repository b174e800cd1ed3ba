"""The explorer: one HTML file with a run's designs in it, for looking, filtering and deciding."""

from __future__ import annotations

from optimize.explorer.build import write_explorer

__all__ = ["write_explorer"]
