"""Who owns a path by a repository's CODEOWNERS file: its last line that matches, as GitHub reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.config_problems import LOGIN, TEAM
from rules.contract import Owners
from rules.globs import check_glob, glob

PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the file may stand; the first that exists counts."""

MAX_OWNERS = 100


def owners_of(path: str, files: Mapping[str, str]) -> Owners | None:
    """Give teams and people of the last line that matches a path; `None` without a file, a match, or a name in it."""
    text = next((files[place] for place in PATHS if place in files), "")
    found: list[str] = []
    for pattern, names in _lines(text):
        if _covers(pattern, path):
            found = names
    logins = tuple(dict.fromkeys(name[1:] for name in found if name.startswith("@")))[:MAX_OWNERS]
    owners = Owners(
        teams=tuple(name for name in logins if TEAM.fullmatch(name)),
        users=tuple(name for name in logins if LOGIN.fullmatch(name)),
    )
    return owners if owners.teams or owners.users else None


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            yield words[0], words[1:]


def _covers(pattern: str, path: str) -> bool:
    """Match as .gitignore does: a slash within anchors at the top, a folder covers everything in it."""
    anchored = "/" in pattern.rstrip("/")
    bare = pattern.strip("/") or "*"
    top = bare if anchored or bare.startswith("**") else f"**/{bare}"
    inside = top if top.endswith("**") else f"{top}/**"
    # docs/* covers the files of docs, and not those of its folders; docs/ and docs both cover all.
    tried = (inside,) if pattern.endswith("/") else (top,) if bare.endswith("/*") else (top, inside)
    return any(_valid(one) and glob(one, path) for one in tried)


def _valid(pattern: str) -> bool:
    try:
        check_glob(pattern)
    except ValueError:
        return False
    return True
