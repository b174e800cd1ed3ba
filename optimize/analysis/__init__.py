"""Questions about a configuration or run: one package each, calculation, text and plot."""
