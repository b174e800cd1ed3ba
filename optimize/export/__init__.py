"""Handing designs to other tools: one master document, and one module per format made from it."""
