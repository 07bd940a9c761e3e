"""Making the App: the page, GitHub's side of it, the callback, and the files that hold the credentials."""

from __future__ import annotations

import html
import io
import json
import os
import re
import stat
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from bot import app_manifest
from bot.cli import main
from bot.doctor import examination as doctor
from bot.doctor.table import TABLE
from bot.errors import UsageError
from bot.github.registration import Registration
from bot.settings import Settings
from tests.browser import Visit
from tests.fakes.github import GitHubDouble

if TYPE_CHECKING:
    from playwright.sync_api import Browser

URL = "https://concordat.example.com"
SECRETS = ("GITHUB_WEBHOOK_SECRET", "GITHUB_CLIENT_SECRET", "SECRET_KEY")


def asked(folder: Path, github: str, **more: Any) -> Namespace:
    given = {"url": URL, "org": None, "name": "Concordat", "github": github, "out": folder, "port": 0, "print": False}
    return Namespace(**{**given, **more})


class Running:
    """The command, running in a thread; `address` is the page that it printed."""

    def __init__(self, arguments: Namespace) -> None:
        self.out = _Lines()
        self.failure: UsageError | None = None
        self._thread = threading.Thread(target=self._run, args=(arguments,), daemon=True)
        self._thread.start()

    def _run(self, arguments: Namespace) -> None:
        try:
            app_manifest.run(arguments, self.out)
        except UsageError as error:
            self.failure = error
            self.out.written.set()

    @property
    def address(self) -> str:
        assert self.out.written.wait(20)
        found = re.search(r"http://127\.0\.0\.1:\d+", self.out.getvalue())
        assert found, self.failure
        return found[0]

    def ended(self) -> str:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.out.getvalue()


class _Lines(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    with GitHubDouble(enterprise=True) as double:
        yield double


@contextmanager
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def form(page: str) -> tuple[str, str]:
    """Give the form's address and the manifest in it."""
    action = re.search(r'<form action="([^"]+)" method="post">', page)
    value = re.search(r'name="manifest" value="([^"]+)"', page)
    assert action
    assert value
    return html.unescape(action[1]), html.unescape(value[1])


def values(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def test_the_app_is_made_and_its_credentials_are_kept_for_nobody_else(tmp_path: Path, github: GitHubDouble) -> None:
    running = Running(asked(tmp_path, github.url, org="octo"))
    with browser() as person:
        action, manifest = form(person.get(running.address).text)
        assert action.startswith(f"{github.url}/organizations/octo/settings/apps/new?state=")
        done = person.post(action, data={"manifest": manifest})
    said = running.ended()

    assert done.status_code == 200
    assert "Done" in done.text
    kept = values(tmp_path / ".env")
    settings = Settings.from_environment(kept)
    assert settings.app_id == github.app_id
    assert settings.github_api_url == f"{github.url}/api/v3"
    assert settings.base_url == URL
    assert settings.sign_in is not None
    for name in (".env", app_manifest.KEY_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert f"{github.url}/apps/concordat/installations/new" in said
    assert "concordat doctor" in said
    for text in (said, done.text):
        assert not [name for name in SECRETS if kept[name] in text]
        assert "PRIVATE KEY" not in text


def test_the_app_asks_for_what_the_manifest_says_and_knows_where_its_server_is(
    tmp_path: Path, github: GitHubDouble
) -> None:
    running = Running(asked(tmp_path, github.url))
    with browser() as person:
        action, text = form(person.get(running.address).text)
        person.post(action, data={"manifest": text})
    running.ended()
    manifest = json.loads(text)

    assert manifest["hook_attributes"] == {"url": f"{URL}/webhook", "active": True}
    assert manifest["callback_urls"] == [f"{URL}/sign-in/callback"]
    assert manifest["redirect_url"] == f"{running.address}/callback"
    assert github.site.app.permissions == app_manifest.asked_for()["default_permissions"]
    assert list(github.site.app.events) == app_manifest.asked_for()["default_events"]
    assert github.webhook_url == f"{URL}/webhook"


def test_an_answer_to_somebody_elses_question_is_not_taken(tmp_path: Path, github: GitHubDouble) -> None:
    running = Running(asked(tmp_path, github.url))
    with browser() as person:
        action, manifest = form(person.get(running.address).text)
        state = action.partition("state=")[2]
        for query in ("", "?code=abc", "?code=abc&state=guess", f"?code=../../app&state={state}", f"?state={state}"):
            assert person.get(f"{running.address}/callback{query}").status_code == 400
        assert not (tmp_path / ".env").exists()

        person.post(action, data={"manifest": manifest})
    assert "is made" in running.ended()


def test_the_page_answers_under_its_own_name_only(tmp_path: Path, github: GitHubDouble) -> None:
    running = Running(asked(tmp_path, github.url))
    with browser() as person:
        elsewhere = person.get(running.address, headers={"Host": "evil.example"})
        here = person.get(running.address)
        action, manifest = form(here.text)
        person.post(action, data={"manifest": manifest})
    running.ended()

    assert elsewhere.status_code == 404
    assert "state=" not in elsewhere.text
    assert f"form-action {github.url} 'self';" in here.headers["Content-Security-Policy"] + ";"


def test_a_code_that_github_does_not_take_says_what_to_do(tmp_path: Path, github: GitHubDouble) -> None:
    running = Running(asked(tmp_path, github.url))
    with browser() as person:
        action, _ = form(person.get(running.address).text)
        state = action.partition("state=")[2]
        answer = person.get(f"{running.address}/callback?code=used&state={state}")
    running.ended()

    assert answer.status_code == 502
    assert "generate a private key" in str(running.failure)
    assert not (tmp_path / ".env").exists()


@pytest.mark.parametrize("name", [".env", app_manifest.KEY_FILE])
def test_files_that_are_there_are_not_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError, match="is there already, and is not overwritten"):
        app_manifest.run(asked(tmp_path, "https://github.com"), io.StringIO())
    assert (tmp_path / name).read_text() == "mine"


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / "elsewhere")
    plan = app_manifest.plan_of(asked(tmp_path, "https://github.com"))
    made = Registration(1, "App", "https://x", "Iv1", "secret", "s" * 40, "key")

    with pytest.raises(UsageError, match="cannot be written"):
        app_manifest.keep(plan, made)

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"url": "http://concordat.example.com"}, "--url"),
        ({"url": "https://a b"}, "--url"),
        ({"url": "https://user@host"}, "--url"),
        ({"github": "github.com"}, "--github"),
        ({"org": "octo/../admin"}, "--org"),
        ({"name": "x" * 35}, "--name"),
    ],
)
def test_what_cannot_be_is_named_with_its_option(tmp_path: Path, wrong: dict[str, str], option: str) -> None:
    with pytest.raises(UsageError, match=option):
        app_manifest.run(asked(tmp_path, **{"github": "https://github.com", **wrong}), io.StringIO())


