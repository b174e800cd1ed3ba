"""Delivery: rockets, transfers between orbits, and the lunar mass driver."""
