"""How a run does without looking for cycles among the values that it builds."""

from __future__ import annotations

import atexit
import gc


def never_collect() -> None:
    """Look for cycles no more, nor when the process ends.

    Facts and graphs are millions of small values without cycles: looking for cycles among them
    takes a tenth of a run, and the look at its end, which only `freeze` prevents, half a second.
    """
    gc.disable()
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
