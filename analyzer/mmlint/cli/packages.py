"""The options that name the package of the rules and more rules beside it, and loading from them.

The directories of `--rules` travel in click's context: every command takes them in the same way
and none has to pass them on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mmlint.cli.context import CommandT, kept_as, with_options
from mmlint.cli.failure import InputError

if TYPE_CHECKING:
    from mmlint.discovery import LoadedRule
    from mmlint.knowledge import Knowledge
    from mmlint.model import RuleInfo

_EXTRA: Final = "mmlint.rules"

_OPTIONS = (
    click.option(
        "--rules-package",
        "package",
        default="mmlint_rules",
        metavar="NAME",
        show_default=True,
        help="The Python package that holds the rules and what they know.",
    ),
    click.option(
        "--rules",
        multiple=True,
        metavar="DIR",
        expose_value=False,
        callback=kept_as(_EXTRA),
        help="A directory with more knowledge (*.toml) and rules (*.py); may be given repeatedly.",
    ),
)


def rules_package(command: CommandT) -> CommandT:
    """Give a command the options that say where rules and knowledge come from."""
    return with_options(command, _OPTIONS)


def load(package: str) -> tuple[LoadedRule, ...]:
    """The rules of `package` and of the directories of `--rules`; raises `InputError`."""
    from mmlint.discovery import RuleError, load_rules, rules_in

    try:
        found = [*load_rules(package), *(rule for place in _extra() for rule in rules_in(place))]
    except RuleError as error:
        raise InputError(error) from None
    names = [rule.info.name for rule in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"there are two rules called {twice}: give one of them another name")
    return tuple(found)


def load_rows(package: str) -> Knowledge:
    """The knowledge of `package` and of the directories of `--rules`; raises `InputError`."""
    from mmlint.discovery import RuleError, knowledge_dir
    from mmlint.knowledge import KnowledgeError, load_knowledge

    try:
        return load_knowledge([knowledge_dir(package), *_extra()])
    except (RuleError, KnowledgeError) as error:
        raise InputError(error) from None


def sources(package: str) -> list[Path]:
    """The files that rules and knowledge are made of, in a fixed order; raises `InputError`."""
    from mmlint.discovery import RuleError, package_dir

    try:
        places = (package_dir(package), *_extra())
    except RuleError as error:
        raise InputError(error) from None
    wanted = (".py", ".toml")
    return [file for at in places for file in sorted(at.rglob("*")) if file.suffix in wanted]


def all_infos(package: str) -> tuple[RuleInfo, ...]:
    """Every rule that a finding can be of, by name: those of `package` and mmlint's own."""
    from mmlint.findings.directives import RULE

    infos = [rule.info for rule in load(package)] + [RULE]
    return tuple(sorted(infos, key=lambda info: info.name))


def _extra() -> tuple[Path, ...]:
    context = click.get_current_context(silent=True)
    named: tuple[str, ...] = context.meta.get(_EXTRA, ()) if context is not None else ()
    places = tuple(Path(name) for name in named)
    for place in places:
        if not place.is_dir():
            raise InputError(f"--rules {place}: there is no such directory")
        if not any(file.suffix in (".toml", ".py") for file in place.iterdir()):
            raise InputError(
                f"--rules {place}: it holds neither knowledge (*.toml) nor rules (*.py)"
            )
    return places
