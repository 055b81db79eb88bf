"""The analysed tree may set defaults; a mistake names file, line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmlint.settings import Settings, SettingsError, load_settings


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert load_settings(tmp_path) == Settings()


def test_either_file_sets_the_same(tmp_path: Path) -> None:
    lines = 'paths = ["mm", "fs"]\nignore = ["zone-from-range"]\nfail-on = "error"\n'
    expected = Settings(paths=("mm", "fs"), ignore=("zone-from-range",), fail_on="error")
    (tmp_path / "pyproject.toml").write_text(f"[tool.mmlint]\n{lines}")
    assert load_settings(tmp_path) == expected
    (tmp_path / ".mmlint.toml").write_text('severity = "note"\n')
    assert load_settings(tmp_path) == Settings(severity="note")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "# x\nseverty = 'note'\n",
            "2: there is no setting 'severty': did you mean severity or select?",
        ),
        (
            "ignore = []\nseverity = 'bad'\n",
            '2: severity: invalid enum value \'bad\'; write "error", "warning" or "note"',
        ),
        ("\n\nselect = 'x'\n", "3: select: expected `array`, got `str`; write a list of strings"),
        ("select = [1]\n", "1: select: expected `str`, got `int`; write a list of strings"),
        ("select = [\n", "2: invalid value; mend the TOML"),
        ("a = 1\nb = = 2\n", "2: invalid value; mend the TOML"),
    ],
)
def test_a_mistake_says_where_it_is(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / ".mmlint.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert str(caught.value) == f"{file}:{complaint}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tool]\nmmlint = 3\n", "2: mmlint: expected `object`, got `int`"),
        ("[tool.x]\n[tool.mmlint]\nselect = 3\n", "3: select: expected `array`, got `int`"),
    ],
)
def test_so_it_does_in_a_pyproject(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match="pyproject") as caught:
        load_settings(tmp_path)
    assert complaint in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / ".mmlint.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(tmp_path)
    file.unlink()
    file.mkdir()
    with pytest.raises(SettingsError, match="is a directory"):
        load_settings(tmp_path)
