"""Asking git about a repository without running anything that the repository brings along.

Everything but the resolving of names runs in a private repository in a temporary directory, which
borrows the objects of the real one: no configuration, hook, filter or attribute of the real one has
effect there, and what is written (trees of patches, fetched objects) never lands in the real one.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mmlint.source.objects import Objects
from mmlint.source.walk import why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

_LONGEST = 600
"""Seconds after which a single git command is given up."""
_SHOWN = 200
_NO_CONFIGURATION = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "HOME": os.devnull,
    "LC_ALL": "C",
}
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "SSH_AUTH_SOCK")
_FETCHED_BY = "https:http:ssh:git:file"
_HEX = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


class GitError(Exception):
    """Git cannot do what was asked for; the message says why and what to do, in a line."""


class UnknownRevision(GitError):
    """A name stands for no commit of the repository."""


class Repository:
    """The repository around a directory, read through a private one.

    `top` is the top of its work tree, or the repository itself where it is bare; `prefix` is the
    path of the directory below `top`, "" or with a final slash. Raises `GitError`.
    """

    def __init__(self, directory: Path) -> None:
        self.top = _top(directory)
        self.prefix = _prefix(directory, self.top)
        places = self._real("rev-parse", "--git-dir", "--git-common-dir").splitlines()
        self._git_dir, self._common_dir = (self.top / os.fsdecode(place) for place in places)
        form = self._real("rev-parse", "--show-object-format").strip().decode()
        self._promisor = functools.cache(self._find_promisor)
        self._temporary = tempfile.TemporaryDirectory(prefix="mmlint-git-")
        self.private = Path(self._temporary.name)
        self._make_private(form)
        self._objects: Objects | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private repository; nothing can be asked afterwards."""
        if self._objects is not None:
            self._objects.close()
            self._objects = None
        self._temporary.cleanup()

    @property
    def objects(self) -> Objects:
        """The contents of objects by name."""
        if self._objects is None:
            command = self.command("cat-file", "--batch")
            self._objects = Objects(command, self.private, self.environment())
        return self._objects

    @property
    def bare(self) -> bool:
        """Whether there is no work tree."""
        return self.top == self._git_dir

    def commit(self, revision: str) -> str:
        """The object name of the commit that `revision` means; raises `UnknownRevision`."""
        command = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        try:
            found = self._real(*command, f"{revision}^{{commit}}").decode().strip()
        except GitError:
            found = ""
        if not _HEX.match(found):
            raise UnknownRevision(self._no_revision(revision))
        return found

    def commits(self, after: str, until: str) -> list[tuple[str, str]]:
        """Object name and subject of each commit since `after`, the oldest first.

        Of a merge, the commits of its first parent. Raises `GitError`.
        """
        names = (self.commit(until), f"^{self.commit(after)}")
        said = self.run("log", "-z", "--first-parent", "--reverse", "--format=%H %s", *names, "--")
        records = (record.decode(errors="replace") for record in said.split(b"\0") if record)
        return [(name, subject) for name, _, subject in (r.partition(" ") for r in records)]

    def common(self, first: str, second: str) -> str:
        """The commit that two revisions come from; raises `GitError`."""
        names = (self.commit(first), self.commit(second))
        found = self.run("merge-base", *names, accepted=(0, 1)).decode().strip()
        if not found:
            raise GitError(f"{first} and {second} have no commit in common")
        return found

    def staged(self) -> str:
        """The object name of the tree that a commit would have now; raises `GitError`."""
        index = self.index_copy("staged-index")
        environment = {"GIT_INDEX_FILE": os.fspath(index)}
        return self.run("write-tree", environment=environment).decode().strip()

    def tree(self, commit: str, prefix: str = "") -> str:
        """The object name of the tree of `commit` (or of a tree) at `prefix`; raises `GitError`."""
        name = f"{commit}:{prefix.rstrip('/')}" if prefix else f"{commit}^{{tree}}"
        try:
            return self.run("rev-parse", "--verify", "--quiet", name).decode().strip()
        except GitError:
            where = f"the directory {prefix.rstrip('/')}" if prefix else "a tree"
            raise GitError(f"{commit[:12]} does not have {where}") from None

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        accepted: Sequence[int] = (0,),
    ) -> bytes:
        """What a git command prints in the private repository; raises `GitError`."""
        place = self.environment(environment)
        return _run(self.command(*arguments), self.private, place, stdin, accepted)

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The command line that runs git in the private repository."""
        return (_program(), f"--git-dir={self.private}", *arguments)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment in which such a command runs."""
        return _environment({"GIT_ALLOW_PROTOCOL": "none", **(more or {})})

    def index_copy(self, name: str) -> Path:
        """A copy of the index in the private repository; of an index that is missing, a new one.

        Where a hook of git runs this, it is the index of that commit.
        """
        given = os.environ.get("GIT_INDEX_FILE")
        index = self.top / given if given else self._git_dir / "index"
        copy = self.private / name
        if index.is_file():
            shutil.copyfile(index, copy)
        for shared in self._git_dir.glob("sharedindex.*"):
            shutil.copyfile(shared, self.private / shared.name)
        return copy

    def missing(self, objects: Sequence[str]) -> list[str]:
        """Those of the objects that are not here."""
        listed = "".join(f"{name}\n" for name in objects).encode()
        answers = self.run("cat-file", "--batch-check", stdin=listed).splitlines()
        return [answer.split()[0].decode() for answer in answers if answer.endswith(b" missing")]

    def fetch(self, objects: Sequence[str]) -> None:
        """Bring objects that a partial clone left out into the private repository.

        Raises `GitError` if the repository is complete or the objects cannot be had.
        """
        url = self._promisor()
        if url is None:
            raise GitError("the repository lacks objects and is no partial clone")
        listed = "".join(f"{name}\n" for name in objects).encode()
        remote = {
            "fetch.negotiationAlgorithm": "noop",
            "remote.origin.url": url,
            "remote.origin.promisor": "true",
        }
        settings = (part for key, value in remote.items() for part in ("-c", f"{key}={value}"))
        options = ("--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--quiet")
        allowed = {"GIT_ALLOW_PROTOCOL": _FETCHED_BY, "HOME": os.environ.get("HOME", os.devnull)}
        command = (*settings, "fetch", "origin", *options, "--stdin")
        self.run(*command, stdin=listed, environment=allowed)

    def _real(self, *arguments: str) -> bytes:
        """What a command says that only looks up names in the real repository."""
        # Of an owner's other than the user git would not even say where things are; nothing that
        # is run here looks at the configuration, so it does not matter who wrote it.
        options = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false")
        objects = {
            name: os.environ[name]
            for name in ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
            if name in os.environ
        }
        environment = _environment({"GIT_ALLOW_PROTOCOL": "none", **objects})
        return _run((_program(), *options, *arguments), self.top, environment, b"", (0,))

    def _make_private(self, form: str) -> None:
        for directory in ("objects/info", "refs"):
            (self.private / directory).mkdir(parents=True)
        (self.private / "HEAD").write_text("ref: refs/heads/none\n")
        extension = f"[extensions]\n\tobjectFormat = {form}\n" if form != "sha1" else ""
        version = 1 if extension else 0
        (self.private / "config").write_text(
            f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
        )
        borrowed = [self._common_dir / "objects"]
        borrowed += [Path(place) for place in _quarantine()]
        lines = (_quoted(os.fsencode(place.absolute())) + b"\n" for place in borrowed)
        (self.private / "objects" / "info" / "alternates").write_bytes(b"".join(lines))
        shallow = self._common_dir / "shallow"
        if shallow.is_file():
            shutil.copyfile(shallow, self.private / "shallow")

    def _find_promisor(self) -> str | None:
        """The URL that a partial clone's missing objects are fetched from, made usable here."""
        try:
            said = self._real("config", "--local", "-z", "--get-regexp", r"^remote\..*\.promisor$")
        except GitError:
            return None
        for entry in said.split(b"\0"):
            key, _, value = entry.partition(b"\n")
            if value not in {b"true", b"1", b"yes", b"on"}:
                continue
            remote = os.fsdecode(key.removesuffix(b".promisor"))
            url = os.fsdecode(self._real("config", "--local", "--get", f"{remote}.url")).strip()
            if url and not url.startswith("-"):
                local = self.top / url
                return str(local.resolve()) if "://" not in url and local.exists() else url
        return None

    def _no_revision(self, revision: str) -> str:
        hint = "; the clone is shallow: fetch more of it (git fetch --deepen, --unshallow)"
        shallow = (self._common_dir / "shallow").is_file()
        return f"{revision}: there is no such commit in {self.top}{hint if shallow else ''}"


