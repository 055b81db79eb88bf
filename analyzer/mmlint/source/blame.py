"""Since when a line is what it is, as git knows it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from mmlint.source.git import GitError

if TYPE_CHECKING:
    from mmlint.source.git import Repository

_UNCOMMITTED = "0"


class Origin(msgspec.Struct, frozen=True):
    """The commit that wrote a line, and the day of its author, as YYYY-MM-DD."""

    commit: str
    date: str


def blame(repository: Repository, commit: str, path: str, data: bytes, line: int) -> Origin | None:
    """Who wrote line `line` of `path`, whose contents are now `data`; None if nobody has yet.

    `path` is relative to the top of the repository. Also None where git cannot tell.
    """
    now = repository.private / "blamed"
    now.write_bytes(data)
    # Only what HEAD has can be blamed for other contents than its own.
    (repository.private / "HEAD").write_text(f"{commit}\n")
    options = (f"--work-tree={repository.private}", "blame", "--porcelain")
    where = ("-L", f"{line},{line}", "--contents", str(now), "--", path)
    try:
        said = repository.run(*options, *where).decode(errors="replace")
    except GitError:
        return None
    name = said.partition(" ")[0]
    fields = dict(part.partition(" ")[::2] for part in said.split("\n"))
    if not name.strip(_UNCOMMITTED) or not fields.get("author-time", "").isdigit():
        return None
    day = datetime.datetime.fromtimestamp(int(fields["author-time"]), datetime.UTC)
    return Origin(name, day.strftime("%Y-%m-%d"))
