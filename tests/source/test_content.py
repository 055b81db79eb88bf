"""Contents that are not worth parsing are told from C."""

import pytest

from mmlint.source.content import LARGEST_PARSED, why_not_c


@pytest.mark.parametrize("data", [b"", b"int a;\n", "int é;".encode("latin-1"), b"\xff\xfe"])
def test_text_in_any_encoding_may_be_c(data: bytes) -> None:
    assert why_not_c(data) is None


def test_nul_bytes_make_a_file_binary() -> None:
    assert why_not_c(b"int\0a;") == "binary (NUL byte at offset 3)"
    assert why_not_c(b"\0" * 40 + b"int a;\n" * 100) == "binary (NUL byte at offset 0)"


def test_a_single_nul_byte_is_a_slip_in_a_text() -> None:
    assert why_not_c(b"int a;\n" * 100 + b"\0") is None


def test_a_file_that_no_kernel_has_is_too_large() -> None:
    assert why_not_c(b" " * LARGEST_PARSED) is None
    assert why_not_c(b" " * (LARGEST_PARSED + 1)) == "larger than 16 MB"
