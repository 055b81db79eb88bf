"""`--rules DIR`: rows and rules of a directory outside of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.stand_ins import CommandLine

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
PAIR = """# CPU hotplug.

[[pair]]
name = "cpu-hotplug"
text = "the CPU hotplug lock is held for reading"
acquire = ["cpus_read_lock"]
release = ["cpus_read_unlock"]
source = "kernel/cpu.c: cpus_read_lock, cpus_read_unlock (6.12)"
"""
FORGETFUL = """int demo_use(int x)
{
	cpus_read_lock();
	if (demo_step(x))
		return -EINVAL;
	cpus_read_unlock();
	return 0;
}
"""
RULE = '''"""Every forgotten lock is an error here.

What is reported
    All.
Why it is a bug
    It is.
Evidence
    None.
What it does not see
    Nothing.
How to fix it
    Release.
Agreed in
    A mail.
"""

from mmlint.api import Severity, Verdict

NEED = "balance"


def judge(incident):
    return Verdict("mine", Severity.ERROR, f"{incident.name}() again", "care", "care")
'''


@pytest.fixture
def own(tmp_path: Path) -> Path:
    directory = tmp_path / "own"
    directory.mkdir()
    (directory / "cpus.toml").write_text(PAIR)
    return directory


@pytest.fixture
def forgetful(kernel: Path) -> Path:
    file = kernel / "mm" / "forgetful.c"
    file.write_text(FORGETFUL)
    return file


@pytest.mark.usefixtures("forgetful")
def test_a_row_is_enough_for_a_new_pair(mmlint: CommandLine, own: Path) -> None:
    check = ("check", "--quiet", "mm/forgetful.c")
    assert mmlint(*check)[0] == 0
    status, out, _ = mmlint(*check, "--rules", str(own))
    assert status == 1
    assert out.startswith(
        "mm/forgetful.c:3:2: warning: a way out of the function forgets cpus_read_unlock() after "
        "cpus_read_lock() [unbalanced-pair]"
    )


@pytest.mark.usefixtures("forgetful")
def test_the_pair_of_the_contributing_text_works(mmlint: CommandLine, own: Path) -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```toml\n")[1:]]
    rows = [block for block in blocks if "[[pair]]" in block]
    assert len(rows) == 2
    (own / "cpus.toml").write_text("\n".join(rows))
    assert mmlint("check", "--quiet", "mm/forgetful.c", "--rules", str(own))[0] == 1


@pytest.mark.usefixtures("forgetful")
def test_a_module_is_a_rule(mmlint: CommandLine, own: Path) -> None:
    (own / "my_rule.py").write_text(RULE)
    arguments = ("check", "--quiet", "--select", "my-rule", "--rules", str(own), "mm/forgetful.c")
    status, out, _ = mmlint(*arguments)
    assert status == 1
    assert "error: cpus_read_lock() again [my-rule]" in out
    assert "Every forgotten lock" in mmlint("explain", "my-rule", "--rules", str(own))[1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("release =", "releases =", "3: row pair: Object contains unknown field `releases`"),
        ('["cpus_read_unlock"]', '"x"', "3: row pair: Expected `array`, got `str`"),
        ('["cpus_read_unlock"]', "[]", "3: row pair cpu-hotplug: release is empty"),
        ('["cpus_read_lock"]', "[]", "3: row pair cpu-hotplug: acquire is empty"),
        ("text =", "key = [0]\ntext =", "3: row pair cpu-hotplug: key counts arguments from 1"),
        ("text =", "key = [1]\nresult = true\ntext =", "3: row pair cpu-hotplug: result says"),
        ("text =", 'wants = ["x"]\ntext =', "3: row pair cpu-hotplug: no pair is called x"),
        ("text =", 'member = "zone.lock"\ntext =', "3: row pair cpu-hotplug: member needs"),
        ("text =", "length = 2\ntext =", "3: row pair cpu-hotplug: length counts from"),
        ("text =", 'success = "1"\ntext =', "3: row pair: Invalid enum value '1'"),
        ("[[pair]]", "[[pairs]]", "3: no table is called pairs"),
        ("source =", "# source =", "3: row pair: Object missing required field `source`"),
        ('name = "cpu', "name = cpu", "4: no valid TOML"),
    ],
)
def test_a_mistake_in_a_row_is_one_line_with_its_place(
    mmlint: CommandLine, own: Path, old: str, new: str, message: str
) -> None:
    file = own / "cpus.toml"
    file.write_text(PAIR.replace(old, new))
    status, out, err = mmlint("check", "--rules", str(own), "mm")
    assert (status, out) == (2, "")
    assert err.startswith(f"mmlint: error: {file}:{message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise RuntimeError('no')\n", "cannot be imported: RuntimeError: no"),
        ("x = 1\n", "a rule without a docstring does not load"),
        (RULE.replace("NEED", "WANT"), "rule my-rule: NEED must name the fact it asks for"),
    ],
)
def test_a_mistake_in_a_module_is_one_line(
    mmlint: CommandLine, own: Path, text: str, message: str
) -> None:
    (own / "my_rule.py").write_text(text)
    status, _, err = mmlint("check", "--rules", str(own), "mm")
    assert status == 2
    assert err.startswith(f"mmlint: error: {own / 'my_rule.py'}: ")
    assert message in err


def test_a_directory_must_be_there_and_hold_something(mmlint: CommandLine, tmp_path: Path) -> None:
    status, _, err = mmlint("check", "--rules", "nowhere", "mm")
    assert (status, "there is no such directory" in err) == (2, True)
    (tmp_path / "empty").mkdir()
    status, _, err = mmlint("check", "--rules", str(tmp_path / "empty"), "mm")
    assert (status, "it holds neither knowledge" in err) == (2, True)


def test_two_rules_of_one_name_are_refused(mmlint: CommandLine, own: Path) -> None:
    (own / "unbalanced_pair.py").write_text(RULE)
    status, _, err = mmlint("check", "--rules", str(own), "mm")
    assert (status, "there are two rules called unbalanced-pair" in err) == (2, True)
