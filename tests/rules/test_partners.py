"""The partners file: who is reached, how, and every mistake at its line."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rules import config, partners, partners_table
from rules.config import ConfigError
from rules.contract import Config
from rules.dates import LANGUAGES, moment, written
from rules.documents import parse
from rules.partners import SCHEMA, Book, Contacts, Profile, Quiet

DOCS = Path(__file__).parents[2] / "docs"
CONFIG = """\
version: 1
contracts:
  orders:
    files: schemas/orders.json
    partners: {crm: reads, warehouse: writes, zeta: both}
  users:
    files: schemas/users.json
    partners: [crm]
"""
FULL = """\
version: 1
partners:
  warehouse: {}
  crm:
    title: CRM team
    criticality: critical
    contacts: {slack: C0123456789, email: crm@example.com, github: "@acme/crm"}
    backup: {email: [lead@example.com, boss@example.com]}
    prefers: email
    zone: America/Denver
    language: de
    quiet-hours: {from: 18:00, to: "08:00"}
    fields: {orders: [/id, /customer/email]}
"""


def contracts() -> Config:
    return config.load(CONFIG)


def problems(text: str, known: Config | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        partners.load(text, config=known)
    return [f"{one.line}: {one.sentence} {one.fix}" for one in caught.value.problems]


def test_everything_that_is_said_of_a_partner_is_read() -> None:
    book = partners.load(FULL, config=contracts())
    assert book.find("crm") == Profile(
        "crm", "CRM team", "critical", Contacts(("crm@example.com",), "C0123456789", "", "acme/crm"),
        Contacts(("lead@example.com", "boss@example.com")), "email", "America/Denver", "de", Quiet(time(18), time(8)),
        (("orders", "/id"), ("orders", "/customer/email")), line=4,
    )  # fmt: skip
    assert book.find("crm").channels == ("email", "slack", "github")
    assert not book.find("warehouse").reachable


def test_the_partners_of_a_contract_are_listed_with_the_critical_ones_first_and_nobody_is_left_out() -> None:
    book = partners.load(FULL, config=contracts())
    (orders, users) = contracts().contracts
    found = partners.parties(orders, book)
    assert [(one.name, one.title, one.access, one.critical) for one in found] == [
        ("crm", "CRM team", "reads", True),
        ("warehouse", "warehouse", "writes", False),
        ("zeta", "zeta", "both", False),
    ]
    assert found[0].fields == ("/id", "/customer/email")
    assert partners.parties(users, book)[0].fields == ()
    assert not found[2].profile.reachable


def test_every_mistake_is_told_at_its_line() -> None:
    text = """\
version: 2
partners:
  crm:
    critcality: critical
    contracts: [orders]
    contacts: {email: "a b@c", slack: "#general"}
    zone: Mars/X
    quiet-hours: {from: 18:00, to: "25:00"}
    fields: {orders: [id]}
"""
    told = problems(text)
    assert [one.partition(":")[0] for one in told] == ["1", "4", "5", "6", "6", "7", "8", "9"]
    assert "Did you mean `criticality`?" in told[1]
    assert "It belongs in contracts.yml, under the `partners` of each contract" in told[2]
    assert any("C0123456789" in one for one in told)


def test_a_name_that_no_contract_knows_is_a_mistake_and_so_is_a_field_of_a_contract_that_does_not() -> None:
    text = "partners:\n  cmr: {}\n  warehouse:\n    fields:\n      users: [/id]\n"
    link = "Write `partners: {cmr: reads}` under each contract that they depend on, or remove the entry."
    more = "Write `warehouse: reads` under `partners` of `users` in contracts.yml, or remove these fields."
    assert problems(text, contracts()) == [
        f"2: No contract in .github/contracts.yml names `cmr`. {link}",
        f"5: `users` does not name `warehouse` among its partners. {more}",
    ]
    assert partners.load(text).find("cmr").line == 2


def test_a_secret_and_a_file_that_is_too_large_are_refused() -> None:
    (told,) = problems("partners:\n  crm:\n    title: https://hooks.slack.com/services/T/B/x\n")
    assert told.startswith("3: This looks like a Slack webhook address.")
    (told,) = problems("# " + "x" * 2_200_000)
    assert "larger than 2 MB" in told
    (told,) = problems("partners: [")
    assert told
    (told,) = problems("partners:\n  crm:\n    quiet-hours: {from: '08:00', to: '08:00'}\n")
    assert "begin when they end" in told


def test_underscores_are_read_as_hyphens() -> None:
    assert partners.load("partners: {crm: {quiet_hours: {from: '20:00', to: '06:00'}}}").find("crm").quiet


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        ("12:00", "12:00"),
        ("17:59", "17:59"),
        ("18:00", "18:00"),
        ("23:30", "18:00"),
        ("02:00", "18:00 before"),
        ("08:00", "08:00"),
    ],
)
def test_a_notice_within_quiet_hours_goes_out_before_them(due: str, sent: str) -> None:
    zone = ZoneInfo("America/Denver")
    at = datetime.combine(date(2027, 1, 20), time.fromisoformat(due), zone)
    day = date(2027, 1, 19) if sent.endswith("before") else date(2027, 1, 20)
    expected = datetime.combine(day, time.fromisoformat(sent[:5]), zone)
    assert Quiet(time(18), time(8)).before(at, "America/Denver") == expected


@given(
    st.times(), st.times(), st.sampled_from(["UTC", "America/Denver", "Europe/Berlin", "Pacific/Kiritimati"]),
    st.integers(0, 3_000_000),
)  # fmt: skip
def test_quiet_hours_never_delay_and_never_take_more_than_a_day(
    start: time, end: time, zone: str, minutes: int
) -> None:
    due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    sent = Quiet(start, end).before(due, zone)
    assert due - timedelta(hours=25) <= sent <= due


def test_dates_are_written_in_the_readers_language_and_zone() -> None:
    day = date(2027, 3, 1)
    assert [written(day, one) for one in ("en", "de", "fr", "es", "xx")] == [
        "Monday 1 March 2027", "Montag, 1. März 2027", "lundi 1 mars 2027", "lunes, 1 de marzo de 2027",
        "Monday 1 March 2027",
    ]  # fmt: skip
    at = datetime(2027, 3, 1, 3, 0, tzinfo=UTC)
    assert moment(at, ZoneInfo("America/Denver"), "en") == (
        "Sunday 28 February 2027, 20:00 America/Denver (2027-03-01 03:00 UTC)"
    )
    assert moment(at) == "Monday 1 March 2027, 03:00 UTC"
    assert all((len(one.weekdays), len(one.months)) == (7, 12) for one in LANGUAGES.values())


def test_the_published_schema_is_the_one_that_is_used_and_its_example_is_valid() -> None:
    published = (DOCS / "schemas" / "partners.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)
    for example in SCHEMA["examples"]:
        Draft202012Validator(SCHEMA).validate(example)
        partners.load(json.dumps(example), path="partners.json")


def test_the_example_of_the_page_can_be_used() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", (DOCS / "partners.md").read_text(), re.MULTILINE | re.DOTALL)
    Draft202012Validator(SCHEMA).validate(parse("partners.yml", text).value)
    assert partners.load(text).find("crm").channels == ("email", "slack")


TABLE = """\
Name;Contracts;Reads/Writes;Critical;E-Mail;Backup;Time zone;Quiet from;Quiet to;Fields used
crm;orders;reads;yes;"crm@example.com, two@example.com";lead@example.com;America/Denver;18:00;08:00;/id /customer/email
warehouse;orders, users;writes;no;;;;;;

