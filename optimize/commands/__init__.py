"""What the commands around runs do; the options are in :mod:`optimize.cli`."""
