"""The Markdown that we write ourselves, as HTML: headings, lists, paragraphs, fences, code, bold, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from notices.escape import visible

_LOWEST = 6
_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ "}
_ACTS = ("link", "image", "autolink", "html_inline", "html_block", "reference")


def rendered(text: str, *, below: int = 2) -> Markup:
    """Write a text of ours as HTML, its headings `below` those around it; nothing that it quotes becomes markup."""
    engine = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table").disable(_ACTS)
    engine.add_render_rule("fence", _fence)
    engine.add_render_rule("code_block", _fence)
    tokens = engine.parse(visible(text, keep="\n"))
    for token in tokens:
        _dressed(token, below)
    for inline in _items(tokens):
        box = _BOXES.get(inline.content[:4])
        if box and inline.children and inline.children[0].type == "text":
            inline.children[0].content = box + inline.children[0].content[4:]
    return Markup(engine.renderer.render(tokens, engine.options, {}))  # noqa: S704 what is quoted is escaped there


def _dressed(token: Token, below: int) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1:]) + below, _LOWEST)}"
    if token.type == "th_open":
        token.attrSet("scope", "col")


def _items(tokens: Sequence[Token]) -> Iterator[Token]:
    """Give the first words of each item of a list."""
    for opened, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opened.type == "list_item_open" and paragraph.type == "paragraph_open":
            yield inline


def _fence(_self: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
    return Markup('<pre tabindex="0" role="group" aria-label="Text">{}</pre>\n').format(escape(tokens[at].content))
