"""`mmlint kbuild`: what make calls for each file with C=1 or C=2."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from mmlint.cli.failure import CLEAN, FINDINGS, InputError
from mmlint.cli.options import SEVERITIES, Options
from mmlint.cli.packages import rules_package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmlint.source.compiler import Compilation
    from mmlint.source.config import Configuration
    from mmlint.source.tree import Tree

_DATABASE = "compile_commands.json"


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[COMPILER ARGUMENT]...")
@click.option("--select", multiple=True, metavar="RULE[,RULE]", help="Run only these rules.")
@click.option("--ignore", multiple=True, metavar="RULE[,RULE]", help="Do not run these rules.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="The least that is shown.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="The least that stops the build.")
@click.option("--baseline", metavar="FILE", help="Report only what this baseline lacks.")
@click.option("--suppressions", multiple=True, metavar="FILE", help="A file of suppressions.")
@click.option("--arch", metavar="NAME", help="The architecture; make says it.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Without a file: only these.")
@rules_package
def kbuild(arguments: tuple[str, ...], **parameters: object) -> int:
    """Check a file while make builds it: make C=1 CHECK="mmlint kbuild" (C=2: all files).

    What make hands to the checker is the command line of the compiler: the last file on it is
    checked, with the .config of the build and what the command line defines. Without a file, those
    that compile_commands.json lists are checked: all of mm/, or what --path names.

    Findings are written to standard error as gcc writes warnings. The exit status is 0 whatever is
    found, so that the build goes on, unless --fail-on says otherwise.
    """
    from mmlint.source.compiler import compilation

    unset = {"tree": None, "max_findings": None, "config": None, "output": None, "formats": ()}
    options = msgspec.convert({**unset, "quiet": True, "verbose": False, **parameters}, Options)
    called = compilation(arguments)
    if called.file:
        # An assembler file goes through the same rule of make.
        return _check(options, (called,)) if called.file.endswith(".c") else CLEAN
    if arguments:
        raise InputError(f"{arguments[-1]}: names no C file to check")
    return _check(options, _listed())


def _check(options: Options, compilations: Sequence[Compilation]) -> int:
    from mmlint.cli.analysis import prepared
    from mmlint.cli.revisions import settings_of
    from mmlint.findings.selection import failing, shown
    from mmlint.model import Severity
    from mmlint.report.gcc import lines_of
    from mmlint.source.tree import Tree

    tree = Tree.find(Path(compilations[0].file))
    paths, chosen = _paths(options, tree, compilations)
    settings = settings_of(tree)
    options = msgspec.structs.replace(options, arch=_architecture(options, tree))
    analysis = prepared(options, settings, tree)
    configured = msgspec.structs.replace(analysis, configuration=_configuration(chosen))
    run = configured.run(tree, paths)
    stops = Severity.parse(options.fail_on) if options.fail_on else None
    visible = shown(run, configured.severity)
    for line in lines_of(visible, lambda path: _shown(path, tree), stops):
        click.echo(line, err=True)
    return FINDINGS if stops is not None and failing(run.findings, stops) else CLEAN


def _paths(
    options: Options, tree: Tree, compilations: Sequence[Compilation]
) -> tuple[tuple[str, ...], list[Compilation]]:
    """The files to check, and their compilations; raises `InputError`."""
    from mmlint.cli.scope import default_scope, scope_of
    from mmlint.source.tree import located

    places = {one.file: located(Path(one.file)) for one in compilations}
    missing = next((file for file, place in places.items() if not place.is_file()), None)
    if len(compilations) == 1:
        if missing is not None:
            raise InputError(f"{missing}: no such file")
        (place,) = places.values()
        return (place.relative_to(tree.root).as_posix(),), list(compilations)
    scope = scope_of(options.paths, tree, False) if options.paths else default_scope(tree)
    tops = [tree.root / path for path in scope]
    chosen = [
        one
        for one in compilations
        if one.file.endswith(".c") and any(places[one.file].is_relative_to(top) for top in tops)
    ]
    if not chosen:
        raise InputError(f"{_DATABASE} lists no C file at or below {', '.join(scope)}")
    return tuple(places[one.file].relative_to(tree.root).as_posix() for one in chosen), chosen


def _configuration(compilations: Sequence[Compilation]) -> Configuration:
    from mmlint.source.compiler import common_defines
    from mmlint.source.config import ConfigError, read_configuration

    file = Path(os.environ.get("KCONFIG_CONFIG") or ".config")
    if not file.exists():
        raise InputError(f"there is no {file} in {Path.cwd()}: configure the kernel first")
    try:
        configuration = read_configuration(file)
    except ConfigError as error:
        raise InputError(error) from None
    return msgspec.structs.replace(configuration, defines=common_defines(compilations))


def _listed() -> list[Compilation]:
    from mmlint.source.compiler import CommandsError, read_commands

    database = Path(_DATABASE)
    if not database.exists():
        raise InputError(
            f"no file is named and there is no {_DATABASE} in {Path.cwd()}: "
            f"make C=1 names files, make {_DATABASE} writes it"
        )
    try:
        found = read_commands(database)
    except CommandsError as error:
        raise InputError(error) from None
    if not found:
        raise InputError(f"{_DATABASE}: it is empty")
    return found


def _architecture(options: Options, tree: Tree) -> str | None:
    """What the kernel calls the architecture: make may say x86_64 where it is x86."""
    for name in (os.environ.get("SRCARCH"), options.arch):
        if name and tree.is_dir(f"arch/{name}"):
            return name
    return None


def _shown(path: str, tree: Tree) -> str:
    return os.path.relpath(tree.root / path)
