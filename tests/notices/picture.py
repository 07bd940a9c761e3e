"""A picture of a comment as a person sees it: `python -m tests.notices.picture docs/images/comment.png` (Chromium).

Its proof is unfolded, and it ends after the versions, so that it can be read at the width of a README.

GitHub's own style sheet is not ours to copy; the few rules here give its look.
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from markdown_it import MarkdownIt

from notices import comment
from tests.browser import chromium
from tests.notices.making import ADVISOR, BEGAN, CONTEXT, TEAMS, admission_date, review

WIDTH = 860
"""Pixels; a README on GitHub is about as wide."""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A comment</title><style>
body {{ font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328;
  background: #fff; margin: 16px; }}
.box {{ border: 1px solid #d1d9e0; border-radius: 6px; }}
.by {{ background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; }}
.by b {{ color: #1f2328; }} .by i {{ font-style: normal; border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px;
  font-size: 12px; }}
.body {{ padding: 16px; }} h2 {{ font-size: 1.5em; border-bottom: 1px solid #d1d9e0; padding-bottom: .3em;
  margin: 0 0 16px; }}
h3 {{ font-size: 1.25em; margin: 24px 0 16px; }} p, ul, table, pre, details {{ margin: 0 0 16px; }}
summary {{ margin-bottom: 8px; }} ul {{ padding-left: 2em; }} a {{ color: #0969da; }}
code {{ font: 85% ui-monospace, "DejaVu Sans Mono", monospace; background: #818b981f; padding: .2em .4em;
  border-radius: 6px; }}
pre {{ background: #f6f8fa; border-radius: 6px; padding: 16px; margin-top: 8px; }}
pre code {{ background: none; padding: 0; }}
table {{ border-collapse: collapse; }} th, td {{ border: 1px solid #d1d9e0; padding: 6px 13px; }}
</style><div class="box"><div class="by"><b>concordat</b> <i>bot</i> commented now</div>
<div class="body">{}</div></div></html>"""


def page() -> str:
    """Give the registry's breaking change as an HTML page that looks like GitHub's."""
    judged = review(admission_date("3.0.0"), needs=(*TEAMS, ADVISOR), deadline=BEGAN + timedelta(days=7))
    body = MarkdownIt("commonmark").enable("table").render(comment.render([judged], CONTEXT))
    return PAGE.format(re.sub(r"<details>", "<details open>", body, count=1))


def main(target: Path) -> None:
    """Take the picture."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder, "comment.html")
        file.write_text(page(), encoding="utf-8")
        view = browser.new_page(viewport={"width": WIDTH, "height": 1600}, device_scale_factor=1.5)
        view.goto(file.as_uri())
        versions = view.locator("table").first.bounding_box()
        assert versions is not None
        height = versions["y"] + versions["height"] + 16
        view.screenshot(path=str(target), clip={"x": 0, "y": 0, "width": WIDTH, "height": height})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
