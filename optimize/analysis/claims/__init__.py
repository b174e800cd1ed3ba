"""Public claims, answered by the model."""
