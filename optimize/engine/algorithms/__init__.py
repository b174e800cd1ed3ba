"""Search algorithms behind one protocol of ask and tell."""
