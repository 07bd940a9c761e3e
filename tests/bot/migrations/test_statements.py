"""Rows as COPY takes them: written at once or value by value, they say the same."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.migrations.postgres_statements import copied, copied_rows

VALUES = st.none() | st.text(max_size=5) | st.sampled_from(["\t", "\n", "\r", "\\N", "\\.", "a\tb", "", "ä\u0001"])
ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[VALUES] * width), min_size=1, max_size=4))


@given(ROWS)
@example([("a\tb",), ("c",)])
@example([("1", "a\nb"), ("2", "c")])
@example([("1", "\\."), ("2", "c")])
def test_rows_are_written_as_their_values_are(rows: list[tuple[str | None, ...]]) -> None:
    assert copied_rows(rows) == "".join("\t".join(map(copied, row)) + "\n" for row in rows)
