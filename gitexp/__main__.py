"""`python -m gitexp` is the command line."""

import sys

from gitexp.cli import main

if __name__ == "__main__":
    sys.exit(main())
