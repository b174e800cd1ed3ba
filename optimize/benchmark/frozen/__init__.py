"""The frozen benchmark problem: searches ranked on it, and adapters for other libraries."""
