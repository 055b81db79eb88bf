"""`mmlint cache`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from mmlint.cli.failure import InputError

if TYPE_CHECKING:
    from mmlint.store import Store

_SIZE = re.compile(r"(\d+)\s*([KMG]?)B?", re.IGNORECASE)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30}


@click.group()
@click.option(
    "--cache-dir",
    metavar="DIR",
    help="Where results are kept. [default: $MMLINT_CACHE_DIR, else ~/.cache/mmlint]",
)
@click.pass_context
def cache(context: click.Context, cache_dir: str | None) -> None:
    """Show, shrink or delete what is kept of earlier runs.

    A result is used again only where the tree would answer everything as it did, so deleting the
    cache costs time and nothing else.
    """
    from mmlint.cli.caching import directory_of
    from mmlint.store import Store

    context.obj = Store(directory_of(cache_dir), lambda message: click.echo(message, err=True))


@cache.command()
@click.pass_obj
def info(store: Store) -> int:
    """Show where the cache is and what it holds, by kind."""
    from mmlint.cli.output import write
    from mmlint.store import MOST_BYTES, StoreError

    try:
        held = store.held()
    except StoreError as error:
        raise InputError(error) from None
    total = sum(one.size for one in held)
    lines = [f"{store.path}: {_readable(total)} of at most {_readable(MOST_BYTES)}"]
    lines += [f"  {one.kind:<8} {one.values:>6} kept  {_readable(one.size):>10}" for one in held]
    write("\n".join(lines) + "\n", None)
    return 0


@cache.command()
@click.option(
    "--size", metavar="SIZE", default="256M", show_default=True, help="Bytes, or as 64K, 256M, 1G."
)
@click.pass_obj
def prune(store: Store, size: str) -> int:
    """Keep at most SIZE, dropping first what was not of use for the longest time."""
    from mmlint.cli.output import write
    from mmlint.store import StoreError

    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise InputError(f"--size {size}: write a number of bytes, or one with K, M or G")
    try:
        gone = store.prune(int(match[1]) << _UNITS[match[2].upper()])
    except StoreError as error:
        raise InputError(error) from None
    write(f"{store.path}: {_readable(gone)} dropped\n", None)
    return 0


@cache.command()
@click.pass_obj
def clear(store: Store) -> int:
    """Delete the cache."""
    from mmlint.cli.output import write
    from mmlint.store import StoreError

    try:
        store.clear()
    except StoreError as error:
        raise InputError(error) from None
    write(f"{store.path}: deleted\n", None)
    return 0


def _readable(size: int) -> str:
    for unit, shift in (("GB", 30), ("MB", 20), ("kB", 10)):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.1f} {unit}"
    return f"{size} bytes"
