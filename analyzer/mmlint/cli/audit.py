"""`mmlint audit FUNCTION`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click
import msgspec

from mmlint.cli.caching import cache_options, recalled
from mmlint.cli.failure import CLEAN, FINDINGS, INCOMPLETE, InputError
from mmlint.cli.memory import never_collect
from mmlint.cli.options import output_option
from mmlint.cli.packages import load_rows, rules_package
from mmlint.cli.progress import progress
from mmlint.model import TreeInfo

if TYPE_CHECKING:
    from mmlint.auditing import Audit
    from mmlint.knowledge import Knowledge
    from mmlint.source.tree import Tree

FORMATS = ("text", "json", "csv", "markdown")
POLICIES = ("default", "strict")
# What is no kernel code asks no questions of its pages.
_ELSEWHERE = frozenset({"Documentation", "scripts", "tools", "usr"})


class AuditOptions(msgspec.Struct, frozen=True):
    """The command line of `mmlint audit`."""

    name: str
    paths: tuple[str, ...]
    tree: str | None
    policy: Literal["default", "strict"]
    output_format: str
    output: str | None
    package: str


@click.command()
@click.argument("name", metavar="FUNCTION")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--tree", metavar="DIR", help="The kernel tree, if PATH does not lie in it.")
@click.option(
    "--policy",
    type=click.Choice(POLICIES),
    default="default",
    show_default=True,
    help="With strict, what is only locked or only mapped is weak.",
)
@click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="text", show_default=True
)
@output_option
@rules_package
@cache_options
def audit(**parameters: object) -> int:
    """List every function that uses FUNCTION, and what makes that right.

    FUNCTION is any function or fact that the knowledge names: is_zone_device_page, pfn_to_page,
    page_zone, reference. Without PATH the whole kernel tree is searched, but for its tools.

    The exit status is 0 if every use is shown to be right, 1 if one is unsafe (with --policy
    strict, or weak), 2 if the command is wrong, 3 if something was not analysed.
    """
    return run_audit(msgspec.convert(parameters, AuditOptions))


def run_audit(options: AuditOptions) -> int:
    """Audit, report, and return the exit status; raises `InputError`."""
    from mmlint.cli.output import check_target
    from mmlint.report.audit import verdict

    target = options.output if options.output != "-" else None
    if target is not None:
        check_target(target)
    found = _audited(options)
    _report(found, options, target)
    if any(gap.in_scope for gap in found.not_analysed):
        return INCOMPLETE
    wrong = {"unsafe", "weak"} if options.policy == "strict" else {"unsafe"}
    return FINDINGS if any(verdict(r, options.policy) in wrong for r in found.rows) else CLEAN


def _audited(options: AuditOptions) -> Audit:
    from mmlint.auditing import Audit, AuditRequest
    from mmlint.auditing import audit as judge
    from mmlint.cli.scope import find_tree, scope_of

    knowledge = load_rows(options.package)
    _check_name(options.name, knowledge)
    tree = find_tree(options.paths, options.tree)
    explicit = options.tree is not None
    paths = scope_of(options.paths, tree, explicit) if options.paths else _everything(tree)

    def audited(asked: Tree) -> Audit:
        never_collect()
        with progress(wanted=True) as say:
            return judge(AuditRequest(asked, options.name, paths, knowledge, say))

    found = recalled(tree, Audit, audited, ("audit", options.name, paths), options.package)
    here = TreeInfo(str(tree.root), tree.kernel_version, tree.missing)
    return msgspec.structs.replace(found, tree=here)


def _check_name(name: str, knowledge: Knowledge) -> None:
    import difflib

    from mmlint.auditing import auditable

    names = auditable(knowledge)
    if name not in names:
        close = difflib.get_close_matches(name, names, n=2)
        offer = f"; did you mean {' or '.join(close)}?" if close else ""
        raise InputError(f"the knowledge says nothing of {name!r}{offer}")


def _everything(tree: Tree) -> tuple[str, ...]:
    """The directories of a kernel tree that hold kernel code; of another directory, itself."""
    if tree.kernel_version is None:
        return (".",)
    directories = (path.name for path in tree.root.iterdir() if path.is_dir())
    return tuple(sorted(d for d in directories if d not in _ELSEWHERE and d[:1] != "."))


def _report(found: Audit, options: AuditOptions, target: str | None) -> None:
    from mmlint.cli.output import write, write_lines
    from mmlint.report import audit as formats

    if options.output_format == "text" and target is None:
        write_lines(formats.lines_of(found, options.policy))
        return
    writers = {
        "text": formats.text,
        "json": formats.json,
        "csv": formats.table,
        "markdown": formats.markdown,
    }
    write(writers[options.output_format](found, options.policy), target)
