"""Break-even, architecture maps and inverse questions, re-optimised at every point."""
