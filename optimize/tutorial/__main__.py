"""``python -m optimize.tutorial``."""

import sys

from optimize.tutorial.make import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
