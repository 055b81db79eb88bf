"""Opening the repository around a tree, and finding in it what a command line names."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mmlint.cli.failure import InputError
from mmlint.cli.scope import default_scope, scope_in
from mmlint.settings import SettingsError, load_settings
from mmlint.source.git import GitError, Repository
from mmlint.source.revision import Revision
from mmlint.source.tree import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mmlint.cli.options import Options
    from mmlint.settings import Settings
    from mmlint.source.tree import Tree


@contextlib.contextmanager
def opened(tree: Tree) -> Iterator[Repository]:
    """The repository around `tree`; what git cannot do there ends in an `InputError`."""
    try:
        with Repository(tree.root) as repository:
            if tree.kernel_version is None:
                # What is checked out may lack the kernel's Makefile, a commit need not.
                repository.prefix = ""
            yield repository
    except GitError as error:
        raise InputError(error) from None


def revision(repository: Repository, name: str) -> Revision:
    """The tree of the commit that the user calls `name`; raises `GitError`."""
    return Revision(repository, repository.commit(name), name)


@contextlib.contextmanager
def revision_scope(
    tree: Tree, options: Options, name: str
) -> Iterator[tuple[Tree, tuple[str, ...], Settings]]:
    """The tree of a commit, the scope in it and its own settings; raises `InputError`."""
    with opened(tree) as repository:
        found = revision(repository, name)
        settings = settings_of(found)
        yield found, scope(options, settings, (found,)), settings


def scope(options: Options, settings: Settings, trees: Sequence[Tree]) -> tuple[str, ...]:
    """The paths to check, which at least one of `trees` must have; raises `InputError`."""

    def there(path: str) -> bool:
        return any(tree.is_file(path) or tree.is_dir(path) for tree in trees)

    explicit = options.tree is not None
    if options.paths:
        return scope_in(options.paths, trees[-1], explicit, there)
    if settings.paths:
        return scope_in(settings.paths, trees[-1], True, there)
    return default_scope(trees[-1])


def settings_of(tree: Tree) -> Settings:
    """What a tree sets for itself; raises `InputError`."""

    def text_of(path: Path) -> str | None:
        name = path.relative_to(tree.root).as_posix()
        try:
            return tree.read(name).decode(errors="replace") if tree.is_file(name) else None
        except Unreadable as error:
            raise InputError(error) from None

    try:
        return load_settings(tree.root, text_of if tree.label else None)
    except SettingsError as error:
        raise InputError(error) from None
