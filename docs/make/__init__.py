"""What writes generated pages: ``python -m docs.make PAGE``."""
