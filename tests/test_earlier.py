"""A run that goes on from an earlier one finds what a run from the beginning finds."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import run
from tests.test_fixtures import FILES

from mmlint.discovery import knowledge_dir, load_rules
from mmlint.earlier import Earlier, Part, earlier_of
from mmlint.engine import Checked, CheckRequest, check, checked
from mmlint.knowledge import load_knowledge
from mmlint.model import Severity
from mmlint.source.tree import Tree
from mmlint.syntax.outline import DefinitionSite, outline

KNOWLEDGE = load_knowledge([knowledge_dir("mmlint_rules")])
WORD = re.compile(r"\b[A-Za-z_]\w*")
STATEMENT = re.compile(r"(?<=[;{}])\s*[^;{}]+;")
TREES = 24
FILES_OF_A_TREE = 5
_MOVES = 0.25
"""How often a function comes, goes or gets another header."""
_COMMENTS = 0.25
"""How often only a comment comes, somewhere."""
_DECLARATIONS = 0.2
"""How often a name comes or goes between functions, new or not."""
_DECLARED = (
    "#define {}(pfn) pfn_to_page(pfn)\n",
    "#define {} 1\n",
    "struct page *{}(unsigned long pfn);\n",
    "static int {} __read_mostly;\n",
    "#ifdef CONFIG_FRESH\nvoid {0}(int nid);\n#else\n#define {0}(nid)\n#endif\n",
    "#include <linux/{}.h>\n",
    "struct {};\n",
)
_BESIDE = "void beside(void)\n{\n\tfor (;;)\n\t\tcpu_relax();\n}\n"


def request_of(
    root: Path, earlier: Earlier | None = None, *, recording: bool = False, jobs: int = 1
) -> CheckRequest:
    return CheckRequest(
        Tree.find(root, root),
        ("mm",),
        load_rules("mmlint_rules"),
        KNOWLEDGE,
        jobs=jobs,
        recording=recording,
        earlier=earlier,
    )


def nowhere(_names: frozenset[str]) -> bool:
    return False


def parts_of(found: Checked) -> bytes:
    return msgspec.msgpack.encode(found.parts)


class Source:
    """A tree of some fixtures, with what each file held when it was last checked."""

    def __init__(self, root: Path, files: list[Path]) -> None:
        self.root = root
        for file in files:
            name = f"{file.parent.name}_{file.name}".replace("-", "_")
            (root / "mm").mkdir(exist_ok=True, parents=True)
            shutil.copyfile(file, root / "mm" / name)
        (root / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nNAME = A\n")
        (root / "Kbuild").write_text("")
        self.files = sorted((root / "mm").glob("*.c"))

    def edit(self, seed: int) -> tuple[str, bytes, bytes] | None:
        """Change the body of one function somehow: path, old and new contents."""
        chance = random.Random(seed)
        file = chance.choice(self.files)
        old = file.read_text()
        sites = outline(file.name, old.encode()).definitions
        if not sites or not old.isascii():
            return None
        site = chance.choice(sites)
        how = chance.random()
        if how < _MOVES:
            return self._written(file, old, moved(old, site, chance))
        if how < _MOVES + _COMMENTS:
            return self._written(file, old, commented(old, chance))
        if how < _MOVES + _COMMENTS + _DECLARATIONS:
            return self._written(file, old, declared(old, site, chance))
        body = old[site.body : site.end]
        new = old[: site.body] + changed(body, old, chance) + old[site.end :]
        return self._written(file, old, new)

    def stands_beside(self, path: str) -> Callable[[frozenset[str]], bool]:
        """Whether another file than the one at `path` holds one of some names."""
        others = [file for file in self.files if file != self.root / path]

        def stands(names: frozenset[str]) -> bool:
            return any(names & set(WORD.findall(file.read_text())) for file in others)

        return stands

    def _written(self, file: Path, old: str, new: str) -> tuple[str, bytes, bytes] | None:
        file.write_text(new)
        path = file.relative_to(self.root).as_posix()
        return (path, old.encode(), new.encode()) if new != old else None


def declared(text: str, site: DefinitionSite, chance: random.Random) -> str:
    """A file in which a name, often one that stands there already, means something in addition."""
    name = chance.choice(["fresh", site.name, *called_in(text)])
    line = chance.choice(_DECLARED).format(name)
    if line in text:
        return text.replace(line, "", 1)
    start = text.rfind("\n", 0, site.start) + 1
    return text[:start] + line + text[start:]


def moved(text: str, site: DefinitionSite, chance: random.Random) -> str:
    """A file with a function less, one more of another name, or one of another kind."""
    start = text.rfind("\n", 0, site.start) + 1
    function = text[start : site.end] + "\n"
    how = chance.randrange(3)
    if how == 0:
        return text.replace(function, "", 1)
    if how == 1:
        twin = re.sub(rf"\b{site.name}\b", f"{site.name}_twin", function)
        return text.replace(function, f"{twin}\n{function}", 1)
    kind = function.removeprefix("static ") if site.static else f"static {function}"
    return text.replace(function, kind, 1)


def commented(text: str, chance: random.Random) -> str:
    """A file with one more comment, which may name what matters, or a function that does not."""
    lines = text.splitlines(keepends=True)
    comment = chance.choice(["/* why */\n", "// pfn_to_page(pfn)\n", "\n", "\t/* a\n\t * b */\n"])
    at = chance.randrange(len(lines) + 1)
    within = "/*" in "".join(lines[:at]).rpartition("*/")[2]
    return text + _BESIDE if within else "".join((*lines[:at], comment, *lines[at:]))


def called_in(text: str) -> list[str]:
    """The names that are called, or defined."""
    found: set[str] = set(re.findall(r"\b\w+(?=\()", text))
    return sorted(found - {"if", "for", "while", "switch"})


def changed(body: str, text: str, chance: random.Random) -> str:
    """A body with a statement more or less, or another name where one was called."""
    statements = [found.span() for found in STATEMENT.finditer(body)]
    if not statements:
        return body
    start, end = chance.choice(statements)
    called = called_in(text)
    how = chance.randrange(4)
    if how == 0:
        return body[:start] + body[end:]
    if how == 1:
        return body[:end] + body[start:end] + body[end:]
    if how == 2:
        return body[:start] + "\n\tcond_resched();" + body[start:]
    names = list(re.finditer(r"\b\w+(?=\()", body[start:end]))
    if not names or not called:
        return body[:start] + "\n" + body[start:]
    name = chance.choice(names)
    at, behind = start + name.start(), start + name.end()
    return body[:at] + chance.choice(called) + body[behind:]


@settings(max_examples=TREES)
@given(st.integers(0, 1 << 30))
def test_edits_of_bodies_are_followed_by_what_rests_on_them(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    chance = random.Random(seed)
    files = chance.sample(FILES, FILES_OF_A_TREE)
    source = Source(tmp_path_factory.mktemp("tree"), files)
    before = checked(request_of(source.root, recording=True))
    for _ in range(4):
        parts, change = parts_of(before), source.edit(chance.randrange(1 << 30))
        if change is None:
            continue
        earlier = earlier_of(parts, [change], source.stands_beside(change[0]))
        now = check(request_of(source.root))
        if earlier is None:
            before = checked(request_of(source.root, recording=True))
            continue
        carried = earlier.carried(before.run, lambda _: True)
        if carried is not None:
            assert carried.run == now, (seed, files, change)
            if chance.random() < 1 / 2:
                before = Checked(carried.run, carried.parts)
                continue
        before = checked(request_of(source.root, earlier, recording=True))
        assert before.run == now, (seed, files, change)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path, FILES[:40])


def test_what_an_edit_leaves_alone_is_not_done_again(source: Source) -> None:
    parts = parts_of(checked(request_of(source.root, recording=True)))
    change = source.edit(1)
    assert change is not None
    earlier = earlier_of(parts, [change], nowhere)
    assert earlier is not None
    found = checked(request_of(source.root, earlier, recording=True))
    assert found.run == check(request_of(source.root))
    [kept, *more] = found.parts
    [whole] = msgspec.msgpack.decode(parts, type=tuple[Part, ...])
    assert len(kept.answers) > 0.8 * len(whole.answers)
    assert sum(len(part.answers) for part in (kept, *more)) <= len(whole.answers) + 1


def test_what_no_answer_rests_on_changes_none(source: Source) -> None:
    for file in source.files:
        file.write_text(_BESIDE + file.read_text())
    before = checked(request_of(source.root, recording=True))
    span = before.run.findings[0].span
    file = source.root / span.path
    old = file.read_text()
    lines = old.replace("cpu_relax();", "barrier();\n\t/* until */").splitlines(keepends=True)
    new = "".join((*lines[: span.line], "\t/* page_zone(page) */\n", *lines[span.line :]))
    file.write_text(new)
    change = (f"mm/{file.name}", old.encode(), new.encode())
    earlier = earlier_of(parts_of(before), [change], nowhere)
    assert earlier is not None
    carried = earlier.carried(before.run, lambda _: True)
    assert carried is not None
    assert carried.run == check(request_of(source.root))
    assert carried.run.analysed.lines == before.run.analysed.lines + 2
    elsewhere = earlier.carried(before.run, lambda _: False)
    assert elsewhere is not None
    assert elsewhere.run.analysed.lines == before.run.analysed.lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cpu_relax();", "ask(pfn_to_page(0));"),
        ("void beside", "void helper"),
        ("cpu_relax();", "cpu_relax(); /* mmlint: allow pfn-not-online -- why */"),
        ("void beside(void)", "bool is_zone_device_page(struct page *page)"),
    ],
)
def test_what_an_answer_may_rest_on_is_found_out_again(
    tmp_path: Path, before: str, after: str
) -> None:
    (tmp_path / "mm").mkdir()
    asking = "bool asked(unsigned long pfn)\n{\n\treturn PageLRU(pfn_to_page(helper(pfn)));\n}\n"
    assert before in _BESIDE
    old = asking + _BESIDE
    for one, other in ((old, old.replace(before, after)), (old.replace(before, after), old)):
        (tmp_path / "mm/a.c").write_text(one)
        was = checked(request_of(tmp_path, recording=True))
        earlier = earlier_of(parts_of(was), [("mm/a.c", one.encode(), other.encode())], nowhere)
        assert earlier is None or earlier.carried(was.run, lambda _: True) is None


@pytest.mark.parametrize(
    ("edited", "is_kept"), [("beside", True), ("start", False), ("later", False)]
)
def test_whether_a_function_runs_at_boot_only_is_asked_again_where_callers_changed(
    tmp_path: Path, edited: str, is_kept: bool
) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nNAME = A\n")
    walk = (
        "static void walk(struct zone *zone)\n{\n\tunsigned long pfn;\n\n"
        "\tfor (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++)\n"
        "\t\tif (pfn_valid(pfn))\n\t\t\tClearPageReserved(pfn_to_page(pfn));\n}\n"
    )
    start = "void __init start(void)\n{\n\twalk(first_zone);\n}\n"
    later = "void later(void)\n{\n\tcpu_relax();\n}\n"
    old = walk + start + later + _BESIDE
    (tmp_path / "mm/a.c").write_text(old)
    before = checked(request_of(tmp_path, recording=True))
    assert not [one for one in before.run.findings if one.severity > Severity.NOTE]
    at = old.index("{", old.index(f"{edited}(void)")) + 2
    new = f"{old[:at]}\twalk(first_zone);\n{old[at:]}"
    if is_kept:
        new = f"{old[:at]}\tbarrier();\n{old[at:]}"
    (tmp_path / "mm/a.c").write_text(new)
    earlier = earlier_of(parts_of(before), [("mm/a.c", old.encode(), new.encode())], nowhere)
    assert earlier is not None
    kept = earlier.kept("boot", ("mm/a.c", "walk", 0))
    assert (kept is not None and kept.said) is is_kept
    after = checked(request_of(tmp_path, earlier, recording=True)).run
    assert after == check(request_of(tmp_path))
    reported = {one.rule for one in after.findings if one.severity > Severity.NOTE}
    assert ("pfn-not-online" in reported) is (edited == "later")


def test_processes_go_on_from_each_others_answers(source: Source) -> None:
    parts = parts_of(checked(request_of(source.root, recording=True, jobs=2)))
    change = source.edit(2)
    assert change is not None
    earlier = earlier_of(parts, [change], nowhere)
    assert earlier is not None
    found = checked(request_of(source.root, earlier, recording=True, jobs=2))
    assert found.run == check(request_of(source.root))
    assert sum(len(part.answers) for part in found.parts) > 0


def test_a_helper_that_loses_its_check_is_told_to_its_callers(tmp_path: Path) -> None:
    root = tmp_path
    (root / "mm").mkdir()
    (root / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nNAME = A\n")
    helper = "struct page *page_at(unsigned long pfn)\n{\n\treturn pfn_to_online_page(pfn);\n}\n"
    caller = (
        "int show(struct zone *zone)\n{\n\tunsigned long pfn;\n\n"
        "\tfor (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {\n"
        "\t\tstruct page *page = page_at(pfn);\n\n"
        "\t\tif (page && PageReserved(page))\n\t\t\treturn 1;\n\t}\n\treturn 0;\n}\n"
    )
    (root / "mm/helper.c").write_text(helper)
    (root / "mm/caller.c").write_text(f"struct page *page_at(unsigned long pfn);\n{caller}")
    before = checked(request_of(root, recording=True))
    assert "pfn-not-online" not in {f.rule for f in before.run.findings}
    worse = helper.replace("pfn_to_online_page", "pfn_to_page")
    (root / "mm/helper.c").write_text(worse)
    change = ("mm/helper.c", helper.encode(), worse.encode())
    earlier = earlier_of(parts_of(before), [change], nowhere)
    assert earlier is not None
    after = checked(request_of(root, earlier, recording=True)).run
    assert after == check(request_of(root))
    assert "pfn-not-online" in {f.rule for f in after.findings}


def test_a_macro_that_moves_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    macro = "#define ask(pfn) PageLRU(pfn_to_page(pfn))\n"
    users = "".join(f"int use{n}(unsigned long pfn)\n{{\n\treturn ask(pfn);\n}}\n" for n in "ab")
    old = f"void first(void)\n{{\n}}\n\n{macro}{users}"
    new = old.replace("{\n}", "{\n\tcond_resched();\n}").replace("ask(pfn);", "!ask(pfn);", 1)
    (tmp_path / "mm/a.c").write_text(old)
    before = checked(request_of(tmp_path, recording=True))
    (tmp_path / "mm/a.c").write_text(new)
    earlier = earlier_of(parts_of(before), [("mm/a.c", old.encode(), new.encode())], nowhere)
    assert earlier is not None
    assert checked(request_of(tmp_path, earlier, recording=True)).run == check(request_of(tmp_path))


DAMAGED = "int broken(struct page *page)\n{\n\treturn ( PageLRU(page;\n}\n\n"
WHOLE = "int whole(struct page *page)\n{\n\treturn PageLRU(page);\n}\n"


def test_what_was_not_analysed_is_said_again_where_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/b.c").write_text(
        "int more(unsigned long pfn)\n{\n\treturn broken(pfn_to_page(pfn));\n}\n"
    )
    old = WHOLE + DAMAGED + WHOLE.replace("whole", "other")
    new = old.replace("PageLRU(page);", "\n\t\tPageLRU(page);", 1)
    (tmp_path / "mm/a.c").write_text(old)
    before = checked(request_of(tmp_path, recording=True))
    assert before.run.not_analysed
    (tmp_path / "mm/a.c").write_text(new)
    earlier = earlier_of(parts_of(before), [("mm/a.c", old.encode(), new.encode())], nowhere)
    assert earlier is not None
    assert checked(request_of(tmp_path, earlier, recording=True)).run == check(request_of(tmp_path))


PRIVATE = "static int drain(struct page *page)\n{\n\treturn PageLRU(page);\n}\n"
PUBLIC = PRIVATE.removeprefix("static ")
DECLARED = "int drain(struct page *page);\n"


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ([("mm/a.h", "", "#define drained(page) 1\n")], {"drained"}),
        ([("mm/a.h", "", DECLARED)], {"drain"}),
        ([("mm/a.h", "", DECLARED), ("mm/a.c", PRIVATE, PUBLIC)], set()),
        ([("mm/a.h", "", f"#define drain drain\n{DECLARED}"), ("mm/a.c", "", PUBLIC)], {"drain"}),
    ],
)
def test_names_that_come_must_stand_in_no_other_file(
    changes: list[tuple[str, str, str]], asked: set[str]
) -> None:
    parts = parts_of(Checked(run()))
    files = [(path, old.encode(), new.encode()) for path, old, new in changes]
    told: list[frozenset[str]] = []

    def stands(names: frozenset[str]) -> bool:
        told.append(names)
        return bool(names)

    assert (earlier_of(parts, files, stands) is None) is bool(asked)
    assert frozenset().union(*told) == asked


def test_names_that_come_must_stand_in_nothing_that_stays() -> None:
    old = "int use(int nid)\n{\n\treturn first(nid);\n}\n"
    change = ("mm/a.c", old.encode(), f"#define first(nid) 0\n{old}".encode())
    assert earlier_of(parts_of(Checked(run())), [change], nowhere) is None


def test_parts_that_nobody_can_read_are_none() -> None:
    assert earlier_of(b"\xc1", [], nowhere) is None
