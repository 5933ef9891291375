"""``python -m skactive``: label without writing a program; layer 7."""

import sys

from skactive.annotation._cli import main

if __name__ == "__main__":
    sys.exit(main())
