"""Independent checks of a design: its key numbers by routes that share no code with the model."""
