"""The satellite with other numbers: published designs of peers, and the frozen benchmark."""
