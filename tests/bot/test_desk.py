"""`concordat check OLD NEW` and `concordat decide`: two files, and everything that may stand in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.cli import main
from bot.cli_desk import FORMATS

Captured = pytest.CaptureFixture[str]

OLD = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
WIDER = {**OLD, "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
BREAKING = {**OLD, "properties": {"id": {"type": "integer"}}}
PUBLISHED = json.loads((Path(__file__).parents[2] / "docs/schemas/check.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, as a person does."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, value: object) -> str:
    Path(name).write_text(value if isinstance(value, str) else json.dumps(value, indent=2), encoding="utf-8")
    return name


def check(old: object, new: object, *options: str) -> int:
    return main(["check", write("old.json", old), write("new.json", new), *options])


@pytest.mark.parametrize(
    ("new", "code", "verdict"), [(OLD, 0, "NONE"), (WIDER, 0, "MINOR"), (BREAKING, 1, "MAJOR"), (True, 1, "MAJOR")]
)
def test_without_a_version_only_a_major_change_exits_with_one(
    new: object, code: int, verdict: str, capsys: Captured
) -> None:
    assert check(OLD, new) == code
    assert f"\n{verdict}: " in capsys.readouterr().out


def test_a_major_change_passes_where_it_is_allowed_and_the_report_says_so(capsys: Captured) -> None:
    assert check(OLD, BREAKING, "--allow", "major") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Next: `--allow major` lets it pass" in out
    assert "The version declares" not in out


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ({**OLD, "version": "1.0.0"}, {**BREAKING, "version": "2.0.0"}, 0),
        ({**OLD, "version": "1.0.0"}, {**BREAKING, "version": "1.1.0"}, 1),
        ({**OLD, "version": "1.0.0"}, {**WIDER, "version": "1.1.0"}, 0),
        ({**OLD, "version": "1.0.0"}, {**WIDER, "version": "1.0.1"}, 1),
        ({**OLD, "version": "1.0.0"}, {**WIDER, "version": "1.0.0"}, 1),
        ({**OLD, "schema_version": "order_v1"}, {**WIDER, "schema_version": "order_v1"}, 0),
        ({**OLD, "schema_version": "order_v1"}, {**BREAKING, "schema_version": "order_v1"}, 1),
        ({**OLD, "schema_version": "order_v1"}, {**BREAKING, "schema_version": "order_v2"}, 0),
    ],
)
def test_a_declared_version_decides_what_passes(old: object, new: object, code: int) -> None:
    assert check(old, new) == code


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "0.9.0"])
def test_a_major_change_is_never_allowed_past_the_version_that_is_declared(version: str, capsys: Captured) -> None:
    old, new = {**OLD, "version": "1.0.0"}, {**BREAKING, "version": version}
    assert check(old, new, "--allow", "major") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert 'Next: Set the version to "2.0.0"' in said
    assert "--allow" not in said
    assert check(old, new, "--allow", "major", "--format", "github") == 1
    assert "::error" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "code"), [("orders-v2.0.json", 0), ("orders-v1.1.json", 1)])
def test_a_version_in_the_file_names_decides_what_passes(name: str, code: int) -> None:
    assert main(["check", write("orders-v1.0.json", OLD), write(name, BREAKING)]) == code


def test_a_scheme_given_by_hand_wins_over_the_one_found() -> None:
    old, new = {**OLD, "version": "1.0.0"}, {**BREAKING, "version": "2.0.0"}
    assert check(old, new, "--version-scheme", "git") == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "new.json:1:1: The file is empty."),
        ('{"type": }', "new.json:1:10: "),
        ('{\n  "type": "object",\n}', "new.json:2:19: "),
        ('{"type": "object", "type": "array"}', 'new.json:1:20: The key "type" stands twice'),
        ('{"minimum": 1e999999999}', "new.json:1:13: The number 1e999999999 is too large"),
        ("NaN", "new.json:1:1: NaN is not JSON."),
        ("[" * 100_000, "new.json: The document is nested more than 200 levels deep."),
        ("3", "new.json:1: `new.json` holds no JSON Schema"),
        ('"x"', "new.json:1: `new.json` holds no JSON Schema"),
        ("null", "new.json:1: `new.json` holds no JSON Schema"),
        ("[]", "new.json:1: `new.json` holds no JSON Schema"),
        ('{"type": 5}', "new.json:1: `new.json` is not a valid JSON Schema: `/type`"),
        ('{\n"properties": {\n"a": {\n"type": "strnig"}}}', "new.json:4: `new.json` is not a valid JSON Schema"),
        ('{"$schema": "http://example.org/own"}', "new.json:1: `new.json` names a dialect of JSON Schema"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(content: str, told: str, capsys: Captured) -> None:
    assert check(OLD, content) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"concordat: {told}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("new", "path", "line"), [('{\n"a": }', "new.json", 2), ("[]", "new.json", 1), (None, "new.json", None)]
)
def test_what_cannot_be_used_is_told_to_programs_in_their_format(
    new: str | None, path: str, line: int | None, capsys: Captured
) -> None:
    arguments = ["check", write("old.json", OLD), "new.json" if new is None else write("new.json", new)]
    assert main([*arguments, "--format", "json"]) == 2
    out, err = capsys.readouterr()
    report = json.loads(out)
    Draft202012Validator(PUBLISHED).validate(report)
    (problem,) = report["problems"]
    assert (problem["path"], problem["line"], problem["blocking"]) == (path, line, True)
    assert (report["contracts"], report["grade"]) == ([], "MAJOR")
    assert err.startswith("concordat: new.json")
    assert main([*arguments, "--format", "github"]) == 2
    at = "" if line is None else f",line={line}"
    assert capsys.readouterr().out.startswith(f"::error file={path}{at},title=")
    assert main([*arguments, "--format", "sarif"]) == 2
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["level"] == "error"
    assert main([*arguments, "--format", "markdown"]) == 2
    assert capsys.readouterr().out.startswith("- **")


def test_both_files_of_an_unknown_dialect_are_refused(capsys: Captured) -> None:
    assert check({"$schema": "http://example.org/1"}, {"$schema": "http://example.org/2"}) == 2
    assert "dialect" in capsys.readouterr().err


def test_the_same_is_refused_on_the_old_side(capsys: Captured) -> None:
    assert check("{", OLD) == 2
    assert capsys.readouterr().err.startswith("concordat: old.json:1:1: ")


def test_yaml_is_read_and_its_mistakes_are_placed(capsys: Captured) -> None:
    old = write("old.yaml", "type: object\nproperties:\n  id: {type: string}\nrequired: [id]\n")
    assert main(["check", old, write("old.json", OLD)]) == 0
    assert main(["check", old, write("new.yml", "type: object\nproperties: [\n")]) == 2
    assert capsys.readouterr().err.startswith("concordat: new.yml:2:13: A value is missing here.")


@pytest.mark.parametrize(("name", "told"), [("missing.json", "no such file"), (".", "is a directory")])
def test_a_path_that_is_no_file_is_refused(name: str, told: str, capsys: Captured) -> None:
    assert main(["check", write("old.json", OLD), name]) == 2
    assert capsys.readouterr().err.startswith(f"concordat: {name} cannot be read: {told}")


def test_a_file_without_an_end_is_refused_by_its_size(capsys: Captured) -> None:
    assert main(["check", write("old.json", OLD), "/dev/zero"]) == 2
    assert (
        capsys.readouterr().err
        == "concordat: /dev/zero: The file is larger than 20 MB. Keep contracts apart from data.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["old.json"], "name the schema before and after"),
        ([], "name the schema before and after"),
        (["old.json", "old.json", "--base", "HEAD"], "not both"),
        (["old.json", "old.json", "--head", "HEAD"], "--head needs --base"),
        (["old.json", "old.json", "--config", "x.yml"], "--config needs --base"),
        (["old.json", "old.json", "--repo", "."], "--repo needs --base"),
        (["--base", "HEAD", "--version-scheme", "git"], "--version-scheme is for two files"),
    ],
)
def test_options_that_say_nothing_together_are_refused(arguments: list[str], told: str, capsys: Captured) -> None:
    write("old.json", OLD)
    assert main(["check", *arguments]) == 2
    assert told in capsys.readouterr().err


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_end_in_anything_but_a_verdict_or_a_sentence(content: bytes) -> None:
    write("old.json", OLD)
    Path("new.json").write_bytes(content)
    assert main(["check", "old.json", "new.json"]) in (0, 1, 2)


KEYWORDS = st.sampled_from((
    "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "default",
    "dependentRequired", "enum", "format", "if", "items", "maximum", "minLength", "multipleOf", "not", "oneOf",
    "pattern", "patternProperties", "prefixItems", "properties", "required", "then", "type", "unevaluatedProperties",
    "uniqueItems",
))  # fmt: skip
SCALARS = st.sampled_from((None, True, False, 0, -1, 1.5, 10**30, "", "object", "#", "#/$defs/a", "(", "^a+$", "a"))
TANGLES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=4), max_leaves=8
)


@given(TANGLES, TANGLES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_tangle_of_keywords_is_a_fault(old: object, new: object) -> None:
    assert check(old, new, "--format", "json") in (0, 1, 2)


@given(TANGLES, TANGLES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_tangle_of_keywords_is_a_fault_of_a_decision(old: object, new: object) -> None:
    assert main(["decide", write("old.json", old), write("new.json", new), "--closed", "both"]) in (0, 1, 2)


@pytest.mark.parametrize("new", [OLD, WIDER, BREAKING, {"$ref": "#/nowhere"}, {"enum": []}])
def test_the_json_is_what_its_published_schema_says(new: object, capsys: Captured) -> None:
    check(OLD, new, "--format", "json")
    report = json.loads(capsys.readouterr().out)
    Draft202012Validator(PUBLISHED).validate(report)


def test_workflow_commands_are_escaped_as_the_runner_reads_them(capsys: Captured) -> None:
    name = "a, b: 100%.json"
    new = json.loads(json.dumps(OLD).replace("id", "i%d\\n::error::x"))
    assert main(["check", write("old.json", OLD), write(name, new), "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert all("file=a%2C b%3A 100%25.json," in line for line in lines)
    assert all(line.count("::") == 2 or "::error::x" in line.split("::", 2)[2] for line in lines)


def test_an_accepted_major_change_is_no_error_in_a_workflow(capsys: Captured) -> None:
    assert check(OLD, BREAKING, "--allow", "major", "--format", "github") == 0
    assert "::error" not in capsys.readouterr().out


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_is_coloured_where_no_terminal_is(form: str, capsys: Captured) -> None:
    check(OLD, BREAKING, "--format", form)
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "coloured"), [("NO_COLOR", "1", False), ("TERM", "dumb", False), ("A", "", True)]
)
def test_colour_is_for_terminals_that_want_it(
    name: str, value: str, *, coloured: bool, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    check(OLD, BREAKING)
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_sarif_places_each_finding_in_the_new_file(capsys: Captured) -> None:
    check(OLD, BREAKING, "--format", "sarif")
    report = json.loads(capsys.readouterr().out)
    (result,) = report["runs"][0]["results"]
    (location,) = result["locations"]
    assert result["level"] == "error"
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "new.json"
    assert location["physicalLocation"]["region"]["startLine"] == 5


def test_a_decision_answers_with_its_exit_code_and_a_document(capsys: Captured) -> None:
    old, new = write("old.json", OLD), write("new.json", WIDER)
    assert main(["decide", old, old]) == 0
    assert capsys.readouterr().out == "included: every document of old.json is accepted by old.json\n"
    assert main(["decide", old, new, "--format", "json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "not_included"
    assert isinstance(answer["witness"]["id"], str)
    assert not isinstance(answer["witness"]["note"], str)
    assert main(["decide", old, new, "--closed", "both"]) == 0


def test_a_decision_that_is_not_reached_says_why(capsys: Captured) -> None:
    assert main(["decide", write("a.json", {"$ref": "http://example.org/x"}), write("b.json", False)]) == 1
    assert capsys.readouterr().out.startswith("undecided: `http://example.org/x` is another document")


@pytest.mark.parametrize("content", ["[]", "3", "null", '"x"', '{"type": 5}', '{"$schema": "http://example.org/own"}'])
def test_a_decision_about_what_is_no_schema_is_refused(content: str, capsys: Captured) -> None:
    old, odd = write("old.json", OLD), write("odd.json", content)
    assert main(["decide", old, odd]) == 2
    assert main(["decide", odd, old]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("concordat: odd.json:1: `odd.json` ") == 2


def test_a_schema_that_permits_nothing_is_told_in_a_whole_sentence(capsys: Captured) -> None:
    assert check(OLD, {"enum": []}) == 1
    assert "The document no longer permits any value; documents such as" in " ".join(capsys.readouterr().out.split())
    assert check({"enum": []}, OLD) == 1
    assert "The document permitted no value until now, and now permits `object`" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_document_without_any_keyword_is_remarked_on(capsys: Captured) -> None:
    assert check({"a": 1}, {"a": 1}) == 0
    assert "`new.json` holds no keyword of JSON Schema, so it accepts every document" in " ".join(
        capsys.readouterr().out.split()
    )
    assert check({}, {}) == 0
    assert "Advice" not in capsys.readouterr().out


def test_a_reference_that_leads_nowhere_is_named_with_its_line_and_what_to_do(capsys: Captured) -> None:
    new = {"properties": {"id": {"$ref": "#/$defs/Addres"}}, "$defs": {"Address": {"type": "string"}}}
    assert check({}, new) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "Next: Write `#/$defs/Address` if that was meant, or add `#/$defs/Addres` (`new.json:4`)." in said
    assert "Line 4 refers to `#/$defs/Addres`, where nothing stands" in said
    assert "closing" not in said
    assert "nothing is fetched" not in said
    assert check(new, new) == 0
    assert "Advice: A reference leads nowhere" in capsys.readouterr().out


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a%25b", "$defs": {"a%b": {}}},
        {"$ref": "#there", "$defs": {"a": {"$anchor": "there"}}},
        {"$ref": "http://example.org/x#/y"},
        {"properties": {"$ref": {"type": "string"}}},
        {"$ref": "#/$defs/a/$defs/b", "$defs": {"a": {"$id": "http://x.org/a", "$defs": {"b": {"$ref": "#/$defs/b"}}}}},
        {"enum": [{"$ref": "#/nowhere"}]},
    ],
)
def test_a_reference_that_leads_somewhere_is_not_remarked_on(schema: object, capsys: Captured) -> None:
    assert check(schema, schema) == 0
    assert "leads nowhere" not in capsys.readouterr().out


def said(capsys: Captured) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_bound_that_goes_is_told_by_what_may_be_now(capsys: Captured) -> None:
    assert check({"type": "array", "maxItems": 5}, {"type": "array"}) == 1
    assert "The document may now have more than `5` items; readers" in said(capsys)
    assert check({"type": "array", "uniqueItems": True}, {"type": "array"}) == 1
    assert "The document may now hold an item twice; readers" in said(capsys)


def test_what_is_not_decided_only_may_break_somebody(capsys: Captured) -> None:
    assert check(OLD, {"$ref": "http://example.org/x"}) == 1
    told = said(capsys)
    assert "`http://example.org/x` is another document, and none is fetched" in told
    assert " Breaks " not in told
    assert "May break " in told


def test_many_changes_that_ask_nothing_are_told_together(capsys: Captured) -> None:
    names = [f"f{n}" for n in range(6)]
    plain = {"properties": {name: {"description": "a"} for name in names}}
    other = {"properties": {name: {"description": "b"} for name in names}}
    assert check(plain, other) == 0
    told = said(capsys)
    assert "PATCH 6 places that change nothing for anybody Documentation changed: 6" in told
    assert "`f1`" not in told


def test_content_that_is_closed_is_said_so_in_the_first_sentence(capsys: Captured) -> None:
    assert check(OLD, {**OLD, "additionalProperties": False}) == 1
    lead = "fields that the contract does not name were accepted until now, and some are refused"
    assert f"MAJOR: {lead}." in said(capsys)
