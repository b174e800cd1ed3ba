"""Engines beside numpy that run the same chain, from the same source."""
