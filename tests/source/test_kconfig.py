"""What an architecture has in every configuration."""

from __future__ import annotations

from mmlint.source.kconfig import always_set

TEXT = """
config DEMO
\tdef_bool y
\t#
\t# sorted
\tselect HAVE_CALLS
\tselect HAVE_MAPS if DEMO_64
\tselect HAVE_TRAPS\t# always

config DEMO_64
\tdef_bool y
\tdepends on DEMO && 64BIT
\tselect HAVE_LONGS

config HOTPLUG
\tbool "Plug"
\tselect HAVE_PLUGS
\thelp
\t  def_bool y
"""


def test_what_is_selected_without_a_condition_is_always_set() -> None:
    assert always_set(TEXT) == {"DEMO", "HAVE_CALLS", "HAVE_TRAPS"}


def test_nothing_is_set_by_no_text() -> None:
    assert always_set("") == always_set("select X\n") == frozenset()
