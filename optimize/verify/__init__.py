"""Do we believe a design? Its key numbers again, by routes that share no code with the model."""
