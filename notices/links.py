"""Places in files with the addresses that lead to them on GitHub; every link is safe in HTML and in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from notices.values import Context

MAX_ADDRESS = 2000
"""Characters of a link; browsers and GitHub follow no longer one reliably."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; `url` leads to it where the file can be linked, and is safe in any markup."""

    path: str
    line: int | None = None
    url: Markup | None = None

    @property
    def text(self) -> str:
        """The place as people and editors write it: `path:line`."""
        return self.path if self.line is None else f"{self.path}:{self.line}"


class Links:
    """Makes the addresses of files on GitHub; without a pull request there is nothing to link."""

    def __init__(self, context: Context | None) -> None:
        self._context = context

    def place(self, path: str, line: int | None, *, base: bool = False) -> Place:
        """Give a place with its link, at the head unless told."""
        context = self._context
        if context is None or context.pull is None or not path:
            return Place(path, line)
        sha = context.base_sha if base else context.head_sha
        anchor = "" if line is None else f"#L{line}"
        return Place(path, line, link(f"{context.web_url}/{context.repository}/blob/{sha}/{_quoted(path)}{anchor}"))

    def editor(self, path: str, text: str | None = None) -> Markup | None:
        """Give the page on which the author edits a file of their branch, or begins it with a text."""
        context = self._context
        if context is None or not (context.head_repository and context.head_ref and path):
            return None
        where = f"{context.web_url}/{context.head_repository}"
        branch = _quoted(context.head_ref)
        if text is None:
            return link(f"{where}/edit/{branch}/{_quoted(path)}")
        begun = link(f"{where}/new/{branch}?filename={quote(path, safe='')}")
        # An ampersand is written so that HTML and Markdown both read it as one.
        return begun and begun + Markup("&amp;value=") + Markup(quote(text, safe=""))  # noqa: S704 as in `link`


def link(address: str | None) -> Markup | None:
    """Make an address safe in HTML and in Markdown's round brackets; `None` for none, or for one too long to follow."""
    if address is None or len(address) > MAX_ADDRESS:
        return None
    return Markup(quote(address, safe="/:?=%#~,;@+!"))  # noqa: S704 nothing is left in it that ends an attribute


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="/")
