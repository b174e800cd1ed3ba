"""Published values beside the model's."""
