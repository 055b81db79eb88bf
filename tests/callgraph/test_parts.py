"""A scope in parts: each file once, directories together as far as that is possible."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from mmlint.callgraph.parts import parts

NAMES = st.sampled_from(["a", "b", "net", "net-x", "z"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/".join(names) + ".c")


@given(st.sets(PATHS, max_size=30), st.integers(1, 12))
def test_each_file_is_in_one_part(scope: set[str], most: int) -> None:
    assert list(chain.from_iterable(parts(sorted(scope), most))) == sorted(scope)


@given(st.sets(PATHS, max_size=30), st.integers(1, 12))
def test_only_files_of_one_directory_are_more_than_a_part_may_have(
    scope: set[str], most: int
) -> None:
    for part in parts(sorted(scope), most):
        assert len(part) <= most or len({path.rpartition("/")[0] for path in part}) == 1


def test_a_directory_that_fits_is_not_divided() -> None:
    scope = ["a/x/1.c", "a/x/2.c", "a/x/3.c", "a/y/1.c", "b/1.c", "b/2.c", "c.c"]
    assert parts(scope, 4) == [tuple(scope[:4]), tuple(scope[4:])]
    assert parts(scope, 3) == [tuple(scope[:3]), tuple(scope[3:6]), tuple(scope[6:])]
    assert parts(scope, 2) == [
        tuple(scope[:3]),
        ("a/y/1.c",),
        ("b/1.c", "b/2.c"),
        ("c.c",),
    ]
    assert parts([], 3) == []
