"""The configuration file: what it means, how it is merged, and what is said of mistakes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.compare.values import Override
from rules.config import ConfigError, load
from rules.contract import Config, Contract, Enforcement, NamedRole, Owners, Partner, Policy, VersionScheme
from rules.documents import Problem
from rules.jsontext import dumps
from rules.verdict import Verdict

FULL = """\
version: 1
contracts:
  podio-schema:
    files: docs/podio-schema-v*.json
    exclude: [docs/podio-schema-v0.*]
    version: semver-file
    change-log: docs/README.md
    manifest: docs/manifest.json
    data: [data/*.json]
    owners: {teams: ["@acme/data"], users: [bob], roles: {High-Level Advisor: [carol, dave], CRM PM: erin}}
    maintainers: [alice]
    release-owners: ["@frank"]
    partners: {crm: reads, dialer: both}
    policy:
      review: {minor-hours: 24, major-hours: 240, on-silence: approve}
      on-error: neutral
      strict-readers: true
      grace-days: 60
      zone: America/Denver
      findings: [{match: FIELD_ADDED, severity: major, reason: they refuse it}]
    enforcement: {stage: warn, next: enforce, from: 2026-01-20}
    archive: retired/
"""


def one(text: str, **more: Any) -> Contract:
    (contract,) = load(text, **more).contracts
    return contract


def refusal(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return caught.value.problems


def entry(text: str) -> str:
    return f"contracts:\n  orders:\n    files: a.json\n    {text}\n"


def test_every_key_becomes_its_value() -> None:
    assert one(FULL) == Contract(
        name="podio-schema",
        files=("docs/podio-schema-v*.json",),
        exclude=("docs/podio-schema-v0.*",),
        scheme=VersionScheme("semver-file"),
        change_log="docs/README.md",
        manifest="docs/manifest.json",
        data=("data/*.json",),
        owners=Owners(
            ("acme/data",),
            ("bob",),
            (NamedRole("High-Level Advisor", ("carol", "dave")), NamedRole("CRM PM", ("erin",))),
        ),
        maintainers=("alice",),
        release_owners=("frank",),
        partners=(Partner("crm", "reads"), Partner("dialer", "both")),
        policy=Policy(
            minor_hours=24,
            major_hours=240,
            on_silence="approve",
            on_error="neutral",
            strict_readers=True,
            grace_days=60,
            zone="America/Denver",
            overrides=(Override("FIELD_ADDED", Verdict.MAJOR, "they refuse it"),),
        ),
        enforcement=Enforcement("warn", "enforce", date(2026, 1, 20)),
        archive=("retired",),
        line=3,
    )


def test_what_is_left_out_has_its_default() -> None:
    assert one("contracts:\n  orders:\n    files: a.json\n") == Contract("orders", ("a.json",), line=2)


def test_contracts_keep_the_order_of_the_file_and_know_their_lines() -> None:
    config = load("contracts:\n  z: {files: z.json}\n  a: {files: [a.json, b.json]}\n", path="x/contracts.yml")
    assert [(one.name, one.line, one.source) for one in config.contracts] == [
        ("z", 2, "x/contracts.yml"), ("a", 3, "x/contracts.yml"),
    ]  # fmt: skip


def test_underscores_are_read_as_hyphens() -> None:
    contract = one(entry("policy: {review: {on_silence: approve}, strict_readers: true}\n    change_log: a.md"))
    assert contract.policy == Policy(on_silence="approve", strict_readers=True)
    assert contract.change_log == "a.md"


def test_names_that_people_chose_keep_their_underscores() -> None:
    contract = one("contracts:\n  on_error:\n    files: a.json\n    partners: {on_error: reads}\n")
    assert (contract.name, contract.partners) == ("on_error", (Partner("on_error", "reads"),))


def test_a_list_of_partners_reads_and_writes() -> None:
    assert one(entry("partners: [crm]")).partners == (Partner("crm", "both"),)


def test_a_version_can_have_its_own_place() -> None:
    assert one(entry("version: {scheme: semver-field, pointer: /a}")).scheme == VersionScheme("semver-field", ("/a",))


def test_defaults_hold_where_a_contract_says_nothing_and_policy_is_merged_by_key() -> None:
    config = load("""
defaults:
  enforcement: enforce
  owners: {teams: [acme/data], users: [bob]}
  policy: {zone: Europe/Berlin, review: {minor-hours: 24, on-silence: approve}}
contracts:
  a: {files: a.json}
  b: {files: b.json, enforcement: observe, owners: {users: [eve]}, policy: {grace-days: 9, review: {minor-hours: 12}}}
""")
    a, b = config.contracts
    assert (a.enforcement.stage, a.owners) == ("enforce", Owners(("acme/data",), ("bob",)))
    assert a.policy == Policy(zone="Europe/Berlin", minor_hours=24, on_silence="approve")
    assert (b.enforcement.stage, b.owners) == ("observe", Owners(users=("eve",)))
    assert b.policy == Policy(zone="Europe/Berlin", minor_hours=12, on_silence="approve", grace_days=9)


ORGANISATION = load(
    """
defaults: {enforcement: enforce, maintainers: [root], policy: {zone: Europe/Berlin, review: {on-silence: approve}}}
contracts:
  shared: {files: shared.json}
  orders: {files: theirs.json}
""",
    path="acme/.github/.github/contracts.yml",
)


def test_the_organisations_defaults_hold_below_the_repositorys() -> None:
    config = load("defaults: {maintainers: [me], policy: {review: {minor-hours: 1}}}\ncontracts: {a: {files: a.json}}",
                  default=ORGANISATION)  # fmt: skip
    a = config.contracts[0]
    assert (a.enforcement.stage, a.maintainers) == ("enforce", ("me",))
    assert a.policy == Policy(zone="Europe/Berlin", on_silence="approve", minor_hours=1)


def test_the_organisations_contracts_hold_unless_the_repository_has_one_of_that_name() -> None:
    config = load("defaults: {enforcement: warn}\ncontracts: {orders: {files: mine.json}}", default=ORGANISATION)
    assert [(one.name, one.files) for one in config.contracts] == [
        ("orders", ("mine.json",)), ("shared", ("shared.json",)),
    ]  # fmt: skip
    shared = config.contracts[1]
    assert (shared.enforcement.stage, shared.source) == ("enforce", "acme/.github/.github/contracts.yml")


def test_a_file_without_contracts_has_none() -> None:
    assert load("version: 1").contracts == ()
    assert isinstance(load("contracts: {}"), Config)


@pytest.mark.parametrize(
    ("text", "line", "sentence", "fix"),
    [
        ("", 1, "The file is empty.", "Write a document"),
        ("- a", 1, "The file should be an object with keys, and is a list.", ""),
        ("a: b: c", 1, "a colon where no key can be", "quotes"),
        ("version: 2", 1, "`version` has to be 1.", "Write 1"),
        ("version: 1\ndefalts: {}", 2, "The key `defalts` is not known.", "Did you mean `defaults`?"),
        ("files: a", 1, "`files` is not known", "It belongs under a contract's name."),
        (entry("on-error: failure"), 4, "`on-error` in `contracts.orders` is not known", "It belongs under `policy`."),
        (entry("minor_hours: 3"), 4, "`minor_hours` in", "It belongs under `policy.review`."),
        (entry("teams: [a/b]"), 4, "`teams` in", "It belongs under `owners`."),
        (entry("qqqq: 1"), 4, "`qqqq` in `contracts.orders` is not known", "Known here: files, exclude"),
        ("contracts:\n  a:\n    version: git", 2, "`contracts.a` has no `files`.", "Add `files`."),
        ("contracts:\n  a:", 2, "`contracts.a` should be an object with keys, and is nothing.", "indented"),
        ("contracts:\n  a b: {files: x}", 2, "`a b` at `contracts.a b` cannot be used", "podio-schema"),
        (entry("enforcement: wran"), 4, "cannot be `wran`", "Did you mean warn?"),
        (entry("enforcement: 3"), 4, "should be text or an object with keys, and is a number", 'in quotes: "3"'),
        (entry("enforcement: {stage: warn, next: enforce}"), 4, "has `next` without `from`", "Add `from`"),
        (entry("enforcement: {next: enforce, from: 2026-01-20}"), 4, "has no `stage`", "Add `stage`"),
        (entry("enforcement: {stage: enforce, next: warn, from: 2026-01-20}"), 4, "warn, is not stricter", "go up"),
        (entry("enforcement: {stage: warn, next: enforce, from: 2026-02-30}"), 4, "there is no such day", "Check"),
        (entry("enforcement: {stage: warn, next: enforce, from: 20.1.2026}"), 4, "it is not a date", "2026-01-20"),
        (entry("policy:\n      zone: MT"), 5, "`MT` at `contracts.orders.policy.zone`", "America/Denver"),
        (entry("policy: {zone: ../../etc/passwd}"), 4, "not the name of a time zone", "America/Denver"),
        (entry("policy: {review: {minor-hours: '48'}}"), 4, "should be a whole number, and is text", "without quotes"),
        (entry("policy: {review: {minor-hours: 0}}"), 4, "is too small", "1 or more"),
        (entry("policy: {grace-days: 9999}"), 4, "is too large", "3650 or less"),
        (entry("policy: {strict-readers: yes}"), 4, "should be true or false, and is text", "true or false"),
        (entry("policy: {findings: [{match: FIELD_ADDED, severity: major}]}"), 4, "has no `reason`", "Add `reason`"),
        (
            entry("policy: {findings: [{match: FIELD_ADDED, severity: MAJOR, reason: why}]}"),
            4,
            "`MAJOR`",
            "Did you mean major?",
        ),
        (
            entry("policy: {findings: [{match: FIELD_ADED, severity: major, reason: why}]}"),
            4,
            "no finding",
            "FIELD_ADDED?",
        ),
        (entry("owners: {teams: [data]}"), 4, "`data` at `contracts.orders.owners.teams.0`", "organisation/team"),
        (entry("owners: {users: [acme/data]}"), 4, "it is no GitHub login", "owners.teams"),
        (entry("owners: {users: []}"), 4, "is empty", "remove it"),
        (entry("owners: {users: [a, a]}"), 4, "the same entry twice", "Keep one"),
        (entry("partners: {crm: read}"), 4, "cannot be `read`", "Did you mean reads?"),
        (entry("data: /a.json"), 4, "it begins with /", "Leave the first / out"),
        (entry("change-log: docs/*.md"), 4, "names one file and holds a wildcard", "own path"),
        (entry("archive: a/b"), 4, "not the name of one folder", "archive"),
        (entry("version: {scheme: git, pointer: /a}"), 4, "a pointer means nothing", "Remove `pointer`"),
        (entry("version: {scheme: semver-field, pointer: version}"), 4, "no JSON Pointer", "Begin with a slash"),
        (entry("change-log: a.md\n    change_log: b.md"), 2, "has both `change-log` and `change_log`", "Keep"),
        (entry("enforcement: warn\n    enforcement: warn"), 5, "stands twice", "Keep one"),
        (entry("manifest: '{name}.json'"), 4, "`manifest` holds {name}", "contract's name"),
        ("contracts:\n  a:\n    files: s/{name}.json", 3, "{name} stands in `s/{name}.json`", "in both"),
        ("contracts:\n  '{name}':\n    files: s/*.json", 3, "{name} stands in the contract's name", "in both"),
        ("contracts:\n  a:\n    files: 12", 3, "should be text or a list, and is a number", 'quotes: "12"'),
        ("contracts:\n  a:\n    files: [a, {b: 1}]", 3, "should be text, and is an object", ""),
    ],
)
def test_a_mistake_is_named_at_its_line_with_a_way_out(text: str, line: int, sentence: str, fix: str) -> None:
    (problem,) = refusal(text)
    assert (problem.path, problem.line) == (".github/contracts.yml", line)
    assert sentence in problem.sentence
    assert fix in problem.fix
    assert problem.fix


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines() -> None:
    problems = refusal("version: 3\nconracts: {}\ncontracts:\n  a: {file: x}\n  b: {files: /x}\n")
    assert [problem.line for problem in problems] == [1, 2, 4, 4, 5]


def test_a_finding_is_overridden_once() -> None:
    text = entry("policy:\n      findings:\n" + "      - {match: FIELD_ADDED, severity: major, reason: why}\n" * 2)
    (problem,) = refusal(text)
    assert (problem.code, problem.line) == ("config_twice", 7)


@pytest.mark.parametrize(
    "secret",
    [
        "https://hooks.slack.com/services/T000/B000/abcdef",
        "xoxb-" + "1234567890-abc",
        "gh" + "p_" + "a" * 36,
        "github_pat_" + "1" * 30,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "postgres://me:hunter2@db.example/x",
        "https://discord.com/api/webhooks/1/abc",
    ],
)
@pytest.mark.parametrize("place", ["# {}", "maintainers: ['{}']", "'{}': 1", "files: '{}'", "a: b: {}"])
def test_what_looks_like_a_secret_is_refused_and_never_quoted(secret: str, place: str) -> None:
    (problem,) = refusal("contracts:\n  a:\n    files: a.json\n" + place.format(secret))
    assert (problem.code, problem.line) == ("config_secret", 4)
    assert secret not in repr(problem)


def test_a_file_that_is_too_large_is_refused() -> None:
    (problem,) = refusal("#" * 262_145)
    assert "larger than 256 KB" in problem.sentence


def test_more_contracts_than_a_person_could_mean_are_refused() -> None:
    text = "contracts:\n" + "".join(f"  c{number}: {{files: a}}\n" for number in range(1001))
    (problem,) = refusal(text)
    assert "more than 1000 entries" in problem.sentence


def test_very_many_mistakes_are_cut() -> None:
    assert len(refusal("contracts:\n" + "".join(f"  c{number}: {{}}\n" for number in range(500)))) == 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(("warn", "a.json", "{name}")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("files", "policy", "review", "owners", "teams", "roles", "version", "enforcement", "partners",
                         "on_error", "findings", "stage", "next", "from", "data", "{name}", "x")), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(JSON, JSON)
def test_any_value_is_loaded_or_refused_with_sentences(defaults: Any, contract: Any) -> None:
    text = dumps({"defaults": defaults, "contracts": {"a": contract}})
    try:
        config = load(text, path="contracts.json")
    except ConfigError as error:
        problems = error.problems
    else:
        problems = ()
        assert len(config.contracts) == 1
    assert all(problem.sentence.endswith(".") and problem.line for problem in problems)


def test_each_key_of_a_contract_knows_its_line_and_those_of_the_defaults_count_too() -> None:
    text = """\
version: 1
defaults:
  enforcement: warn
  owners:
    teams: [octo/data]
contracts:
  orders:
    files: orders.json
    policy:
      review:
        minor_hours: 24
    owners:
      teams: [octo/orders]
"""
    (contract,) = load(text).contracts
    assert contract.line == 7
    assert contract.lines == {
        "enforcement": 3, "files": 8, "policy": 9, "policy/review": 10, "policy/review/minor-hours": 11, "owners": 12,
        "owners/teams": 13,
    }  # fmt: skip


def test_a_list_where_one_word_belongs_is_a_problem_in_words() -> None:
    text = dumps({"version": 1, "contracts": {"c": {"files": "c.json", "partners": {"files": []}}}})
    with pytest.raises(ConfigError) as refused:
        load(text, path="contracts.json")
    assert "cannot be `[]`" in refused.value.problems[0].sentence


def test_business_hours_are_read_day_by_day() -> None:
    text = """\
version: 1
contracts:
  orders:
    files: orders.json
    policy:
      zone: Europe/Berlin
      review:
        business-hours:
          hours:
            weekdays: 09:00-17:00
            friday: [09:00-12:00, 13:00-15:00]
            saturday: 10:00-12:00
          holidays: [2026-12-25]
          holidays-until: 2026-12-31
"""
    (found,) = load(text).contracts
    calendar = found.policy.calendar
    assert calendar is not None
    assert [one.weekday for one in calendar.intervals] == [0, 1, 2, 3, 4, 4, 5]
    assert (calendar.zone, calendar.listed_until) == ("Europe/Berlin", date(2026, 12, 31))
    assert calendar.holidays == {date(2026, 12, 25)}


@pytest.mark.parametrize("hours", ["17:00-09:00", "9-17", "09:00-24:30", "09:00-09:00"])
def test_hours_that_are_none_are_said_at_their_line(hours: str) -> None:
    review = f"{{business-hours: {{hours: {{monday: '{hours}'}}}}}}"
    text = f"version: 1\ncontracts: {{orders: {{files: a.json, policy: {{review: {review}}}}}}}\n"
    with pytest.raises(ConfigError, match=r"09:00-17:00|ends before it begins|no stretch"):
        load(text)
