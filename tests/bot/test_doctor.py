"""`concordat doctor` before a GitHub, a Slack and a mail server that answer over HTTP and SMTP."""

from __future__ import annotations

import argparse
import io
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.app_manifest import asked_for
from bot.clock import ShiftableClock
from bot.doctor import examination as doctor
from bot.doctor.table import TABLE
from bot.github.inspection import settings_of
from bot.settings import Settings
from bot.steward import quarantine
from bot.store import Store
from bot.store.values import NewJob
from bot.web import create_app
from tests.fakes.certificates import certificate
from tests.fakes.github import GitHubDouble
from tests.fakes.mail import MailSink
from tests.fakes.ports import free_port

ASKED = asked_for()
URL = "https://concordat.example.com"


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    permissions, events = ASKED["default_permissions"], ASKED["default_events"]
    with GitHubDouble(permissions=permissions, events=events, webhook_url=f"{URL}/webhook") as double:
        double.repository("octo/orders").commit("main", {"README.md": "Orders"})
        yield double


@pytest.fixture
def environ(github: GitHubDouble, tmp_path: Path) -> dict[str, str]:
    database = f"sqlite:///{tmp_path / 'concordat.db'}"
    Store.open(database).close()
    return {**github.environment(), "DATABASE_URL": database, "BASE_URL": URL}


def found(environ: Mapping[str, str], *names: str, **how: Any) -> dict[str, list[tuple[str, str, str]]]:
    """Give what each check, or each of these, found: state, what is, what to do."""
    told: dict[str, list[tuple[str, str, str]]] = {}
    checks = [check for check in TABLE[1:] if not names or check.name in names]
    for check, one in doctor.examine(environ, checks=checks, **how):
        told.setdefault(check.name, []).append((str(one.state), one.says, one.do))
    return told


def the(told: Mapping[str, list[tuple[str, str, str]]], name: str) -> tuple[str, str, str]:
    (one,) = told[name]
    return one


def test_where_all_is_right_nothing_is_broken(environ: dict[str, str]) -> None:
    told = found(environ)

    assert list(told) == [check.name for check in TABLE]
    assert {state for rows in told.values() for state, _, _ in rows} == {"ok", "skipped"}
    assert the(told, "app")[1] == "GitHub knows it as concordat"
    assert the(told, "installations")[1] == "octo has granted all that app.yml asks for"


def test_settings_that_cannot_be_used_are_all_named_and_the_rest_is_skipped() -> None:
    told = found({"PORT": "many"})

    assert len(told["settings"]) >= 4
    assert all(state == "broken" and do for state, _, do in told["settings"])
    assert {the(told, check.name)[0] for check in TABLE[1:]} == {"skipped"}


def test_a_key_that_others_can_read_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(environ.pop("GITHUB_PRIVATE_KEY"))
    key.chmod(0o644)

    rows = found(environ | {"GITHUB_PRIVATE_KEY_PATH": str(key)}, "clock")["settings"]

    assert ("warning", f"chmod 600 {key}") in [(state, do) for state, _, do in rows]


def test_a_former_secret_that_is_still_accepted_is_named(environ: dict[str, str]) -> None:
    rows = found(environ | {"GITHUB_WEBHOOK_SECRET_PREVIOUS": "the-one-before-it"}, "clock")["settings"]
    assert ("warning", "two webhook secrets are accepted") in [(state, says) for state, says, _ in rows]


@pytest.mark.parametrize(
    ("url", "state", "says"),
    [
        ("sqlite:///{folder}/new.db", "warning", "no tables yet"),
        ("sqlite:///{folder}/no/such/folder/it.db", "warning", "no tables yet"),
        ("sqlite:///{folder}/text.db", "broken", "cannot be opened"),
        ("postgresql://u:hidden@127.0.0.1:1/none", "broken", "cannot be opened"),
    ],
)
def test_a_database_that_is_not_ready_is_told_without_its_password(
    environ: dict[str, str], tmp_path: Path, url: str, state: str, says: str
) -> None:
    (tmp_path / "text.db").write_text("this is no database " * 100)

    row = the(found(environ | {"DATABASE_URL": url.format(folder=tmp_path)}, "database"), "database")

    assert row[0] == state
    assert says in row[1]
    assert row[2]
    assert "hidden" not in " ".join(row)
    assert not (tmp_path / "new.db").exists()


def test_the_doctor_leaves_nothing_in_the_database(environ: dict[str, str]) -> None:
    found(environ, "database")
    store = Store.open(environ["DATABASE_URL"])
    with store.reading() as transaction:
        assert transaction.recall("doctor", "doctor") is None
    store.close()


