from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlint.source.config import (
    ConfigError,
    Configuration,
    parse_configuration,
    read_configuration,
)

HEADER = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/demo 1.0 Configuration\n#\n"
OPTIONS = """CONFIG_BUILT=y
CONFIG_LOADED=m
# CONFIG_OFF is not set
CONFIG_LEVELS=4
CONFIG_NEGATIVE=-1
CONFIG_BASE=0x1F
CONFIG_TEXT="say \\"y\\" # or n"
CONFIG_EMPTY=""
"""


def fragment(text: str = OPTIONS) -> Configuration:
    return parse_configuration(text, "demo.config")


def full(text: str = OPTIONS) -> Configuration:
    return parse_configuration(HEADER + text, ".config")


def test_each_kind_of_value_is_read() -> None:
    assert fragment().values == {
        "CONFIG_BUILT": "y",
        "CONFIG_LOADED": "m",
        "CONFIG_OFF": "n",
        "CONFIG_LEVELS": "4",
        "CONFIG_NEGATIVE": "-1",
        "CONFIG_BASE": "0x1F",
        "CONFIG_TEXT": '"say \\"y\\" # or n"',
        "CONFIG_EMPTY": '""',
    }


def test_only_what_kconfig_wrote_is_complete() -> None:
    assert full().complete
    assert not fragment().complete
    assert not fragment("# not an Automatically generated file\nCONFIG_A=y\n").complete


@pytest.mark.parametrize(
    ("question", "name", "answer"),
    [
        ("defined", "CONFIG_BUILT", 1),
        ("defined", "CONFIG_LOADED", 0),
        ("defined", "CONFIG_LOADED_MODULE", 1),
        ("defined", "CONFIG_BUILT_MODULE", 0),
        ("defined", "CONFIG_OFF", 0),
        ("defined", "CONFIG_OFF_MODULE", 0),
        ("defined", "CONFIG_LEVELS", 1),
        ("defined", "CONFIG_TEXT", 1),
        ("", "CONFIG_BUILT", 1),
        ("", "CONFIG_LOADED", 0),
        ("", "CONFIG_OFF", 0),
        ("", "CONFIG_LEVELS", 4),
        ("", "CONFIG_NEGATIVE", -1),
        ("", "CONFIG_BASE", 31),
        ("", "CONFIG_TEXT", None),
        ("IS_ENABLED", "CONFIG_BUILT", 1),
        ("IS_ENABLED", "CONFIG_LOADED", 1),
        ("IS_ENABLED", "CONFIG_OFF", 0),
        ("IS_BUILTIN", "CONFIG_BUILT", 1),
        ("IS_BUILTIN", "CONFIG_LOADED", 0),
        ("IS_MODULE", "CONFIG_BUILT", 0),
        ("IS_MODULE", "CONFIG_LOADED", 1),
        ("IS_REACHABLE", "CONFIG_BUILT", 1),
        ("IS_REACHABLE", "CONFIG_LOADED", None),
        ("IS_REACHABLE", "CONFIG_OFF", 0),
        ("NOBODY_KNOWS", "CONFIG_BUILT", None),
        ("defined", "MODULE", None),
        ("", "BITS_PER_LONG", None),
    ],
)
def test_questions_are_answered_as_the_preprocessor_does(
    question: str, name: str, answer: int | None
) -> None:
    assert fragment().answer(question, name) == answer
    assert full().answer(question, name) == answer


@pytest.mark.parametrize("question", ["", "defined", "IS_ENABLED", "IS_MODULE"])
@pytest.mark.parametrize("name", ["CONFIG_ABSENT", "CONFIG_ABSENT_MODULE"])
def test_an_absent_option_is_off_in_a_complete_configuration_only(question: str, name: str) -> None:
    assert full().answer(question, name) == 0
    assert fragment().answer(question, name) is None


def test_an_option_whose_name_ends_like_a_module_is_itself() -> None:
    assert full("CONFIG_TEST_MODULE=y\n").answer("defined", "CONFIG_TEST_MODULE") == 1


def test_of_several_values_the_last_one_holds() -> None:
    assert fragment("CONFIG_A=y\n# CONFIG_A is not set\n").values == {"CONFIG_A": "n"}


def test_line_ends_and_space_do_not_matter() -> None:
    assert fragment("CONFIG_A=y\r\n\r\n  CONFIG_B=m  \n").values == {
        "CONFIG_A": "y",
        "CONFIG_B": "m",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONFIG_A=y\nint main(void)\n", "demo:2: neither CONFIG_NAME=value nor a comment: int"),
        ("CONFIG_A=yes\n", "demo:1: the value is none of y, m, n, a number, a string in double"),
        ('CONFIG_A="open\n', "demo:1: the value is none of"),
        ("CONFIG_A=\n", "demo:1: the value is none of"),
        ("A=y\n", "demo:1: neither"),
        ("# only words\n", "demo: no option is set or unset, so this is no configuration"),
        ("", "demo: no option is set or unset"),
        ("\x7fELF\0\0" + "x" * 10_000, "demo:1: neither"),
    ],
)
def test_a_wrong_file_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_configuration(text, "demo")
    assert str(raised.value).startswith(message)
    assert len(str(raised.value).splitlines()) == 1
    assert len(str(raised.value)) < 200


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / ".config"
    path.write_bytes(HEADER.encode() + b'CONFIG_A=y\nCONFIG_B="\xff"\n')
    assert read_configuration(path).values["CONFIG_A"] == "y"


def test_a_file_that_cannot_be_read_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gone: no such file or directory"):
        read_configuration(tmp_path / "gone")
    with pytest.raises(ConfigError, match="is a directory"):
        read_configuration(tmp_path)


@given(st.text() | st.text(alphabet='CONFIG_A=ymn"\\#0x1 is not set\n'))
def test_any_text_is_a_configuration_or_an_error(text: str) -> None:
    try:
        found = parse_configuration(text, "demo")
    except ConfigError:
        return
    assert found.values
