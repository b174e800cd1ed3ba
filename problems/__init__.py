"""What is designed: the satellite model. Start with :func:`load_problem`."""

from __future__ import annotations

from problems.registry import load_problem

__all__ = ["load_problem"]