def test_what_lies_until_an_operator_does_something_is_told(environ: dict[str, str]) -> None:
    store, now = Store.open(environ["DATABASE_URL"]), datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    quarantine.begin(store, "restored from Monday's backup", now)
    with store.transaction() as transaction:
        transaction.enqueue(NewJob("pull", {}))
        lease = transaction.claim(now, lease=timedelta(minutes=1))
        assert lease
        transaction.fail(lease, now, "it failed", None)
    store.close()

    held, dead = found(environ, "database")["database"][1:]

    assert held[:2] == (
        "broken", "nothing is sent: in quarantine since 2026-03-01 12:00 UTC: restored from Monday's backup",
    )  # fmt: skip
    assert "concordat reconcile" in held[2]
    assert dead[:2] == ("warning", "jobs that failed for good: 1")
    assert "concordat jobs list" in dead[2]


@pytest.mark.parametrize(
    ("drift", "state"), [(0, "ok"), (10, "ok"), (-40, "warning"), (30, "warning"), (120, "broken"), (-600, "broken")]
)
def test_a_clock_that_drifts_is_told(environ: dict[str, str], drift: int, state: str) -> None:
    def ours() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=drift)

    row = the(found(environ, "clock", clock=ours), "clock")

    assert row[0] == state
    if state != "ok":
        assert ("ahead of" if drift > 0 else "behind") in row[1]
        assert "NTP" in row[2]


def test_a_key_of_another_app_is_told(environ: dict[str, str]) -> None:
    told = found(environ | {"GITHUB_APP_ID": "1"}, "app")
    assert the(told, "app")[0] == "broken"
    assert "belong to the same App" in the(told, "app")[2]


