"""Which things lead back to each other: the strongly connected components of a graph, what they lead to first.

Source: Tarjan, "Depth-first search and linear graph algorithms" (1972); with a stack of its own, so of any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def components(start: T, leads_to: Callable[[T], Iterable[T]], known: Container[T]) -> Iterator[list[T]]:
    """Yield the components that `start` reaches, each after all that it leads to; what is `known` is not entered."""
    waiting = [start]
    position, lowest = {start: 0}, {start: 0}
    settled: set[T] = set()
    path = [(start, iter(leads_to(start)))]
    while path:
        here, rest = path[-1]
        there = next((one for one in rest if one not in known and one not in settled), None)
        if there is None:
            path.pop()
            if path:
                above = path[-1][0]
                lowest[above] = min(lowest[above], lowest[here])
            if lowest[here] == position[here]:
                found = waiting[position[here] :]
                del waiting[position[here] :]
                settled.update(found)
                yield found
        elif there in position:
            lowest[here] = min(lowest[here], position[there])
        else:
            position[there] = lowest[there] = len(waiting)
            waiting.append(there)
            path.append((there, iter(leads_to(there))))
