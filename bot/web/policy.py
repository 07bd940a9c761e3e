"""The content security policy: nothing is allowed but what is named here (W3C, Content Security Policy Level 3)."""

from __future__ import annotations

import base64
import hashlib
import re

CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def for_page(page: str) -> str:
    """Make the policy of a page of ours: the style sheet in its head applies, by its hash, and no other.

    The head comes before anything that was quoted from elsewhere, so the first style sheet is the template's own.
    """
    head = page.partition("<body")[0]
    found = _STYLE.search(head)
    if found is None:
        return CONTENT_SECURITY_POLICY
    # Browsers hash the text with line ends as LF (HTML, "Normalize newlines").
    style = found[1].replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"{CONTENT_SECURITY_POLICY}; style-src 'sha256-{digest}'"
