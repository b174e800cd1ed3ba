"""``python -m optimize.bench``."""

from optimize.bench.model import main

if __name__ == "__main__":
    main()
