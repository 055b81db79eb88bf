"""What is measured: the questions, and who answers them with which command."""

from __future__ import annotations

import msgspec

MM = "mm"
TREE = "."


class Contender(msgspec.Struct, frozen=True):
    """A program with the command that answers the question of a case.

    In `command`, `first` and `before` stand {tree}, {scratch} (a directory that lasts as long as
    the case), {rules} (the peers' rules) and {files} (a list of what is in the scope); a part that
    becomes empty is left out, as {no_cache} is where mmlint has no cache. `first` runs once and
    `before` ahead of each run, both unmeasured. `needs` names an option of mmlint's subcommand
    without which there is nothing to measure; `found` matches a line that reports something.
    """

    name: str
    program: str
    command: tuple[str, ...]
    first: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    needs: str = ""
    found: str = ""
    statuses: tuple[int, ...] = (0,)


class Case(msgspec.Struct, frozen=True):
    """A question about the files at or below `scope`; ratios are to the contender `yardstick`.

    With `copied`, the tree is a copy that the commands may change.
    """

    name: str
    title: str
    scope: str
    contenders: tuple[Contender, ...]
    yardstick: str
    copied: bool = False


_CACHE = ("--cache-dir", "{scratch}/cache")
_NO_CACHE = ("{no_cache}",)
_DONE = (0, 1, 3)
_FINDING = r"^\S+:\d+:\d+: (error|warning)"


def _check(
    name: str, scope: str, *options: str, first: bool = False, program: str = "mmlint"
) -> Contender:
    command = ("check", "--tree", "{tree}", *options, scope)
    return Contender(
        name,
        program,
        command,
        first=("{mmlint}", *command) if first else (),
        needs=_CACHE[0] if _CACHE[0] in options else "",
        found=_FINDING,
        statuses=_DONE,
    )


def _graph(name: str, *command: str, options: tuple[str, ...] = _NO_CACHE) -> Contender:
    command = ("graph", *command, "--tree", "{tree}", *options)
    warm = options == _CACHE
    return Contender(
        name,
        "mmlint",
        command,
        first=("{mmlint}", *command) if warm else (),
        needs=_CACHE[0] if warm else "",
        statuses=_DONE,
    )


def _export(scope: str) -> Contender:
    return _graph("mmlint", "export", scope, "--output", "{scratch}/graph.json")


def _coccinelle(scope: str) -> Contender:
    options = ("--sp-file", "{rules}/two-checks.cocci", "--dir", scope, "--use-gitgrep")
    more = ("--include-headers", "--no-includes", "--very-quiet")
    return Contender("Coccinelle", "spatch", (*options, *more), found="^-(?!--)")


def _semgrep(scope: str) -> Contender:
    quiet = ("--metrics", "off", "--disable-version-check", "--quiet")
    rules = ("--config", "{rules}/semgrep.yml", "--no-git-ignore", "--emacs")
    return Contender("semgrep", "semgrep", ("scan", *quiet, *rules, scope), found=r"^\S+:\d+:\d+:")


def _ast_grep(scope: str) -> Contender:
    ignore = ("--no-ignore", "hidden", "--no-ignore", "vcs")
    command = ("scan", "--rule", "{rules}/ast-grep.yml", *ignore, "--report-style", "short", scope)
    return Contender("ast-grep", "ast-grep", command, found=r"^\S+:\d+:\d+:")


def _peers(scope: str) -> tuple[Contender, ...]:
    return (_coccinelle(scope), _semgrep(scope), _ast_grep(scope))


_INDEX = ("-b", "-q", "-k", "-i", "{files}", "-f", "{scratch}/cscope.out")
# An index that is there would only be brought up to date.
_ANEW = ("sh", "-c", "rm -f {scratch}/cscope.out*")
_INDEXERS = (
    Contender("cscope -b -q", "cscope", _INDEX, before=_ANEW),
    Contender("gtags", "gtags", ("-f", "{files}", "{scratch}")),
)
_WHO = ("callers", "pfn_to_online_page", "--depth", "3")
_COMMENTED = ("sh", "-c", "echo '/* touched */' >> {tree}/mm/memory_hotplug.c")
# In a function that rules look at.
_EDITED = (
    "sh",
    "-c",
    r"sed -i '0,/^\tmem_hotplug_begin();/s//\tcond_resched();\n&/' {tree}/mm/memory_hotplug.c",
)


def _changed(name: str, what: str, change: tuple[str, ...]) -> Case:
    """The check of a whole tree before each run of which something is changed."""
    contenders = (_check("mmlint, warm cache", TREE, *_CACHE, first=True), _coccinelle(TREE))
    return Case(
        name,
        f"check of the whole tree after {what}",
        TREE,
        tuple(msgspec.structs.replace(each, before=change) for each in contenders),
        "Coccinelle",
        copied=True,
    )


CASES = (
    Case(
        "check-mm",
        "check of mm/",
        MM,
        (
            _check("mmlint", MM, *_NO_CACHE),
            _check("mmlint, compiled solver", MM, *_NO_CACHE, program="mmlint-compiled"),
            _check("mmlint, warm cache", MM, *_CACHE, first=True),
            *_peers(MM),
        ),
        "Coccinelle",
    ),
    Case(
        "check-tree",
        "check of the whole tree",
        TREE,
        (
            _check("mmlint", TREE, *_NO_CACHE),
            _check("mmlint, compiled solver", TREE, *_NO_CACHE, program="mmlint-compiled"),
            _check("mmlint, warm cache", TREE, *_CACHE, first=True),
            *_peers(TREE),
        ),
        "Coccinelle",
    ),
    _changed("check-touched", "a comment was added to one file", _COMMENTED),
    _changed("check-edited", "a statement was put into one function", _EDITED),
    Case(
        "graph-callers",
        "three levels of callers of pfn_to_online_page() in the whole tree",
        TREE,
        (
            _graph("mmlint", *_WHO),
            _graph("mmlint, warm cache", *_WHO, options=_CACHE),
            Contender(
                "cscope, index there",
                "cscope-callers",
                ("{scratch}/cscope.out", "pfn_to_online_page", "3"),
                first=("{cscope}", *_INDEX),
            ),
        ),
        "cscope, index there",
    ),
    Case("graph-mm", "call graph of mm/", MM, (_export(MM), *_INDEXERS), "cscope -b -q"),
    Case(
        "graph-tree",
        "call graph of the whole tree",
        TREE,
        (_export(TREE), *_INDEXERS),
        "cscope -b -q",
    ),
)
"""All cases, in the order in which they are measured."""
