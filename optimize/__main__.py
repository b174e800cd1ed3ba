"""``python -m optimize`` is the same as ``heliofront``."""

from optimize.cli import main

if __name__ == "__main__":
    main()
