"""Callers are parsed as far as somebody looks at them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.dataflow.small import HOME, analyses

from mmlint.dataflow.climb import Climb

CALLED = "void demo(int a) { demo_seen += a; }\n"
CALLERS = "".join(f"void caller_{at}(void) {{ demo({at}); }}\n" for at in range(5))
BOTH = "void caller_5(void)\n{\n#ifdef CONFIG_A\n\tdemo(5);\n#else\n\tdemo(6);\n#endif\n}\n"


@pytest.mark.parametrize(
    ("text", "most", "names", "further"),
    [
        (CALLERS, 2, [0, 1], 3),
        (CALLERS, 9, [0, 1, 2, 3, 4], 0),
        (CALLERS, 0, [], 5),
        (BOTH + CALLERS, 1, [5, 5], 5),
        (BOTH + CALLERS, 3, [5, 5, 0], 4),
        ("", 3, [], 0),
    ],
)
def test_variants_of_a_function_stay_together(
    tmp_path: Path, text: str, most: int, names: list[int], further: int
) -> None:
    run = analyses(tmp_path, {HOME: CALLED + text})
    reaching = Climb(run).reaching
    (demo,) = run.program.definitions("demo", HOME)
    found = reaching.nearest(demo, most)
    assert [fn.name for fn in found.functions] == [f"caller_{at}" for at in names]
    assert found.further() == further
    assert reaching.callers(demo, most) == found.functions[:most]


def test_what_was_asked_before_makes_no_difference(tmp_path: Path) -> None:
    run = analyses(tmp_path, {HOME: CALLED + CALLERS + BOTH})
    reaching = Climb(run).reaching
    (demo,) = run.program.definitions("demo", HOME)
    first = reaching.nearest(demo, 2)
    assert len(reaching.callers(demo)) == 7
    again = reaching.nearest(demo, 2)
    assert (again.functions, again.further()) == (first.functions, first.further())
