"""`python -m mapmaker`."""

import sys

from mapmaker.cli import main

if __name__ == "__main__":
    sys.exit(main())
