"""Finding the rules of a package, with their documentation, fixtures and knowledge.

A rule is a module of the package whose name does not start with an underscore; nothing else has
to be registered. The package is named by the caller, because mmlint itself knows no rule.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mmlint.model import RuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SECTIONS = (
    "What is reported",
    "Why it is a bug",
    "Evidence",
    "What it does not see",
    "How to fix it",
    "Agreed in",
)
"""The titles that a rule's docstring has, in this order, each alone on its line."""


class RuleError(Exception):
    """A rule, or the package it should be in, cannot be used; the text says what to mend."""


class LoadedRule(msgspec.Struct, frozen=True):
    """A rule ready to run: `need` is the fact it asks for, `judge` turns facts into findings.

    `tables` names the knowledge tables that the rule reads besides the rows about `need`. Where
    a finding of this rule and one of the rule `replaces` are about one value, the latter is left
    out.
    """

    info: RuleInfo
    need: str
    judge: Callable[..., Any]
    tables: tuple[str, ...] = ()
    replaces: str = ""


def load_rules(package: str) -> tuple[LoadedRule, ...]:
    """All rules of `package` by name; raises `RuleError` for the first that cannot be used."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules([str(package_dir(package))])
        if not module.name.startswith("_")
    )
    return tuple(_load(f"{package}.{name}") for name in names)


def rules_in(directory: Path) -> tuple[LoadedRule, ...]:
    """The rules whose modules lie in a directory that is no package; raises `RuleError`."""
    found = []
    for file in sorted(directory.glob("[!_]*.py")):
        spec = importlib.util.spec_from_file_location(f"mmlint_user_rules.{file.stem}", file)
        if spec is None or spec.loader is None:
            raise RuleError(f"{file}: cannot be imported")
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            # A user's module may fail in any way; the one who wrote it wants the file and the word.
            what = f"{type(error).__name__}: {error}"
            raise RuleError(f"{file}: rule module cannot be imported: {what}") from error
        found.append(_loaded(module, file.stem))
    return tuple(found)


def package_dir(package: str) -> Path:
    """Where `package` is installed; raises `RuleError`."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError) as error:
        raise RuleError(f"rule package {package!r} cannot be imported: {error}") from error
    if spec is None or not spec.submodule_search_locations:
        raise RuleError(f"there is no rule package {package!r}: is it installed?")
    return Path(next(iter(spec.submodule_search_locations)))


def knowledge_dir(package: str) -> Path:
    """The directory of the TOML files that `package` brings; raises `RuleError` without one."""
    directory = package_dir(package) / "knowledge"
    if not directory.is_dir():
        raise RuleError(f"{directory}: the rule package {package} has no such directory")
    return directory


def fixtures_of(package: str, rule: str) -> tuple[Path, ...]:
    """The C files that show what `rule` reports and what it does not, by name; maybe none.

    An installed package carries them inside, a checkout has them beside its source roots.
    """
    directory = package_dir(package)
    for fixtures in (directory / "fixtures", directory.parent.parent / "fixtures"):
        if fixtures.is_dir():
            return tuple(sorted((fixtures / rule).glob("*.c")))
    return ()


def _load(module_name: str) -> LoadedRule:
    try:
        module = importlib.import_module(module_name)
    except (ImportError, SyntaxError) as error:
        raise RuleError(f"rule module {module_name} cannot be imported: {error}") from error
    return _loaded(module, module_name.rpartition(".")[2])


def _loaded(module: ModuleType, stem: str) -> LoadedRule:
    name = stem.replace("_", "-")
    doc = _documentation(module)
    need, judge = getattr(module, "NEED", None), getattr(module, "judge", None)
    if not isinstance(need, str):
        raise RuleError(f"{_place(module)}: rule {name}: NEED must name the fact it asks for")
    if not callable(judge):
        raise RuleError(f"{_place(module)}: rule {name}: it must define the function judge")
    tables = tuple(getattr(module, "TABLES", ()))
    info = RuleInfo(name, doc.partition("\n")[0], doc)
    return LoadedRule(info, need, judge, tables, getattr(module, "REPLACES", ""))


def _documentation(module: ModuleType) -> str:
    doc = inspect.getdoc(module)
    if not doc:
        raise RuleError(f"{_place(module)}: a rule without a docstring does not load")
    lines = doc.splitlines()
    titles = [line.rstrip(":") for line in lines if line.rstrip(":") in SECTIONS]
    missing = [title for title in SECTIONS if title not in titles]
    if missing:
        raise RuleError(f"{_place(module)}: the docstring lacks the section {missing[0]!r}")
    if titles != list(SECTIONS):
        order = ", ".join(SECTIONS)
        raise RuleError(f"{_place(module)}: the sections of the docstring have this order: {order}")
    return doc


def _place(module: ModuleType) -> str:
    return module.__file__ or module.__name__
