"""Pull requests that mean harm: their text is quoted as text, and their schemas are judged in bounded time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from bot.steward import verdicts
from rules.assessment import Assessment
from rules.change import Change
from tests.bot.steward.room import Room, room
from tests.e2e.stage import CONFIG, schema
from tests.fakes.github.people import Pull

TEXTS = {
    "a mention": "@octo/everyone and @ana",
    "html": "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "our marker": "<!-- concordat:review -->",
    "an open comment": "<!-- ",
    "a closed details": "</details></summary>",
    "a fence": "```\n# heading\n````",
    "a workflow command": "::error file=a,line=1::gone\n##[error]gone",
    "a table": "a | b |\n| --- | --- |",
    "a link": "[click](javascript:alert(1)) ![x](http://evil.example/p.png) https://evil.example",
    "turned round": "\u202egnihton\u202c \u2066x\u2069",
    "a NUL and an escape": "a\x00b\x1b[31mred",
    "very long": "x" * 5000,
    "an issue": "fixes #1, octo/orders#2, GH-3",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def judged(on: Room, name: str, text: str | bytes, base: str = "main") -> Pull:
    pull = on.pull({"schemas/order.json": text}, name=name, base=base)
    on.look(pull)
    return pull


def outside_code(body: str) -> str:
    """Leave out what GitHub shows as code, where nothing is a mention, a link or HTML."""
    body = re.sub(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1`*\s*$", "", body, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", body, flags=re.DOTALL)


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_text_is_shown_and_never_acts(shared: Room, kind: str) -> None:
    text = TEXTS[kind]
    name = kind.replace(" ", "-")
    shared.repository.branch(f"base-{name}")
    old = schema("1.0.0", **{text: {"type": "string", "enum": [text, "b"]}})
    shared.repository.commit(f"base-{name}", {"schemas/order.json": old})
    new = schema("1.1.0", **{text + "!": {"enum": [text], "title": text, "$comment": text, "description": text}})
    pull = judged(shared, name, new, f"base-{name}")
    (comment,) = pull.app_comments
    (check,) = pull.checks
    texts = [comment.body, str(check.output["summary"]), str(check.output["text"])]
    assert comment.body.startswith("<!-- concordat:review -->\n")
    assert comment.body.count("<!--") == 1
    for body in texts:
        shown = outside_code(body)
        assert not re.search(r"(?<![\w&;/])@[A-Za-z]", shown)
        assert "<script" not in shown
        assert "<img" not in shown
        assert "javascript:" not in shown
        assert "evil.example/p.png)" not in shown
        assert shown.count("<details>") == shown.count("</details>")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", body)
        assert len(body) <= 65_536
    for annotation in check.annotations:
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", annotation["message"] + annotation["title"]
        )
        assert not re.search(r"^(::|##\[)", annotation["message"], re.MULTILINE)


def test_hostile_names_of_files_branches_and_contracts_are_shown_and_never_act(shared: Room) -> None:
    odd = "schemas/<b>@octo `x` [y](z).json"
    branch = "base-@everyone"
    config = CONFIG.replace("schemas/order.json", "schemas/*.json").replace("  order:", '  "@octo/all <b>":')
    shared.repository.branch(branch)
    shared.repository.commit(branch, {".github/contracts.yml": config, odd: schema()})
    pull = shared.pull({odd: schema("1.1.0", placed=None)}, name="t-`@ana`", base=branch)
    shared.look(pull)
    (check,) = pull.checks
    bodies = [comment.body for comment in pull.app_comments] + [str(check.output["text"])]
    for body in bodies:
        shown = outside_code(body)
        assert "<b>" not in shown
        assert not re.search(r"(?<![\w&;/])@[A-Za-z]", shown)
    assert check.conclusion == "failure"


def nested(depth: int) -> str:
    return '{"not":' * depth + "{}" + "}" * depth


def doubling(levels: int) -> str:
    defs: dict[str, object] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]} for n in range(levels)
    }
    defs[f"d{levels}"] = {"type": "string"}
    return schema_with({"$defs": defs, "properties": {"id": {"$ref": "#/$defs/d0"}}})


def schema_with(more: dict[str, object]) -> str:
    return json.dumps({**json.loads(schema("2.0.0")), **more})


SCHEMAS: dict[str, str | bytes] = {
    "nested a hundred deep": schema_with({"not": json.loads(nested(100))}),
    "nested too deep": nested(5000),
    "a reference to itself": schema_with({"$ref": "#"}),
    "references in a circle": schema_with({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
                                           "properties": {"id": {"$ref": "#/$defs/a"}}}),
    "references that double": doubling(60),
    "a pattern that runs for ever": schema_with({
        "patternProperties": {"^(a+)+$": {"type": "string"}, "^(a|aa)+$": {}}, "unevaluatedProperties": False,
        "properties": {"id": {"type": "string", "pattern": "^(a+)+$", "minLength": 40}},
    }),
    "a remote reference": schema_with({"properties": {"id": {"$ref": "http://127.0.0.1:9/evil.json"}}}),
    "many values": schema_with({"properties": {"id": {"enum": [f"v{n}" for n in range(60_000)]}}}),
    "many alternatives": schema_with({"anyOf": [
        {"properties": {f"p{n}": {"const": n}}, "required": [f"p{n}"]} for n in range(300)
    ]}),
    "many combinations": schema_with({"allOf": [
        {"oneOf": [{"properties": {f"p{n}": {"const": 1}}}, {"properties": {f"q{n}": {"const": 1}}}]}
        for n in range(40)
    ]}),
    "a byte order mark": b"\xef\xbb\xbf" + schema("2.0.0", placed=None).encode(),
    "another encoding": schema("2.0.0").encode("utf-16"),
    "no text at all": bytes(range(256)),
    "not an object": "[1, 2",
    "nothing": "",
    "huge numbers": schema_with({"properties": {"id": {"maximum": int("9" * 400), "multipleOf": 1e-300}}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_hostile_schema_gets_a_clear_answer(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    def bounded(change: Change) -> Assessment:
        return verdicts.judge(change, verdicts.Limits(seconds=4))

    with room(tmp_path_factory.mktemp("schema"), judge=bounded) as on:
        pull = judged(on, "schema", SCHEMAS[kind])
        assert on.waiting == ()
        (check,) = pull.checks
    assert check.conclusion in {"failure", "action_required"}
    assert "could not judge" not in str(check.output["title"])
