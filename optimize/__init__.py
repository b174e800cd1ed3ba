"""How designs are searched and used; :mod:`problems` says what is designed."""
