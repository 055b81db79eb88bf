"""`python -m mmlint`."""

import sys

from mmlint.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
