"""How fast and how good the engine is, beside its peers."""
