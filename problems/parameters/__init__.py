"""Numbers that nobody chooses: assumptions, catalogue rows, their ranges and futures."""
