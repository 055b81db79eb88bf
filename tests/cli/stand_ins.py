"""An engine that finds what the test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from tests.builders import run

from mmlint.model import Run

Result = tuple[int, str, str]
CommandLine = Callable[..., Result]


class Request(msgspec.Struct, frozen=True):
    """What the command line asks the engine for."""

    tree: Any
    paths: tuple[str, ...]
    rules: tuple[Any, ...]
    knowledge: Any
    progress: Any
    known_rules: tuple[str, ...]
    configuration: Any
    arch: str | None
    strict: bool
    jobs: int
    recording: bool
    earlier: Any


class Checked(msgspec.Struct, frozen=True):
    """What the command line takes from the engine."""

    run: Run
    parts: tuple[Any, ...] = ()


class Engine:
    """Stands in for the engine: answers with `answer` and keeps the request."""

    def __init__(self) -> None:
        self.answer: Run | BaseException = run()
        self.request: Request | None = None

    def checked(self, request: Request) -> Checked:
        self.request = request
        if isinstance(self.answer, BaseException):
            raise self.answer
        return Checked(self.answer)
