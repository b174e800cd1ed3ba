"""Configurations: read, checked against the problem, every fault at its line and column."""
