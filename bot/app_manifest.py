"""`concordat app-manifest`: make the GitHub App from app.yml, and keep its credentials in files for nobody else.

The person's own browser takes the manifest to GitHub, from a page on this machine, and comes back with a code that is
exchanged for the credentials. They go into a settings file and a key file (mode 0600) and are never printed.

Source: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import yaml

from bot import app_manifest_page
from bot.errors import UsageError, unwritable
from bot.github.errors import GitHubError
from bot.github.registration import Registration, fetch
from bot.settings.table import LEAST_SECRET

GITHUB = "https://github.com"
KEY_FILE = "concordat.private-key.pem"
_PRIVATE = 0o600
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ORGANISATION = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9])*")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made: the server's address, GitHub's pages and API, whose App it becomes, and where files go."""

    url: str
    github: str
    organisation: str | None
    name: str
    settings_file: Path
    key_file: Path

    @property
    def api_url(self) -> str:
        """The REST API that belongs to GitHub's pages."""
        parts = urlsplit(self.github)
        if parts.hostname == "github.com" or (parts.hostname or "").endswith(".ghe.com"):
            return f"{parts.scheme}://api.{parts.netloc}"
        return f"{self.github}/api/v3"

    @property
    def form(self) -> str:
        """Where GitHub takes manifests."""
        owner = f"/organizations/{self.organisation}" if self.organisation else ""
        return f"{self.github}{owner}/settings/apps/new"


def run(arguments: argparse.Namespace, out: TextIO) -> int:
    """Serve the page until GitHub has sent the person back, or they give up."""
    plan = plan_of(arguments)
    for path in (plan.settings_file, plan.key_file):
        if path.exists():
            raise UsageError(f"{path} is there already, and is not overwritten: move it away, or name another --out")
    if not os.access(plan.settings_file.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{plan.settings_file.parent} cannot be written into; name another directory with --out")
    if arguments.print:
        json.dump(manifest(plan, "http://127.0.0.1/callback"), out, indent=2)
        out.write("\n")
        return 0
    return _serve(plan, arguments.port, out)


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Check what was asked for; raises UsageError."""
    url, github = _address(arguments.url, "--url"), _address(arguments.github, "--github")
    if arguments.org is not None and not _ORGANISATION.fullmatch(arguments.org):
        raise UsageError("--org is an organisation's name as in its address, for instance octo-org")
    if not 1 <= len(arguments.name) <= 34:
        raise UsageError("--name has at most 34 characters, says GitHub")
    folder: Path = arguments.out
    return Plan(
        url, github, arguments.org, arguments.name, (folder / ".env").absolute(), (folder / KEY_FILE).absolute()
    )


def _address(text: str, option: str) -> str:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        usable = usable and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\x00-\x1f<>\"'\\]", url):
        raise UsageError(
            f"{option} is an address that begins with https://, for instance https://concordat.example.com"
        )
    return url


def manifest(plan: Plan, redirect: str) -> dict[str, Any]:
    """Give what GitHub is asked for: app.yml with this server's addresses in it."""
    asked = asked_for()
    return {
        **asked,
        "name": plan.name,
        "url": plan.url,
        "hook_attributes": {**asked["hook_attributes"], "url": f"{plan.url}/webhook"},
        "redirect_url": redirect,
        "callback_urls": [f"{plan.url}/sign-in/callback"],
    }


def asked_for() -> dict[str, Any]:
    """Read app.yml, which lies in the package, or beside it in a checkout."""
    places = (files("templates").joinpath("app.yml"), Path(__file__).parents[1] / "app.yml")
    for place in places:
        if place.is_file():
            found: dict[str, Any] = yaml.safe_load(place.read_text(encoding="utf-8"))
            return found
    raise UsageError("app.yml, the App's manifest, is not in this installation; run this from a checkout")


def _serve(plan: Plan, port: int, out: TextIO) -> int:
    try:
        page = app_manifest_page.Page(plan.name, plan.form, lambda code: _made(plan, code), port)
    except OSError as error:
        raise UsageError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}; --port names another") from error
    with page:
        page.offer(json.dumps(manifest(plan, page.callback)))
        out.write(f"Open {page.url} in a browser on this machine, and agree on GitHub. Ctrl-C gives up.\n")
        out.flush()
        told = page.wait()
    out.write(f"{told}\n")
    return 0


def _made(plan: Plan, code: str) -> str:
    """Fetch and keep the credentials; say in plain text what was made and what comes next."""
    try:
        made = fetch(plan.api_url, code)
    except GitHubError as error:
        raise UsageError(
            f"GitHub made the App, but its credentials could not be fetched: {error}. Delete the App on its settings "
            "page and start again, or generate a private key and a webhook secret there yourself"
        ) from error
    keep(plan, made)
    return (
        f"The App {made.name} is made. Its settings are in {plan.settings_file}, its private key is in "
        f"{plan.key_file}; nobody else can read them. Next:\n"
        f"1. Install it on the repositories it is for: {made.html_url}/installations/new\n"
        f"2. Start the server with these settings: set -a; . {shlex.quote(str(plan.settings_file))}; set +a; "
        "concordat serve\n"
        "3. In another terminal, with the same settings: concordat doctor"
    )


def keep(plan: Plan, made: Registration) -> None:
    """Write the key file and the settings file, neither of which may be there before; raises UsageError."""
    settings = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings_of(plan, made).items())
    head = f"# Settings of `concordat serve` for the GitHub App {json.dumps(made.name)}; docs/settings.md has more.\n"
    for path, text in ((plan.key_file, made.private_key), (plan.settings_file, head + settings)):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise unwritable(path, error) from error


def settings_of(plan: Plan, made: Registration) -> Mapping[str, str]:
    """Give the settings that a server with this App begins with."""
    if made.webhook_secret is None or len(made.webhook_secret) < LEAST_SECRET:
        raise UsageError("GitHub made the App without a webhook secret; delete it on its settings page and start again")
    github = {} if plan.github == GITHUB else {"GITHUB_API_URL": plan.api_url, "GITHUB_WEB_URL": plan.github}
    return {
        "GITHUB_APP_ID": str(made.app_id),
        "GITHUB_PRIVATE_KEY_PATH": str(plan.key_file),
        "GITHUB_WEBHOOK_SECRET": made.webhook_secret,
        **github,
        "BASE_URL": plan.url,
        "GITHUB_CLIENT_ID": made.client_id,
        "GITHUB_CLIENT_SECRET": made.client_secret,
        "SECRET_KEY": secrets.token_hex(32),
    }
