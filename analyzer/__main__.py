"""`python -m analyzer` in a checkout, where nothing needs to be installed but the dependencies."""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def run() -> int:
    """Run mmlint from the two source roots of this checkout; returns its exit status."""
    sys.path[:0] = [str(CHECKOUT / "analyzer"), str(CHECKOUT / "rules")]
    from mmlint.cli.main import main  # noqa: PLC0415 -- only importable once the roots are known

    return main()


if __name__ == "__main__":
    sys.exit(run())
