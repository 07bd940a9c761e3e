"""The texts of a package as HTML: they read as they are meant, and nothing in them becomes markup."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from notices.rendered import rendered

HEAD = '<thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>'


def test_headings_lists_tables_fences_and_words_read_as_they_are_meant() -> None:
    text = (
        "# Orders 2\\.0\\.0\n\n**MAJOR:** `a|b` goes.\nOn two lines.\n\n- [ ] tick\n- plain `*x*`\n\n1. one\n2. two\n\n"
        '| a | b |\n|---|---|\n| 1 | `2` |\n\n```json\n{"a": "<b>"}\n```\n'
    )
    assert re.sub(r">\n+<", "><", rendered(text).strip()) == "".join((
        "<h3>Orders 2.0.0</h3>",
        "<p><strong>MAJOR:</strong> <code>a|b</code> goes.\nOn two lines.</p>",
        "<ul><li>☐ tick</li><li>plain <code>*x*</code></li></ul>",
        "<ol><li>one</li><li>two</li></ol>",
        f"<table>{HEAD}<tbody><tr><td>1</td><td><code>2</code></td></tr></tbody></table>",
        '<pre tabindex="0" role="group" aria-label="Text">{&#34;a&#34;: &#34;&lt;b&gt;&#34;}\n</pre>',
    ))  # fmt: skip


def test_hostile_words_stay_words() -> None:
    found = rendered("# <script>x</script>\n- ![a](http://x) <img src=x>\n[b](javascript:x)\n|<i>|\n")
    assert "<script" not in found
    assert "<img" not in found
    assert "href" not in found
    assert "<i>" not in found


@given(st.text(alphabet="#-|`*\\ \n<a1.[]x"))
def test_any_text_is_taken(text: str) -> None:
    assert "<a" not in rendered(text)
