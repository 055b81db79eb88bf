"""What is known at each line."""

from __future__ import annotations

from pathlib import Path

from tests.callgraph.trees import write
from tests.dataflow.small import HOME, knowledge

from mmlint.auditing.knowing import FactsRequest, KnownFunction, KnownLine, facts

TEXT = """\
int f(struct page *page)
{
	if (!get_page_unless_zero(page))
		return 0;
	is_zone_device_page(page);
	put_page(page);
	is_zone_device_page(page);
	return 1;
}

int g(unsigned long pfn) { return PageBuddy(pfn_to_page(pfn)); }
"""


def known(root: Path, text: str, function: str = "") -> tuple[KnownFunction, ...]:
    return facts(FactsRequest(write(root, {HOME: text}), HOME, function, knowledge()))[0]


def line(function: KnownFunction, number: int) -> KnownLine:
    (only,) = (line for line in function.lines if line.line == number)
    return only


def test_a_fact_comes_with_the_call_and_on_the_way_on_which_it_holds(tmp_path: Path) -> None:
    (f,) = known(tmp_path, TEXT, "f")
    (new,) = line(f, 3).new
    assert (new.fact, new.why, new.when) == ("reference(page)", "get_page_unless_zero()", "true")


def test_a_fact_is_known_until_it_goes(tmp_path: Path) -> None:
    (f,) = known(tmp_path, TEXT, "f")
    assert line(f, 5).known == ("reference(page)",)
    (gone,) = line(f, 6).gone
    assert (gone.fact, gone.why, gone.when) == ("reference(page)", "put_page()", "")
    assert "reference(page)" not in line(f, 7).known


def test_what_is_needed_and_not_shown_is_said(tmp_path: Path) -> None:
    (f,) = known(tmp_path, TEXT, "f")
    assert line(f, 5).lacking == ()
    assert line(f, 7).lacking == ("reference(page) for is_zone_device_page()",)


def test_every_line_of_every_function_is_there(tmp_path: Path) -> None:
    f, g = known(tmp_path, TEXT)
    assert [line.source for line in f.lines] == TEXT.split("\n")[:9]
    assert line(g, 11).lacking == ("online(pfn) for pfn_to_page()",)


def test_values_are_spelled_like_the_source(tmp_path: Path) -> None:
    text = """\
void f(struct s *s, struct page **v, int i)
{
	get_page(s->page);
	get_page(v[i]);
	get_page(v[i] + 2);
	get_page(*v);
	get_page(find(s));
}
"""
    (f,) = known(tmp_path, text)
    said = [change.fact for line in f.lines for change in line.new]
    assert said == [
        "reference(s->page)",
        "reference(v[i])",
        "reference(v[i] + 2)",
        "reference(*v)",
        "reference(find() of line 7)",
    ]
