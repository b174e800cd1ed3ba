"""Formats that a design is handed over in, one module each."""
