"""Path patterns of the configuration: which files are a contract's, and which contract a `{name}` stands for.

`*` and `?` match within one folder or file name, `[ab]` one of the characters in it, `**` as a whole part any number
of folders, `{name}` one part or a piece of it (the longest that fits). The whole path has to match, in exact case.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, takewhile

from rules.contract import Contract

MAX_PATTERN = 500
_MAX_FOLDER_STARS = 3
_PLACE = "{name}"
_PIECE = re.compile(r"\*+|\?|\[!?\]?[^\]/]*\]|\{name\}|[^*?\[{]+|.", re.DOTALL)
_LITERAL = re.compile(r"[^*?\[{]*")
_FOLDERS = "(?:[^/]+/)*"


def check_glob(pattern: str) -> None:
    """Raise `ValueError(what, fix)` where a pattern could not mean what it says."""
    for wrong, (what, fix) in zip(_wrongs(pattern, pattern.split("/")), _SAID, strict=True):
        if wrong:
            raise ValueError(what, fix)
    try:
        _compiled(pattern)
    except re.error:
        raise ValueError("it holds a range that runs backwards", "Write it as in [a-z].") from None


def _wrongs(pattern: str, parts: list[str]) -> Iterator[object]:
    yield not pattern.strip()
    yield len(pattern) > MAX_PATTERN
    yield "\\" in pattern
    yield pattern.startswith("!")
    yield pattern.startswith("/")
    yield pattern.endswith("/")
    yield any(part in ("", ".", "..") for part in parts)
    yield any("**" in part and part != "**" for part in parts)
    yield parts.count("**") > _MAX_FOLDER_STARS
    yield pattern.count(_PLACE) > 1
    yield re.search(r"[{}]", pattern.replace(_PLACE, ""))
    yield any(_PLACE in part and part.count("*") > 1 for part in parts)
    yield re.search(r"\[[^\]/]*(/|$)", pattern)


_SAID = (
    ("it is empty", "Write a path from the top of the repository, such as schemas/orders.json."),
    (f"it is longer than {MAX_PATTERN} characters", "Write a shorter one."),
    ("it holds a backslash", "Separate folders with /."),
    ("it begins with !", "Name what to leave out under `exclude`."),
    ("it begins with /", "Leave the first / out: paths start at the top of the repository."),
    ("it names a folder", "Add ** at its end for everything in it."),
    ("it has an empty part, . or ..", "Write the path from the top of the repository."),
    ("** stands beside other characters", "Let ** stand alone between two /."),
    (f"it holds ** more than {_MAX_FOLDER_STARS} times", "Use fewer."),
    ("it holds {name} twice", "Keep one {name}."),
    ("it holds a brace", "Only {name} stands in braces; list other alternatives one by one."),
    ("two * stand beside {name}", "Keep one * in that part."),
    ("a [ is never closed", "Write [[] for the character itself."),
)


def glob(pattern: str, path: str) -> bool:
    """Say whether a path from the top of the repository matches a pattern."""
    return _compiled(pattern).fullmatch(path) is not None


def matches(contract: Contract, path: str) -> bool:
    """Say whether a file is one of the contract's: found by `files`, not by `exclude`, and not set aside.

    A folder named in `archive` or `proposals` is only looked into where a pattern of `files` spells its name out.
    """
    return any(_finds(contract, pattern, path) for pattern in contract.files) and not _excluded(contract, path)


def idle(contract: Contract, ordered: Sequence[str]) -> Iterator[int]:
    """Give the index of each pattern of `files` that finds none of these paths; `ordered` is sorted."""
    for index, pattern in enumerate(contract.files):
        paths = _beginning(_LITERAL.match(pattern)[0], ordered)  # type: ignore[index] # it matches any text
        if not any(_finds(contract, pattern, path) and not _excluded(contract, path) for path in paths):
            yield index


def _beginning(start: str, ordered: Sequence[str]) -> Iterator[str]:
    """Give the paths that begin so, without looking at all: a repository may have very many, and as many patterns."""
    within = islice(ordered, bisect_left(ordered, start), None)
    return takewhile(lambda path: path.startswith(start), within)


def expand(contract: Contract, path: str) -> Contract | None:
    """Give the one contract that a file belongs to, with `{name}` filled in; `None` where the file is not its.

    A contract without `{name}` is given as it is. In `files`, `exclude` and `data` the name's own special characters
    are made literal; `manifest` and `change_log` are paths and take it as it stands.
    """
    if _excluded(contract, path):
        return None
    for pattern in contract.files:
        if _finds(contract, pattern, path):
            found = _compiled(pattern).fullmatch(path)
            name = found.groupdict().get("name") if found else None
            return contract if name is None else _filled(contract, name)
    return None


def _finds(contract: Contract, pattern: str, path: str) -> bool:
    if not glob(pattern, path):
        return False
    aside = {*contract.archive, *contract.proposals}.difference(pattern.split("/"))
    return aside.isdisjoint(path.split("/")[:-1])


def _excluded(contract: Contract, path: str) -> bool:
    return any(glob(pattern, path) for pattern in contract.exclude)


def _filled(contract: Contract, name: str) -> Contract:
    literal = re.sub(r"[*?\[]", r"[\g<0>]", name).replace(_PLACE, "[{]name}")
    return replace(
        contract,
        name=contract.name.replace(_PLACE, name),
        files=tuple(pattern.replace(_PLACE, literal) for pattern in contract.files),
        exclude=tuple(pattern.replace(_PLACE, literal) for pattern in contract.exclude),
        data=tuple(pattern.replace(_PLACE, literal) for pattern in contract.data),
        manifest=contract.manifest and contract.manifest.replace(_PLACE, name),
        change_log=contract.change_log and contract.change_log.replace(_PLACE, name),
    )


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a pattern into an expression that needs no backtracking across folders.

    What follows a `**`, up to the next one, is sought in an atomic group: the first place where it fits is always
    as good as any later one.
    """
    blocks: list[list[str]] = [[]]
    for part in pattern.split("/"):
        if part == "**":
            blocks.append([])
        else:
            blocks[-1].append(part)
    last = len(blocks) - 1
    texts = []
    for index, block in enumerate(blocks):
        body = "/".join(_part(part) for part in block) + ("/" if block and index < last else "")
        if index == 0:
            texts.append(body)
        elif index == last:
            texts.append(_FOLDERS + (body or "[^/]+"))
        else:
            texts.append(f"(?>{_FOLDERS}?{body})")
    return re.compile("".join(texts), re.DOTALL)


def _part(part: str) -> str:
    """Translate what stands between two slashes; each run between stars is sought once, leftmost."""
    runs, run = [], ""
    for piece in _PIECE.findall(part):
        if piece.startswith("*"):
            runs.append(run)
            run = ""
        else:
            run += _piece(piece)
    runs.append(run)
    if len(runs) == 1:
        return run
    if _PLACE in part:
        return "[^/]*".join(runs)
    middle = "".join(f"(?>[^/]*?{one})" for one in runs[1:-1] if one)
    return f"{runs[0]}{middle}[^/]*{runs[-1]}"


def _piece(piece: str) -> str:
    if piece == "?":
        return "[^/]"
    if piece == _PLACE:
        return "(?P<name>[^/]+)"
    if piece.startswith("[") and len(piece) > 1:
        inner = piece[1:-1]
        negated = inner.startswith("!")
        body = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner[1:] if negated else inner)
        return f"(?!/)[{'^' if negated else ''}{body}]"
    return re.escape(piece)
