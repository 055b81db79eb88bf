"""The cache: values by key in one SQLite file, for several processes, bounded in size.

A cache can only make a run slower, never wrong and never fail: what is damaged, foreign, locked or
on a full disk is said once and done without. Each value is stored with its checksum.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES: Final = 512 << 20
"""What a cache holds at most, unless it is told otherwise."""
DIRECTORY: Final = "MMLINT_CACHE_DIR"
"""The environment variable that says where the cache is."""

_FILE: Final = "cache.sqlite"
_APPLICATION: Final = 0x6D6D6C74
_FORMAT: Final = 1
_PATIENCE: Final = 3.0
"""Seconds to wait for another process that writes."""
_CHECKSUM: Final = 20
_AGE: Final = 3600
"""Seconds: so old a note of when a value was last of use is renewed."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS entry (
    kind TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL,
    made REAL NOT NULL, used REAL NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
)
"""


class Held(NamedTuple):
    """What a cache holds of one kind: how many values, and their bytes."""

    kind: str
    values: int
    size: int


class StoreError(Exception):
    """The cache cannot be used; the message says which one and why, in a line."""


def default_directory() -> Path:
    """Where the cache is: as the environment says, else in the user's directory for caches."""
    named = os.environ.get(DIRECTORY)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or ""
    home = Path(base) if base.startswith("/") else Path("~/.cache").expanduser()
    return home / "mmlint"


class Store:
    """The cache in `directory`, opened when it is first asked; `complain` is told what is wrong.

    After the first error nothing is asked or kept any more. At most `most` bytes are kept: what
    was not of use for the longest time goes first.
    """

    def __init__(
        self, directory: Path, complain: Callable[[str], None], most: int = MOST_BYTES
    ) -> None:
        self.path = directory / _FILE
        self._complain = complain
        self._most = most
        self._usable = True
        self._opened: sqlite3.Connection | None = None

    def get(self, kind: str, key: str) -> bytes | None:
        """The value that was kept; None when there is none, or none that is whole."""
        rows = self._ask("SELECT value, used FROM entry WHERE kind = ? AND key = ?", (kind, key))
        if not rows or not isinstance(rows[0][0], bytes):
            return None
        value, used = rows[0]
        if _checksum(value[_CHECKSUM:]) != value[:_CHECKSUM]:
            return None
        if time.time() - used > _AGE:
            renew = "UPDATE entry SET used = ? WHERE kind = ? AND key = ?"
            self._change(lambda connection: connection.execute(renew, (time.time(), kind, key)))
        return bytes(value[_CHECKSUM:])

    def keys(self, kind: str, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, the newest first."""
        rows = self._ask(
            "SELECT key FROM entry WHERE kind = ? AND substr(key, 1, ?) = ? ORDER BY made DESC",
            (kind, len(prefix), prefix),
        )
        return [str(row[0]) for row in rows]

    def put(self, values: dict[tuple[str, str], bytes]) -> None:
        """Keep values by kind and key, all or none of them."""
        if sum(map(len, values.values())) > self._most // 2:
            return
        now = time.time()

        def insert(connection: sqlite3.Connection) -> None:
            for (kind, key), value in values.items():
                whole = _checksum(value) + value
                connection.execute(
                    "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)",
                    (kind, key, len(whole), now, now, whole),
                )
            _shrink(connection, self._most)

        self._change(insert)

    def drop(self, kind: str, prefix: str, keep: int) -> None:
        """Forget all but the newest `keep` values whose keys begin with `prefix`."""
        old = [(kind, key) for key in self.keys(kind, prefix)[keep:]]
        delete = "DELETE FROM entry WHERE kind = ? AND key = ?"
        if old:
            self._change(lambda connection: connection.executemany(delete, old))

    def held(self) -> list[Held]:
        """What is kept, by kind; raises `StoreError`."""
        rows = self._strictly("SELECT kind, count(*), sum(size) FROM entry GROUP BY kind")
        return [Held(str(kind), int(count), int(size)) for kind, count, size in rows]

    def prune(self, most: int) -> int:
        """Keep at most `most` bytes; the bytes that went. Raises `StoreError`."""
        before = sum(held.size for held in self.held())
        self._change(lambda connection: _shrink(connection, most))
        return before - sum(held.size for held in self.held())

    def close(self) -> None:
        """Let go of the file; it is opened again when it is asked."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def clear(self) -> None:
        """Delete the file; raises `StoreError`."""
        self.close()
        for ending in ("", "-wal", "-shm", "-journal"):
            try:
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{self.path}{ending}: {error.strerror}") from None

    def _strictly(self, question: str) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        try:
            return self._connection().execute(question).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path}: {error}") from None

    def _ask(self, question: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        if not self._usable or not self.path.exists():
            return []
        try:
            return self._connection().execute(question, values).fetchall()
        except (sqlite3.Error, OSError, StoreError) as error:
            self._give_up(error)
            return []

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        """Make all of a change or nothing of it."""
        if not self._usable:
            return
        try:
            connection = self._connection()
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                change(connection)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._give_up(error)

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0 and version == 0 and not _has_tables(connection):
            connection.execute("PRAGMA auto_vacuum = FULL")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
        elif (found, version) != (_APPLICATION, _FORMAT):
            raise StoreError("it is not a cache of this version of mmlint")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        return connection

    def _give_up(self, error: Exception) -> None:
        self._usable = False
        with contextlib.suppress(sqlite3.Error):
            self.close()
        self._complain(f"{self.path}: {error}; going on without a cache")


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _shrink(connection: sqlite3.Connection, most: int) -> None:
    total = connection.execute("SELECT sum(size) FROM entry").fetchone()[0] or 0
    rows = connection.execute("SELECT rowid, size FROM entry ORDER BY used, made, rowid")
    for row, size in rows.fetchall() if total > most else ():
        if total <= most:
            return
        connection.execute("DELETE FROM entry WHERE rowid = ?", (row,))
        total -= size


def _checksum(value: bytes) -> bytes:
    return hashlib.sha1(value, usedforsecurity=False).digest()
