"""Code that a parser would stumble over, told at a glance."""

from __future__ import annotations

import pytest

from mmlint.syntax.damage import looks_damaged


@pytest.mark.parametrize(
    "body", ["x = (;", "x = ;", "f(a,, b;", "@", "a[1;", "if (a) {", "x == = y", "f(, /)", "a \\ b"]
)
def test_what_cannot_be_c_looks_damaged(body: str) -> None:
    code = f"{{ {body} }}".encode()
    assert looks_damaged(code, 0, len(code))


@pytest.mark.parametrize(
    "body",
    [
        "for (;;) f((char *)a, &b, *c, -1);",
        "x = (struct y){ .a = 1, .b = { [2] = 3 } };",
        "i++; j--; p->q = !a ? b : ~c;",
        "if (a <= b && c >= d) goto out; out: ;",
    ],
)
def test_plain_code_does_not(body: str) -> None:
    code = f"{{ {body} }}".encode()
    assert not looks_damaged(code, 0, len(code))