def test_an_app_that_asks_for_too_little_or_too_much_is_told(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.site.app.permissions |= {"checks": "read", "secrets": "read"}
    github.site.app.events = tuple(event for event in github.site.app.events if event != "push")

    told = found(environ, "permissions")["permissions"]

    assert [(state, says) for state, says, _ in told] == [
        ("broken", "the App does not ask for checks: write"),
        ("broken", "the App does not hear of push"),
        ("warning", "the App asks for more than it uses: secrets"),
    ]
    page = f"{github.url}/organizations/concordat-makers/settings/apps/concordat/permissions"
    assert all(page in do for _, _, do in told)


def test_an_app_of_a_person_or_an_enterprise_has_its_settings_elsewhere(github: GitHubDouble) -> None:
    app: dict[str, Any] = {
        "html_url": f"{github.url}/apps/concordat",
        "slug": "concordat",
        "permissions": {},
        "events": [],
    }
    assert settings_of({**app, "owner": {"login": "ana", "type": "User"}}, app["html_url"]) == (
        f"{github.url}/settings/apps/concordat/permissions"
    )
    assert settings_of({**app, "owner": {"slug": "octo-inc"}}, app["html_url"]) == app["html_url"]


def test_a_workflow_that_carries_migrations_out_needs_a_permission_of_its_owner_alone(
    github: GitHubDouble, environ: dict[str, str], tmp_path: Path
) -> None:
    targets = tmp_path / "targets.yml"
    entry = {"runner": "workflow", "repository": "Octo/lake", "workflow": "migrate.yml"}
    targets.write_text(json.dumps({"targets": {"lake": entry}}), encoding="utf-8")
    environ |= {"MIGRATION_TARGETS": str(targets)}
    github.repository("hospital/records").commit("main", {"README.md": "Records"})
    assert the(found(environ, "permissions"), "permissions")[1] == "the App does not ask for actions: write"
    github.site.app.permissions |= {"actions": "write"}
    assert the(found(environ, "permissions"), "permissions")[0] == "ok"
    assert [says for _, says, _ in found(environ, "installations")["installations"]] == [
        "octo has not granted actions: write", "hospital has granted all that app.yml asks for",
    ]  # fmt: skip


def test_the_file_of_data_sets_is_read_and_its_commands_are_looked_for(environ: dict[str, str], tmp_path: Path) -> None:
    targets = tmp_path / "targets.yml"
    targets.write_text("{}", encoding="utf-8")
    environ |= {"MIGRATION_TARGETS": str(targets)}
    assert the(found(environ, "migrations"), "migrations")[0] == "broken"
    for program, state, says in (("/nowhere/at/all", "broken", "is not on this machine"), ("/bin/sh", "ok", "1 data")):
        entry = {"runner": "command", "command": [program], "state": str(tmp_path / "runs")}
        targets.write_text(json.dumps({"targets": {"lake": entry}}), encoding="utf-8")
        told = the(found(environ, "migrations"), "migrations")
        assert told[0] == state
        assert says in told[1]
    del environ["MIGRATION_TARGETS"]
    assert the(found(environ, "migrations"), "migrations")[0] == "skipped"


def test_an_installation_that_has_not_agreed_is_told_where_to(github: GitHubDouble, environ: dict[str, str]) -> None:
    (installation,) = github.site.world.installations.values()
    del installation.permissions["checks"]

    state, says, do = the(found(environ, "installations"), "installations")

    assert (state, says) == ("broken", "octo has not granted checks: write")
    assert do == f"an owner agrees at {github.url}/organizations/octo/settings/installations/{installation.id}"


def test_a_suspended_installation_and_none_at_all_are_told(github: GitHubDouble, environ: dict[str, str]) -> None:
    (number,) = github.site.world.installations
    github.astray("lose", times=None)
    github.suspend(number)
    assert (
        the(found(environ, "installations"), "installations")[1] == "octo has suspended the App, which is quiet there"
    )
    github.uninstall(number)
    assert the(found(environ, "installations"), "installations")[1] == "the App is installed nowhere"


def test_a_webhook_that_leads_elsewhere_is_told(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.webhook_url = "https://old.example.com/webhook"
    state, says, do = the(found(environ, "webhook"), "webhook")
    assert (state, "old.example.com" in says, "BASE_URL" in do) == ("broken", True, True)


def test_a_webhook_without_a_secret_is_told(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.site.webhooks.secret = ""
    state, says, _ = the(found(environ, "webhook"), "webhook")
    assert (state, says.partition(",")[0]) == ("broken", "it has no secret")


def test_deliveries_that_do_not_arrive_are_told(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.webhook_url = f"http://127.0.0.1:{free_port()}/webhook"
    github.repository("octo/orders").push("main", {"a": "b"})
    state, says, do = the(found(environ, "deliveries"), "deliveries")
    assert state == "broken"
    assert "failed to connect to host; 1 of 1 failed" in says
    assert "401 means that the secret here" in do


def test_deliveries_that_arrive_again_are_only_remarked_upon(github: GitHubDouble, environ: dict[str, str]) -> None:
    store = Store.open(environ["DATABASE_URL"])
    settings = Settings.from_environment(environ)
    with _answering(create_app(settings, store, ShiftableClock())) as url:
        github.webhook_url = f"http://127.0.0.1:{free_port()}/webhook"
        github.repository("octo/orders").push("main", {"a": "b"})
        github.webhook_url = f"{url}/webhook"
        github.repository("octo/orders").push("main", {"a": "c"})
    store.close()

    state, says, _ = the(found(environ, "deliveries"), "deliveries")

    assert (state, says) == ("warning", "1 of the latest 2 did not arrive, and the newest did")


@contextmanager
def _answering(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_github_that_hangs_breaks_its_check_and_no_other(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.fail(how="timeout", path="^/app$", times=None)

    assert the(found(environ, "app", seconds=0.1), "app")[:2] == ("broken", "no answer within 0.1 seconds")
    assert the(found(environ, "webhook"), "webhook")[0] == "ok"


@pytest.mark.parametrize(
    ("how", "says", "do"),
    [
        ("500", "GitHub has a failure of its own", "nothing is to be done here: wait"),
        ("502_html", "GitHub has a failure of its own", "nothing is to be done here: wait"),
        ("404", "GitHub has nothing there for us", "see that GITHUB_API_URL is the address of the API"),
        ("403", "GitHub does not allow this", "see what the check `app` says"),
        ("429", "GitHub asks us to wait", "try again after "),
        ("timeout", "no answer from GitHub: the connection broke off", "see that this machine reaches GITHUB_API_URL"),
        ("422", "GitHub will not do this as it was asked", "try again; if it stays so"),
    ],
)
@pytest.mark.parametrize("check", ["permissions", "deliveries"])
def test_what_github_answers_in_place_of_an_answer_is_told_in_words(
    github: GitHubDouble, environ: dict[str, str], how: Any, says: str, do: str, check: str
) -> None:
    github.fail(how=how, times=None)

    state, said, advised = the(found(environ, check), check)

    assert state in ("broken", "warning")
    if how != "timeout":  # the double drops the connection in one of several ways
        assert says in said
    assert "no answer from GitHub" in said or how != "timeout"
    assert advised.startswith(do)
    assert not re.search(r"[a-z][A-Z]\w+(Error|Timeout)|NotFound|Unavailable|Denied|Rejected", said)


def test_an_address_that_is_no_api_is_told_as_that(github: GitHubDouble, environ: dict[str, str]) -> None:
    github.fail(how="404", times=None)

    _, said, advised = the(found(environ, "app"), "app")

    assert "GitHub has nothing there for us" in said
    assert "https://HOST/api/v3" in advised


def test_a_github_that_cannot_be_reached_is_told_in_words(environ: dict[str, str]) -> None:
    environ = environ | {"GITHUB_API_URL": f"http://127.0.0.1:{free_port()}"}

    for name in ("clock", "app"):
        _, said, advised = the(found(environ, name), name)
        assert "no connection could be made" in said
        assert advised.startswith("see that this machine reaches GITHUB_API_URL")


class Slack(BaseHTTPRequestHandler):
    """Slack's auth.test, for one token."""

    def do_POST(self) -> None:
        good = self.headers["Authorization"] == "Bearer xoxb-good"
        told = {"ok": True, "user": "concordat", "team": "Octo"} if good else {"ok": False, "error": "invalid_auth"}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def slack() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Slack)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("token", "state", "says"),
    [
        ("xoxb-good", "ok", "Slack knows it as concordat in Octo"),
        ("xoxb-revoked", "broken", "Slack does not accept the token: invalid_auth"),
    ],
)
def test_slack_is_asked_whose_token_it_is(
    environ: dict[str, str], slack: str, token: str, state: str, says: str
) -> None:
    row = the(found(environ | {"SLACK_BOT_TOKEN": token}, "slack", slack=slack), "slack")
    assert row[:2] == (state, says)
    assert token not in " ".join(row)


def test_a_mail_server_is_greeted_and_gets_no_mail(environ: dict[str, str]) -> None:
    with MailSink() as sink:
        row = the(found(environ | {"SMTP_URL": sink.url}, "mail"), "mail")
        assert row[:2] == ("ok", "127.0.0.1 takes us")
        assert sink.mails == ()


def test_a_mail_server_that_is_not_there_or_wants_no_password_is_told(environ: dict[str, str]) -> None:
    nobody = f"smtp://127.0.0.1:{free_port()}"
    assert the(found(environ | {"SMTP_URL": nobody}, "mail"), "mail")[0] == "broken"
    with MailSink() as sink:
        url = sink.url.replace("smtp://", "smtp://user:hidden@")
        row = the(found(environ | {"SMTP_URL": url}, "mail"), "mail")
    assert row[0] == "broken"
    assert "hidden" not in " ".join(row)


def test_a_mail_server_that_encrypts_is_trusted_by_its_certificate_and_its_name(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offered, file = certificate(tmp_path)
    with MailSink(account=("concordat", "hidden"), tls=offered) as sink:
        url = sink.url.replace("smtp://", "smtp://concordat:hidden@")
        named = url.replace("127.0.0.1", "localhost")
        unknown = the(found(environ | {"SMTP_URL": named}, "mail"), "mail")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        known = the(found(environ | {"SMTP_URL": named}, "mail"), "mail")
        other_name = the(found(environ | {"SMTP_URL": url}, "mail"), "mail")
    assert known[:2] == ("ok", "localhost takes us, encrypted")
    for row in (unknown, other_name):
        assert row[0] == "broken"
        assert "certificate" in row[1]
        assert row[2] == "give it a certificate that this machine trusts, for the host name that SMTP_URL has"


@pytest.mark.parametrize("form", ["people", "json"])
@pytest.mark.parametrize("right", [True, False])
def test_the_command_prints_what_was_found_and_no_secret(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, form: str, right: bool
) -> None:
    for name, value in (environ | ({} if right else {"GITHUB_APP_ID": "1"})).items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()

    code = doctor.run(argparse.Namespace(format=form), out)

    said = out.getvalue()
    assert code == (0 if right else 1)
    assert environ["GITHUB_WEBHOOK_SECRET"] not in said
    assert "PRIVATE KEY" not in said
    if form == "json":
        told = json.loads(said)
        assert told["healthy"] == right
        assert {row["check"] for row in told["findings"]} == {check.name for check in TABLE}
    else:
        assert ("Nothing is broken" in said) == right
        assert max(map(len, said.splitlines())) <= 100 or not right


def test_the_table_of_checks_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "setting-up.md").read_text()
    rows = "".join(f"| `{check.name}` | {check.about} |\n" for check in TABLE)
    assert f"| check | looks at |\n|---|---|\n{rows}<!-- /checks -->" in page
