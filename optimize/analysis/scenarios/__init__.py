"""Scenarios and the peers' assumption sets side by side, and why their answers differ."""
