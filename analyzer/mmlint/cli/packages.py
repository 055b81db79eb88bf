"""The option that names the package of the rules, and loading from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mmlint.cli.failure import InputError

if TYPE_CHECKING:
    from mmlint.discovery import LoadedRule
    from mmlint.knowledge import Knowledge
    from mmlint.model import RuleInfo

rules_package = click.option(
    "--rules-package",
    "package",
    default="mmlint_rules",
    metavar="NAME",
    show_default=True,
    help="The Python package that holds the rules and what they know.",
)


def load(package: str) -> tuple[LoadedRule, ...]:
    """The rules of `package`; raises `InputError`."""
    from mmlint.discovery import RuleError, load_rules

    try:
        return load_rules(package)
    except RuleError as error:
        raise InputError(error) from None


def load_rows(package: str) -> Knowledge:
    """The knowledge of `package`; raises `InputError`."""
    from mmlint.discovery import RuleError, knowledge_dir
    from mmlint.knowledge import KnowledgeError, load_knowledge

    try:
        return load_knowledge([knowledge_dir(package)])
    except (RuleError, KnowledgeError) as error:
        raise InputError(error) from None


def all_infos(package: str) -> tuple[RuleInfo, ...]:
    """Every rule that a finding can be of, by name: those of `package` and mmlint's own."""
    from mmlint.findings.suppressions import RULE

    infos = [rule.info for rule in load(package)] + [RULE]
    return tuple(sorted(infos, key=lambda info: info.name))
