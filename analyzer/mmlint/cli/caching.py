"""The options that say whether and where results are kept, and what a result depends on.

They travel in click's context, as those of the rules do: no command has to pass them on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import click

from mmlint.cli.context import CommandT, kept_as, with_options
from mmlint.cli.packages import sources
from mmlint.cli.scope import is_inside
from mmlint.source.walk import C_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mmlint.earlier import Earlier
    from mmlint.engine import Checked
    from mmlint.model import Run
    from mmlint.recall import After
    from mmlint.source.tree import Tree
    from mmlint.store import Store

ValueT = TypeVar("ValueT")
_UNWANTED: Final = "mmlint.no-cache"
_PLACE: Final = "mmlint.cache-dir"


class Recording(NamedTuple):
    """Whether a run is to note what a later one can go on from, and what it can go on from."""

    wanted: bool
    earlier: Earlier | None = None


_OPTIONS = (
    click.option(
        "--no-cache",
        is_flag=True,
        expose_value=False,
        callback=kept_as(_UNWANTED),
        help="Neither use results of earlier runs nor keep those of this one.",
    ),
    click.option(
        "--cache-dir",
        metavar="DIR",
        expose_value=False,
        callback=kept_as(_PLACE),
        help="Where results are kept. [default: $MMLINT_CACHE_DIR, else ~/.cache/mmlint]",
    ),
)


def cache_options(command: CommandT) -> CommandT:
    """Give a command the options that say whether and where results are kept."""
    return with_options(command, _OPTIONS)


def recalled(
    tree: Tree,
    kind: type[ValueT],
    compute: Callable[[Tree], ValueT],
    parts: Iterable[object],
    package: str = "",
) -> ValueT:
    """What `compute` makes of `tree`, or made of one that would answer it alike: a `kind`.

    It depends on mmlint, the rules and knowledge of `package`, `parts` and the tree only.
    """
    store = _store_for(tree)
    if store is None:
        return compute(tree)
    from msgspec.msgpack import decode, encode

    from mmlint.recall import Recall

    found: list[ValueT] = []

    def made(asked: Tree) -> bytes:
        found.append(compute(asked))
        return encode(found[-1])

    try:
        recall = Recall(store, _request_of(tree, package, parts))
        return decode(recall.result(tree, made), type=kind)
    except UnicodeEncodeError:
        # A name that is not UTF-8: such a tree is analysed anew each time.
        return found[-1] if found else compute(tree)


def checked_again(
    tree: Tree,
    compute: Callable[[Tree, Recording], Checked],
    parts: Iterable[object],
    package: str,
    paths: tuple[str, ...],
    after: After | None = None,
) -> Run:
    """What `compute` finds in `paths`, as for `recalled`; it may go on from what was found before.

    `after` says of which tree this is known to be a later state.
    """
    from mmlint.model import Run

    store = _store_for(tree)
    if store is None:
        return compute(tree, Recording(wanted=False)).run
    from msgspec.msgpack import decode, encode

    from mmlint.recall import Continuing, Former, Made, Recall

    def understood(former: Former) -> Earlier | None:
        from mmlint.earlier import earlier_of

        return earlier_of(former.parts, former.changed, former.stands)

    def carried(result: bytes, earlier: Earlier) -> Made | None:
        def counts(path: str) -> bool:
            return path in paths or (path.endswith(C_SUFFIXES) and is_inside(path, paths))

        now = earlier.carried(decode(result, type=Run), counts)
        return None if now is None else Made(encode(now.run), encode(now.parts))

    found: list[Checked] = []

    def made(asked: Tree, earlier: Earlier | None) -> Made:
        found.append(compute(asked, Recording(wanted=True, earlier=earlier)))
        return Made(encode(found[-1].run), encode(found[-1].parts) if found[-1].parts else b"")

    try:
        recall = Recall(store, _request_of(tree, package, (*parts, paths)))
        work = Continuing(understood, carried, made)
        return decode(recall.continued(tree, work, after), type=Run)
    except UnicodeEncodeError:
        # A name that is not UTF-8: such a tree is analysed anew each time.
        return (found[-1] if found else compute(tree, Recording(wanted=False))).run


def _store_for(tree: Tree) -> Store | None:
    """Where results about `tree` are kept; None if nowhere. A cache in the tree is refused."""
    from mmlint.store import Store

    context = click.get_current_context(silent=True)
    meta = context.meta if context is not None else {}
    if context is None or meta.get(_UNWANTED) or _UNWANTED not in meta:
        return None
    directory = directory_of(meta.get(_PLACE))
    if directory.is_relative_to(tree.root):
        _complain(f"{directory}: a cache must not lie in the tree; going on without one")
        return None
    return Store(directory, _complain)


def directory_of(named: str | None) -> Path:
    """The directory of the cache, as an absolute path; `named` is what the user says, if anything.

    Without a home directory there is none; the file cannot be made then, which is said.
    """
    from mmlint.store import default_directory

    try:
        return (Path(named) if named else default_directory()).absolute().resolve()
    except (RuntimeError, OSError):
        return Path("/nonexistent/mmlint")


def _request_of(tree: Tree, package: str, parts: Iterable[object]) -> str:
    """A text that is another one when mmlint, its rules, what they know or `parts` differ."""
    import hashlib

    import mmlint

    digest = hashlib.sha1(usedforsecurity=False)
    own = Path(mmlint.__file__).parent
    for file in (*sorted(own.rglob("*.py")), *(sources(package) if package else ())):
        digest.update(f"{file.name} {file.stat().st_size}\n".encode(errors="replace"))
        digest.update(file.read_bytes())
    told = (tree.kernel_version, tree.missing, *parts)
    return f"{digest.hexdigest()} {told!r}"


def _complain(message: str) -> None:
    click.echo(f"mmlint: warning: {message}", err=True)
