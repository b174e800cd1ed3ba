"""Tables that ship with the package: assumptions, catalogues, environments, references."""
