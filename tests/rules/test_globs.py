from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.contract import Contract
from rules.globs import check_glob, expand, glob, idle, matches


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a.json", "a.json", True),
        ("a.json", "aXjson", False),
        ("a/*.json", "a/b.json", True),
        ("a/*.json", "a/b/c.json", False),
        ("a/*.json", "a/B.JSON", False),
        ("a/**/*.json", "a/c.json", True),
        ("a/**/*.json", "a/b/c/d.json", True),
        ("**/*.json", "c.json", True),
        ("**", "a/b", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("a/**/b/**/*.j", "a/x/b/b/y.j", True),
        ("a/**/b/**/*.j", "a/x/c/y.j", False),
        ("a?.json", "ab.json", True),
        ("a?b", "a/b", False),
        ("[ab].json", "b.json", True),
        ("[!ab].json", "c.json", True),
        ("[!ab].json", "/.json", False),
        ("[*].json", "*.json", True),
        ("[*].json", "a.json", False),
        ("[]].json", "].json", True),
        ("*-v*.json", "orders-v1.0.json", True),
        ("*a*ab", "aab", True),
        ("*a*ab", "ab", False),
        ("s/{name}.json", "s/orders.json", True),
        ("s/{name}.json", "s/.json", False),
        ("s/{name}/v1.json", "s/orders/v1.json", True),
        ("*\n*", "a\nb", True),
    ],
)
def test_patterns_match_as_gitignore_has_it(pattern: str, path: str, fits: bool) -> None:
    assert glob(pattern, path) is fits


PARTS = st.lists(st.sampled_from(("a", "b", "ab", "*", "a*", "*b", "**", "?", "*a*b*")), min_size=1, max_size=4)
PATHS = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5)


@given(PARTS, PATHS)
def test_the_quick_way_of_matching_agrees_with_the_plain_one(parts: list[str], path: list[str]) -> None:
    assert glob("/".join(parts), "/".join(path)) is _plainly(parts, path)


def _plainly(parts: list[str], path: list[str]) -> bool:
    if not parts:
        return not path
    if parts[0] == "**" and len(parts) == 1:
        return bool(path)
    if parts[0] == "**":
        return any(_plainly(parts[1:], path[skip:]) for skip in range(len(path) + 1))
    one = re.escape(parts[0]).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(path) and bool(re.fullmatch(one, path[0])) and _plainly(parts[1:], path[1:])


def test_a_hostile_path_costs_little() -> None:
    assert not glob("**/" + "*a" * 100 + "/**/x/**/b", "a" * 255 + "/x" * 1000)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("", "empty"), ("/a", "begins with /"), ("a/", "folder"), ("!a", "begins with !"), ("a\\b", "backslash"),
        ("a//b", "empty part"), ("./a", "empty part"), ("../a", "empty part"), ("a**b", r"\*\* stands beside"),
        ("{a,b}", "brace"), ("{name}/{name}", "twice"), ("a[b", "never closed"), ("a[b/c]", "never closed"),
        ("[z-a]", "backwards"), ("**/**/**/**", "more than 3"), ("*{name}*", r"two \*"), ("a" * 501, "longer"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_mean_what_it_says_is_refused_with_a_way_out(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=what) as caught:
        check_glob(pattern)
    assert caught.value.args[1].endswith(".")


TEMPLATE = Contract(
    name="events.{name}",
    files=("s/{name}-v*.json", "t/{name}/schema.json"),
    data=("d/{name}/*.json",),
    manifest="s/{name}.manifest.json",
    change_log="s/{name}.md",
    exclude=("s/old-*.json",),
)


def test_each_name_becomes_a_contract_of_its_own() -> None:
    one = expand(TEMPLATE, "s/order-v1.0.json")
    assert one == replace(
        TEMPLATE, name="events.order", files=("s/order-v*.json", "t/order/schema.json"), data=("d/order/*.json",),
        manifest="s/order.manifest.json", change_log="s/order.md",
    )  # fmt: skip
    assert one == expand(TEMPLATE, "s/order-v2.0.json") == expand(TEMPLATE, "t/order/schema.json")
    assert expand(TEMPLATE, "u/order-v1.0.json") is None
    assert expand(TEMPLATE, "s/old-v1.0.json") is None


def test_a_contract_without_a_name_to_fill_stays_as_it_is() -> None:
    contract = Contract(name="a", files=("s/*.json",))
    assert expand(contract, "s/x.json") is contract


def test_special_characters_of_a_name_are_no_pattern() -> None:
    one = expand(TEMPLATE, "t/a*[b]/schema.json")
    assert one is not None
    assert matches(one, "t/a*[b]/schema.json")
    assert not matches(one, "t/axb/schema.json")


def test_wildcards_do_not_look_into_the_archive_or_the_proposals() -> None:
    contract = Contract(name="a", files=("s/**/*.json",))
    assert [matches(contract, path) for path in ("s/x.json", "s/archive/x.json", "s/a/proposals/x.json")] == [
        True, False, False,
    ]  # fmt: skip
    assert expand(contract, "s/archive/x.json") is None


def test_an_archive_that_a_pattern_spells_out_is_looked_into() -> None:
    assert matches(Contract(name="a", files=("archive/*.json",)), "archive/x.json")


def test_the_archive_can_have_another_name() -> None:
    contract = Contract(name="a", files=("**/*.json",), archive=("retired",))
    assert matches(contract, "archive/x.json")
    assert not matches(contract, "retired/x.json")


@given(
    st.lists(st.sampled_from(["a/x.json", "a/b/y.json", "c.json", "archive/z.json", "a/archive/x.json"]), max_size=5),
    st.lists(st.sampled_from(["a/*.json", "**/y.json", "c.json", "{name}.json", "*/z.json", "[ac].json"]), max_size=4),
)
def test_an_idle_pattern_is_one_that_finds_no_path(paths: list[str], patterns: list[str]) -> None:
    contract = Contract(name="c", files=tuple(patterns), exclude=("c.json",))
    alone = [
        index
        for index, pattern in enumerate(patterns)
        if not any(matches(replace(contract, files=(pattern,)), path) for path in paths)
    ]
    assert list(idle(contract, sorted(paths))) == alone
