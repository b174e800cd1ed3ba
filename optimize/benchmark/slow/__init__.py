"""Searches for models that take minutes a design, at budgets of some hundred designs."""