def _top(directory: Path) -> Path:
    for place in (directory, *directory.parents):
        if os.path.lexists(place / ".git"):
            return place
        if all((place / name).exists() for name in ("HEAD", "objects", "refs")):
            return place
    raise GitError(f"{directory} is in no git repository")


def _prefix(directory: Path, top: Path) -> str:
    below = directory.relative_to(top).as_posix()
    return "" if below == "." else f"{below}/"


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_NO_CONFIGURATION, **more}


def _quarantine() -> list[str]:
    """Where git keeps the objects of a push that a hook has not agreed to yet."""
    more = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep)
    places = [os.environ.get("GIT_OBJECT_DIRECTORY", ""), *more]
    return [place for place in places if place]


def _quoted(path: bytes) -> bytes:
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


@functools.cache
def _program() -> str:
    program = shutil.which("git")
    if program is None:
        raise GitError("there is no git on this machine: install it")
    return program


def _run(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    accepted: Sequence[int],
) -> bytes:
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git took more than {_LONGEST} seconds") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git cannot be run: {why(error)}") from None
    if done.returncode not in accepted:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
        reason = said.partition(": ")[2] or "".join(lines[:1]) or f"status {done.returncode}"
        raise GitError(f"git says: {reason[:_SHOWN]}")
    return done.stdout
