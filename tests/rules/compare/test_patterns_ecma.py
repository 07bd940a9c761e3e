"""Patterns against a real ECMA-262 engine: whatever is drawn means here what it means to Node.js, with the `u` flag.

The validator that confirms a witness reads patterns as the engine does, so nothing else would show a misreading.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from random import Random
from typing import Any

import pytest

from rules.compare.budget import Budget, ExhaustedError
from rules.compare.patterns.regex import Languages
from rules.compare.patterns.search import shortest
from rules.compare.patterns.syntax import UnsupportedPatternError
from rules.compare.patterns.translate import language
from tests.wanted import absent

CHARACTERS = [
    *"aAbzZ019_-./ \t\n\r]^\\{}()|$,=!:²ªßéİſKǅ٣Ⅷ€〇", "🐲", "𐐷", "\u2028", "\u2029", "\u00a0", "\ufeff", "\u180e",
    "\u200b", "\x85", "\x00", "\x0b", "\x7f", "\u0301", "\ue000", "\U0010ffff",
]  # fmt: skip
ESCAPES = [
    r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\t", r"\n", r"\r", r"\f", r"\v", r"\0", r"\x41", r"\x0a", r"\u0061",
    r"\u00e9", r"\u{1F432}", r"\ud83d\udc32", r"\cJ", r"\cM", r"\.", r"\\", r"\/", r"\]", r"\[", r"\^", r"\$", r"\(",
    r"\|", r"\{", r"\}", r"\*", r"\p{L}", r"\P{L}", r"\p{Lu}", r"\p{Ll}", r"\p{Lt}", r"\p{Nd}", r"\p{N}", r"\p{P}",
    r"\p{S}",
    r"\p{Z}", r"\p{C}", r"\p{Cc}", r"\p{Cf}", r"\p{Co}", r"\p{M}", r"\p{LC}", r"\p{Letter}", r"\p{gc=Lu}", r"\p{ASCII}",
    r"\p{Any}", r"\p{Sc}", r"\p{Lo}", r"\p{Lm}", r"\p{Nl}", r"\p{No}", r"\p{Pd}", r"\p{Zs}",
    r"\p{General_Category=Uppercase_Letter}",
]  # fmt: skip
TIMES = ["", "", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?", "{0}", "{1,}?"]
STEPS = 4_000
ASK = """
const cases = JSON.parse(require("fs").readFileSync(0));
const answer = ([pattern, texts]) => {
  try { const regex = new RegExp(pattern, "u"); return texts.map((text) => regex.test(text)); } catch { return null; }
};
console.log(JSON.stringify(cases.map(answer)));
"""


class Pattern:
    """Draws patterns from one seed."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def whole(self) -> str:
        start, end = self.random.choice(["", "^"]), self.random.choice(["", "$"])
        return start + self.alternatives(2) + end

    def alternatives(self, depth: int) -> str:
        return "|".join(self.sequence(depth) for _ in range(self.random.choice([1, 1, 1, 2, 3])))

    def sequence(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.random.choice([0, 1, 2, 2, 3, 4])))

    def piece(self, depth: int) -> str:
        random, turn = self.random, self.random.random()
        if turn < 0.15:
            return random.choice(["^", "$", r"\b", r"\B"])
        if turn < 0.25 and depth:
            return f"({random.choice(['?=', '?!'])}{self.alternatives(depth - 1)})"
        if turn < 0.37 and depth:
            named = f"?<n{random.randrange(10_000)}>"
            return f"({random.choice(['', '?:', named])}{self.alternatives(depth - 1)}){random.choice(TIMES)}"
        plain = random.choice(["a", "b", "z", "0", "9", "_", "-", " ", "é", "🐲", "."])
        return random.choice([plain, plain, random.choice(ESCAPES), self.listed()]) + random.choice(TIMES)

    def listed(self) -> str:
        random = self.random
        inside = ""
        for _ in range(random.randrange(4)):
            first, last = sorted(random.sample("abzAZ019éß", 2))
            single = random.choice([*"ab0_.$(*+?| ", "é", "🐲", r"\b", r"\-"])
            inside += random.choice([random.choice(ESCAPES), f"{first}-{last}", single])
        return f"[{random.choice(['', '', '^'])}{inside}{random.choice(['', '', '-'])}]"


def case(random: Random) -> tuple[str, list[str], list[bool]] | None:
    """Draw a pattern with texts, words of it and words outside of it; `None` where it is not understood, or dear."""
    pattern, languages = Pattern(random).whole(), Languages(Budget(STEPS).spend)
    texts = ["".join(random.choice(CHARACTERS) for _ in range(random.choice([0, 1, 1, 2, 3, 4]))) for _ in range(12)]
    try:
        regex = language(languages, pattern)
        words = [shortest(languages, one, limit=60) for one in (regex, languages.negate(regex))]
        texts += [word for word in words if word is not None]
        return pattern, texts, [languages.matches(regex, text) for text in texts]
    except (UnsupportedPatternError, ExhaustedError):
        return None


def searched(seeds: range) -> int:
    """Hold the answers on many patterns against Node's; return how many there were to hold."""
    node = shutil.which("node")
    if node is None:
        absent("npm", "patterns are held against Node.js: install it")
    cases = [found for seed in seeds if (found := case(Random(seed))) is not None]
    asked = json.dumps([(pattern, texts) for pattern, texts, _ in cases])
    done = subprocess.run([node, "-e", ASK], input=asked, capture_output=True, text=True, check=True)
    told: list[list[bool] | None] = json.loads(done.stdout)
    held = 0
    for (pattern, texts, ours), theirs in zip(cases, told, strict=True):
        if theirs is not None:  # what is no pattern with the flag is read as people mean it
            held += len(texts)
            wrong: list[Any] = [row for row in zip(texts, ours, theirs, strict=True) if row[1] != row[2]]
            assert not [row for row in wrong if not begins_within(pattern, row[0])], (pattern, wrong)
    return held


def begins_within(pattern: str, text: str) -> bool:
    """Say whether Node may look inside of a surrogate pair, where a denied look-ahead holds; ECMA-262 has it not."""
    return ("(?!" in pattern or r"\B" in pattern) and any(char > "\uffff" for char in text)


def test_patterns_mean_what_they_mean_to_node() -> None:
    assert searched(range(150)) > 1_000


@pytest.mark.slow
def test_many_patterns_mean_what_they_mean_to_node() -> None:
    assert searched(range(1_000, 9_000)) > 60_000