zeta;;;;z@example.com;;;;;
"""


def test_a_table_becomes_a_partners_file_and_the_links_that_contracts_yml_needs() -> None:
    found = partners_table.read(TABLE, "partners.csv")
    book = partners.load(found.text)
    crm = book.find("crm")
    assert (crm.criticality, crm.contacts.email, crm.backup.email) == (
        "critical", ("crm@example.com", "two@example.com"), ("lead@example.com",),
    )  # fmt: skip
    assert (crm.quiet, crm.fields) == (Quiet(time(18), time(8)), (("orders", "/id"), ("orders", "/customer/email")))
    assert book.find("warehouse") == Profile("warehouse", line=book.find("warehouse").line)
    assert found.links == (
        ("orders", (("crm", "reads"), ("warehouse", "writes"))),
        ("users", (("warehouse", "writes"),)),
    )


def test_a_table_may_be_yaml() -> None:
    found = partners_table.read("- name: crm\n  contracts: [orders]\n  critical: true\n  slack: C0123456789\n", "p.yml")
    assert partners.load(found.text).find("crm").contacts.slack == "C0123456789"
    assert found.links == (("orders", (("crm", "both"),)),)


@pytest.mark.parametrize(
    ("text", "path", "line", "says"),
    [
        ("name,phone\ncrm,3\n", "p.csv", 2, "The column `phone` is not known."),
        ("name,email\n,a@example.com\n", "p.csv", 2, "names no partner"),
        ("name\ncrm\ncrm\n", "p.csv", 3, "has a second row"),
        ("name,access\ncrm,maybe\n", "p.csv", 2, "`maybe` is no access"),
        ("name,fields\ncrm,/id\n", "p.csv", 2, "belong to one contract"),
        ("name,quiet-from\ncrm,18:00\n", "p.csv", 2, "a beginning and an end"),
        ("name\ncrm,3\n", "p.csv", 2, "more cells than the header"),
        ('name\n"crm\n', "p.csv", 2, "cannot be read as CSV"),
        ("", "p.csv", 1, "The table has no row."),
        ("name: crm\n", "p.yml", 1, "not a list of rows"),
        ("- [", "p.yml", 1, "A value is missing here"),
        ("x" * 2_200_000, "p.csv", None, "larger than 2 MB"),
        ("name\n" + "\n".join(f"p{n}" for n in range(10_002)), "p.csv", 10_002, "more than 10,000 rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_at_its_row(text: str, path: str, line: int | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        partners_table.read(text, path)
    (problem, *_) = caught.value.problems
    assert problem.line == line
    assert says in problem.sentence


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_in_a_cell_the_file_says_the_same_or_is_refused(name: str, title: str) -> None:
    rows = json.dumps([{"name": name, "title": title}])
    try:
        found = partners.load(partners_table.read(rows, "p.json").text)
    except ConfigError:
        return
    assert [one.name for one in found.profiles] == [name.strip()]


def test_a_book_without_anybody_knows_every_name_without_contacts() -> None:
    assert Book().find("crm") == Profile("crm")
