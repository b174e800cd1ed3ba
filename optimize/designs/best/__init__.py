"""The best design in one output, for one case or for many at once."""
