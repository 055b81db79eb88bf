"""What a run costs and why: `--profile` and `--explain-cost`.

The stages know no clock. They are watched from outside, at the points that `points` names, and
only while somebody wants to know.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from mmlint.cli.cost.points import watched
from mmlint.cli.cost.profile import Profile
from mmlint.cli.cost.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def told(*, profile: bool, rounds: bool) -> Iterator[None]:
    """Watch what happens and tell it on standard error in the end."""
    observers: list[Profile | Rounds] = [Profile()] if profile else []
    observers += [Rounds()] if rounds else []
    with watched(observers):
        yield
    for observer in observers:
        for line in observer.lines():
            click.echo(f"mmlint: {line}", err=True)
