"""The spacecraft: power, heat, compute, communications, mass, protection, reliability."""
