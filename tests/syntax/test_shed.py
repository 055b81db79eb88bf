"""An outline that forgot its text says what it said before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmlint.syntax.outline import apart, outline

_CODE = st.sampled_from(
    [b"int f(void)\n{\n", b"}\n", b"#if A\n", b"#else\n", b"#endif\n", b"g();\n", b"/* f */\n"]
)
_MORE = st.sampled_from(
    [b"static int g(int a)\n{\n", b".f = f,\n", b"struct x y = {\n", b"f(g);\n", b'"f"\n']
)
_BLANK = st.sampled_from(
    [
        b"f/* \n */(\n",
        b"/* f(\n",
        b"*/\n",
        b"#define x f( \\\n f(\n",
        b"#error don't f(\n",
        b"'f\n",
        b'"f\n',
    ]
)
_TEXTS = st.lists(_CODE | _MORE | _BLANK, max_size=14).map(b"".join)


@given(_TEXTS, st.booleans())
def test_what_is_asked_again_is_answered_alike(data: bytes, alone: bool) -> None:
    whole, shed = outline("a.c", data), outline("a.c", data)
    assert not shed.shed(lambda: apart(data))
    assert shed.losses == whole.losses
    assert shed.shed(lambda: apart(data), alone=alone)
    assert shed.definitions == whole.definitions
    assert shed.named("f") == whole.named("f")
    for site in whole.definitions:
        assert shed.code_of(site) == whole.code_of(site)
    for name in ("f", "g"):
        assert shed.calls(name) == whole.calls(name)
        assert shed.using(name) == whole.using(name)
    for name in ("f", "g"):
        assert shed.references(name) == whole.references(name)
    assert (shed.data, shed.code, shed.comments) == (data, whole.code, whole.comments)
    assert list(shed.file_scope()) == list(whole.file_scope())


def test_bytes_that_were_released_are_read_when_they_are_asked_for() -> None:
    data = b"/* one */\nint f(void)\n{\n\treturn 1; /* two */\n}\n"
    kept, released = outline("a.c", data), outline("a.c", data)
    reads: list[bytes] = []

    def read() -> bytes:
        reads.append(data)
        return data

    released.release(read)
    assert released.definitions == kept.definitions
    assert [released.lines.position(at) for at in range(len(data))] == [
        kept.lines.position(at) for at in range(len(data))
    ]
    assert not reads
    assert released.data == data
    assert released.comments == kept.comments
    assert len(reads) == 2
