"""``python -m skactive``: the command line of labelling campaigns; layer 7."""

import sys

from skactive.annotation._cli import main

if __name__ == "__main__":
    sys.exit(main())
