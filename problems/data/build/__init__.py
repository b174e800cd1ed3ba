"""Programs that build the environment tables from public models."""
