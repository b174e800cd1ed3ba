"""``python -m optimize.benchmark.speed``."""

from optimize.benchmark.speed.model import main

if __name__ == "__main__":
    main()
