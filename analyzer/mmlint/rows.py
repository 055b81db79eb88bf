"""What the kernel's functions promise, as typed rows read from TOML.

A table is a kind of promise, a row one function (field, global, annotation, ...). Argument numbers
count from 1, 0 means "none". Names may be shell patterns (``folio_test_*``) where a row says so.
Every row cites the kernel in `source`. `mmlint.knowledge` reads the files and answers questions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mmlint.pairs import Guarantee, Pair, Sleep, SpanEnd, SpanGuard, Under
from mmlint.row import Row, When

OriginKind = Literal["outside", "span", "device", "safe", "held", "entry", "contract"]


class Fact(Row, frozen=True):
    """A fact that rows establish and rules ask for; `text` is how a finding prints it.

    `subject` says what it is known of: a PFN (and the page of it) or the running context. `label`
    is what an audit calls it, the name where it is empty.
    """

    name: str
    text: str
    label: str = ""
    subject: Literal["pfn", "context"] = "pfn"


class Convert(Row, frozen=True):
    """A raw PFN (or physical address) in argument `arg` becomes a page.

    `gives` is ``page``, or ``link`` where only the node or zone of the page comes out; `touches`
    says that the conversion itself reads the page. `scaled` marks physical addresses (bytes).
    """

    name: str
    arg: int = 1
    gives: Literal["page", "link"] = "page"
    touches: bool = False
    scaled: bool = False


class Offset(Row, frozen=True):
    """The page `by` pages after the page in argument `page`."""

    name: str
    page: int = 1
    by: int = 2


class PfnOf(Row, frozen=True):
    """The PFN of the page in argument `arg`."""

    name: str
    arg: int = 1


class Same(Row, frozen=True):
    """The result is argument `arg` again.

    ``value``: the same value; ``truth``: true exactly when the argument is (WARN_ON); ``object``:
    another name of the same page for every fact (page_folio); ``container``: the object whose
    member (argument 3) the argument points to.
    """

    name: str
    arg: int = 1
    kind: Literal["value", "truth", "object", "container"] = "value"


class Scale(Row, frozen=True):
    """A change of unit: bytes to pages or back. The result has the origin of argument `arg`."""

    name: str
    arg: int = 1
    to: Literal["pfn", "bytes"] = "pfn"


class Establish(Row, frozen=True):
    """A call whose result, when it is as `when` says, establishes `facts`.

    The subject is the PFN in argument `pfn`, or the page in argument `page`, or with `result` the
    page that is returned; with none of them the running context. `zone` is the argument that the
    fact ``zone`` is about. `covers` says how far it holds: this PFN, its page block, its section,
    or the range from the PFN to argument `end` or of `length` pages (an argument, too). `returns`
    = "page" says that the value is the page of argument `pfn` or NULL. `out` makes the subject
    what is stored through that argument. With `given` the row is only for calls in whose arguments
    one of these variables, fields, constants or functions is used.
    """

    name: str
    facts: tuple[str, ...]
    when: When = "nonzero"
    pfn: int = 0
    page: int = 0
    result: bool = False
    out: int = 0
    zone: int = 0
    end: int = 0
    length: int = 0
    covers: Literal["pfn", "block", "range"] = "pfn"
    given: tuple[str, ...] = ()
    returns: Literal["", "page"] = ""


class Promise(Row, frozen=True):
    """Words of the comment above a function by which its callers provide `fact`.

    `words` is a regular expression; white space and comment marks are folded before it is tried.
    The fact is about every page in the parameters, or about the context.
    """

    words: str
    fact: str


class Status(Row, frozen=True):
    """An object whose `field` is `value`: `facts` hold of the PFNs that its field `pfn` gives."""

    field: str
    value: str
    pfn: str
    facts: tuple[str, ...]


class Destroy(Row, frozen=True):
    """A call that ends `facts` of the page in argument `page` (0: of the running context).

    `consumes` says that it drops the caller's own reference: who calls it holds the page.
    """

    name: str
    facts: tuple[str, ...]
    page: int = 0
    consumes: bool = False


class Origin(Row, frozen=True):
    """Where a value comes from, matched by exactly one of the fields below `text`.

    ``outside``: user space, debugfs, firmware; ``span``: bounds of a zone or node; ``device``: the
    range of a device, which may start with its own memmap that nobody initialises; ``safe``: a PFN
    that is known to be online; ``held``: a container whose pages are referenced; ``entry``: a page
    table entry; ``contract``: parameters of a function that is reached with online memory only.

    `call` with `out` is what that call stores through argument `out`; without it its result.
    `field` may be bound to a structure by `struct` (``zone``). `parameter` is a type (``T *``):
    what it points to. `callback` is the field of an operations structure and `attribute` the
    macro (a pattern) in which a function stands that has no callers. `function` is for contracts;
    `ends` marks the ends of the span of a zone or node.
    `holes` says whether its range may contain holes, `holds` that its callers hold the pages in
    the parameters, not only know them to be online. `asked` is what a caller must call itself to
    be believed.
    """

    kind: OriginKind
    text: str
    call: str = ""
    out: int = 0
    field: str = ""
    struct: str = ""
    variable: str = ""
    parameter: str = ""
    callback: str = ""
    attribute: str = ""
    function: str = ""
    ends: Literal["", "zone", "node"] = ""
    holes: bool = True
    holds: bool = False
    asked: str = ""


class Touch(Row, frozen=True):
    """Whether a call reads or writes the page in one of `args` (() means: in any argument).

    `name` may be a pattern. A function with no row and no body in the tree touches.
    """

    name: str
    touches: bool
    args: tuple[int, ...] = ()
    weak: bool = False


class Question(Row, frozen=True):
    """A predicate that reads ZONE_DEVICE state of the page in `arg`; `pgmap`: it follows the pgmap.

    `consumes` marks a put that asks on the way: it holds the page by definition.
    """

    name: str
    arg: int = 1
    pgmap: bool = False
    consumes: bool = False


class Link(Row, frozen=True):
    """The page in `arg` is asked for its own zone or node."""

    name: str
    gives: Literal["zone", "node"]
    arg: int = 1
    of: Literal["page", "pfn"] = "page"


class Use(Row, frozen=True):
    """A call that a page of the wrong zone would spoil; `text` says what it does to the page.

    `of` says whether argument `arg` is the page itself, its PFN, or a page that stands for its
    whole block, for which the zone that it names itself is no answer. `name` may be a pattern.
    """

    name: str
    text: str
    arg: int = 1
    of: Literal["page", "pfn", "block"] = "page"


class Pure(Row, frozen=True):
    """Two calls with the same arguments give the same value."""

    name: str


class Bound(Row, frozen=True):
    """A constant or macro whose value ends (or measures) a page block or a section.

    With `starts` it is true where its first argument is the start of one, as measured by the second
    if there are two.
    """

    name: str
    of: Literal["block", "section"]
    starts: bool = False


class Walker(Row, frozen=True):
    """A function that calls the function in argument `callback` before it returns.

    `passes` are the arguments of the walker that the callback gets, in the order of its own
    parameters; 0 is something else.
    """

    name: str
    callback: int
    passes: tuple[int, ...]


class Thread(Row, frozen=True):
    """A function that has the function it is given run by a thread of its own.

    It runs later than at boot, and without anything that who starts it holds.
    """

    name: str


class Boot(Row, frozen=True):
    """A function with this annotation runs while the kernel boots and never again.

    Or `value` is a constant by which a caller says so, to a function that tests for it. Or `unless`
    is what a file is a module by that can be unloaded: what it keeps the address of runs whenever
    it has been loaded again.
    """

    annotation: str = ""
    value: str = ""
    unless: str = ""


class Stop(Row, frozen=True):
    """A call that does not return: always, or where its first argument is true."""

    name: str
    when: Literal["always", "nonzero"] = "always"


class Hotplug(Row, frozen=True):
    """Memory can be plugged on this architecture; where there are rows, it cannot on others."""

    arch: str


class Sign(Row, frozen=True):
    """A test of the sign of argument `arg`: when it is true, the argument is one of `true`."""

    name: str
    true: tuple[Literal["negative", "zero", "positive"], ...]
    arg: int = 1


class Describe(Row, frozen=True):
    """A type whose pointers are pages; its member `head` is the same page under another type."""

    type: str
    head: str = ""


class Need(Row, frozen=True):
    """What a rule asks of a page: met by one of `evidence`; with `weak` only, a note remains.

    `under` are context facts that keep a page read from a page table entry.
    """

    name: Literal["online", "reference", "zone"]
    evidence: tuple[str, ...]
    weak: tuple[str, ...] = ()
    under: tuple[str, ...] = ()


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows by table; the field names are the table names of the TOML files."""

    fact: tuple[Fact, ...] = ()
    convert: tuple[Convert, ...] = ()
    offset: tuple[Offset, ...] = ()
    pfn_of: tuple[PfnOf, ...] = ()
    same: tuple[Same, ...] = ()
    scale: tuple[Scale, ...] = ()
    establish: tuple[Establish, ...] = ()
    destroy: tuple[Destroy, ...] = ()
    status: tuple[Status, ...] = ()
    origin: tuple[Origin, ...] = ()
    touch: tuple[Touch, ...] = ()
    question: tuple[Question, ...] = ()
    link: tuple[Link, ...] = ()
    use: tuple[Use, ...] = ()
    pure: tuple[Pure, ...] = ()
    bound: tuple[Bound, ...] = ()
    walker: tuple[Walker, ...] = ()
    thread: tuple[Thread, ...] = ()
    boot: tuple[Boot, ...] = ()
    stop: tuple[Stop, ...] = ()
    hotplug: tuple[Hotplug, ...] = ()
    sign: tuple[Sign, ...] = ()
    describe: tuple[Describe, ...] = ()
    need: tuple[Need, ...] = ()
    promise: tuple[Promise, ...] = ()
    pair: tuple[Pair, ...] = ()
    span_end: tuple[SpanEnd, ...] = ()
    span_guard: tuple[SpanGuard, ...] = ()
    under: tuple[Under, ...] = ()
    guarantee: tuple[Guarantee, ...] = ()
    sleep: tuple[Sleep, ...] = ()
