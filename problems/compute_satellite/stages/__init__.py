"""Stages of the chain: each hands a batch of designs to one discipline."""
