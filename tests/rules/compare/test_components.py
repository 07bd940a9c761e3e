"""What leads back to itself belongs together, and comes after what it leads to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.compare.components import components

GRAPHS = st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8)


def reached(graph: list[set[int]], start: int) -> set[int]:
    seen, stack = {start}, [start]
    while stack:
        new = graph[stack.pop()] - seen
        seen |= new
        stack.extend(new)
    return seen


@given(GRAPHS)
def test_components_are_what_leads_back_to_each_other(graph: list[set[int]]) -> None:
    found = [frozenset(one) for one in components(0, lambda n: sorted(graph[n]), ())]
    everything = reached(graph, 0)
    expected = {frozenset(m for m in reached(graph, n) if n in reached(graph, m)) for n in everything}
    assert len(found) == len(expected)
    assert set(found) == expected


@given(GRAPHS)
def test_a_component_comes_after_all_that_it_leads_to(graph: list[set[int]]) -> None:
    seen: set[int] = set()
    for component in components(0, lambda n: sorted(graph[n]), ()):
        seen |= set(component)
        assert all(graph[n] <= seen for n in component)


def test_what_is_known_is_not_entered_and_no_depth_is_too_much() -> None:
    assert list(components(0, lambda n: [n + 1], {3})) == [[2], [1], [0]]
    assert sum(1 for _ in components(0, lambda n: [n + 1] if n < 50_000 else [], ())) == 50_001
