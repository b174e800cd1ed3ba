"""Runs: folder, provenance, checkpoints, and the session between start and front."""