@pytest.mark.parametrize(
    ("pages", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://octo.ghe.com", "https://api.octo.ghe.com"),
        ("https://github.example.com", "https://github.example.com/api/v3"),
    ],
)
def test_the_api_is_found_from_the_pages(tmp_path: Path, pages: str, api: str) -> None:
    assert app_manifest.plan_of(asked(tmp_path, pages)).api_url == api


def test_the_manifest_can_be_seen_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["app-manifest", "--url", URL, "--print"]) == 0

    assert json.loads(capsys.readouterr().out)["url"] == URL
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_directory_that_cannot_be_written_is_named_before_anything_is_made(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written into"):
        app_manifest.run(asked(tmp_path, "https://github.com"), io.StringIO())


def test_what_was_made_leaves_the_doctor_nothing_to_say(tmp_path: Path, github: GitHubDouble) -> None:
    running = Running(asked(tmp_path, github.url))
    with browser() as person:
        action, manifest = form(person.get(running.address).text)
        person.post(action, data={"manifest": manifest})
    running.ended()
    github.repository("octo/orders")  # the App is installed on it
    checks = [check for check in TABLE if check.name in ("clock", "app", "permissions", "installations", "webhook")]

    found = doctor.examine(values(tmp_path / ".env"), checks=checks)

    assert [(check.name, one.says, one.do) for check, one in found if one.state != "ok"] == []
    assert len(found) == len(checks) + 1


def test_a_real_browser_goes_to_github_and_comes_back(tmp_path: Path, github: GitHubDouble, chromium: Browser) -> None:
    running = Running(asked(tmp_path, github.url, org="octo"))
    page = chromium.new_page()
    visit = Visit(page)
    visit.open(running.address)
    page.get_by_role("button").click()
    page.wait_for_url(f"{running.address}/callback?**")
    said = running.ended()

    assert page.get_by_role("heading", name="Done").count() == 1
    assert visit.complaints == []
    assert f". {tmp_path / '.env'};" in said
    page.close()
