"""Files, signals, labels and mark-up, used everywhere."""
