"""The settings of the server, named in one place: .env.example and docs/settings.md are made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST_SECRET = 16
"""Characters of a webhook secret; shorter ones can be guessed from one delivery that somebody saw."""
LEAST_KEY = 32
"""Characters of the key that seals sessions."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: what it is, what it is when unset, and an example as it would be written."""

    name: str
    meaning: str
    example: str
    default: str | None = None
    required: bool = False
    secret: bool = False


TABLE: tuple[Setting, ...] = (
    Setting(
        "GITHUB_APP_ID",
        "The number of the GitHub App, shown on its settings page as App ID.",
        "123456",
        required=True,
    ),
    Setting(
        "GITHUB_PRIVATE_KEY",
        "The App's private key: the text of the PEM file, its line ends written as they are or as \\n. "
        "Either this or GITHUB_PRIVATE_KEY_PATH is required.",
        "-----BEGIN RSA PRIVATE KEY-----\\n…\\n-----END RSA PRIVATE KEY-----\\n",
        secret=True,
    ),
    Setting(
        "GITHUB_PRIVATE_KEY_PATH",
        "The file that holds the App's private key, in place of GITHUB_PRIVATE_KEY.",
        "/etc/concordat/app.private-key.pem",
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET",
        f"The secret that GitHub signs deliveries with, at least {LEAST_SECRET} characters; the same as on the App's "
        "settings page. The links to full reports are signed with a key made from it.",
        "(openssl rand -hex 32 prints a good one)",
        required=True,
        secret=True,
    ),
    Setting(
        "GITHUB_WEBHOOK_SECRET_PREVIOUS",
        "The secret before the present one, still accepted while it is being changed: set it, change the secret here "
        "and on GitHub, and unset it a day later.",
        "(the former value)",
        secret=True,
    ),
    Setting(
        "GITHUB_API_URL",
        "Where GitHub's REST API is. For an Enterprise Server: https://HOST/api/v3.",
        "https://github.example.com/api/v3",
        default="https://api.github.com",
    ),
    Setting(
        "DATABASE_URL",
        "Where Concordat keeps what it must not forget: SQLite for one process, PostgreSQL for more.",
        "postgresql://concordat@db.example.com/concordat",
        default="sqlite:///concordat.db",
        secret=True,
    ),
    Setting(
        "HOST",
        "The address to listen on. Before it is reachable from elsewhere, put a proxy that speaks TLS in front.",
        "0.0.0.0",  # noqa: S104 an example for containers
        default="127.0.0.1",
    ),
    Setting("PORT", "The port to listen on.", "8080", default="8000"),
    Setting(
        "BASE_URL",
        "The address under which people and GitHub reach this server; links in comments begin with it. "
        "Unset, it is made from HOST and PORT, which only serves on this machine.",
        "https://concordat.example.com",
    ),
    Setting(
        "GITHUB_CLIENT_ID",
        "The App's client id, shown on its settings page. With GITHUB_CLIENT_SECRET and SECRET_KEY it turns sign-in "
        "with GitHub on: pages then show each person what their access to the repository allows. Enter BASE_URL with "
        "/sign-in/callback at its end as the App's callback URL.",
        "Iv23liExampleOfAnId",
    ),
    Setting(
        "GITHUB_CLIENT_SECRET",
        "A client secret of the App, generated on its settings page.",
        "(40 hexadecimal digits)",
        secret=True,
    ),
    Setting(
        "SECRET_KEY",
        f"Seals sessions and the user tokens in them, at least {LEAST_KEY} characters. The same for every process.",
        "(openssl rand -hex 32 prints a good one)",
        secret=True,
    ),
    Setting(
        "SECRET_KEY_PREVIOUS",
        "The key before the present one: sessions sealed with it are still read. Set it, change SECRET_KEY, and unset "
        "it a day later, when those sessions have ended.",
        "(the former value)",
        secret=True,
    ),
    Setting(
        "GITHUB_WEB_URL",
        "Where GitHub's pages are, to which people are sent to sign in. Unset, it is made from GITHUB_API_URL.",
        "https://github.example.com",
    ),
    Setting(
        "OPERATORS",
        "Who may see and use the operator page: GitHub user ids or logins, with commas between. An id is safer, since "
        "a login may be given up and taken by somebody else (https://api.github.com/users/LOGIN shows the id).",
        "583231, octocat",
    ),
    Setting(
        "PROXIES",
        "How many proxies in front of this server add to X-Forwarded-For. With the wrong number, limits count all "
        "people as one, or trust an address that anybody can write.",
        "1",
        default="0",
    ),
    Setting(
        "WORKER_PORT",
        "The port on which `concordat worker` answers /healthz, /readyz and /metrics, on HOST. Unset, it answers "
        "nobody.",
        "8001",
    ),
    Setting(
        "METRICS_TOKEN",
        f"Who reads /metrics shows it as `Authorization: Bearer …`; at least {LEAST_SECRET} characters. Unset, it is "
        "given only to this machine, and only where BASE_URL is this machine too.",
        "(openssl rand -hex 32 prints a good one)",
        secret=True,
    ),
    Setting(
        "PURGE_AFTER_DAYS",
        "After so many days in which no installation of the App sees a repository (it was uninstalled, or the "
        "repository taken from it), everything that is kept of the repository is deleted. Who installs it again before "
        "finds everything as it was.",
        "90",
        default="30",
    ),
    Setting(
        "LOG_FORMAT",
        "How the lines of the log are written: logfmt (name=value) or json (an object on each line).",
        "json",
        default="logfmt",
    ),
    Setting(
        "SLACK_BOT_TOKEN",
        "The bot token of a Slack app, for notices. It needs the scopes chat:write, im:write, and to find a message "
        "again whose answer was lost channels:history, groups:history and im:history.",
        "xoxb-…",
        secret=True,
    ),
    Setting(
        "SLACK_SIGNING_SECRET",
        "The signing secret of the Slack app. With it, buttons in messages are answered: enter BASE_URL with "
        "/slack/interactivity at its end as the app's interactivity request URL.",
        "(32 hexadecimal digits)",
        secret=True,
    ),
    Setting("SLACK_API_URL", "Where Slack's Web API is.", "https://slack.com/api/", default="https://slack.com/api/"),
    Setting(
        "SLACK_WEBHOOKS",
        "Incoming webhooks that partners.yml names, as NAME=ADDRESS with white space between.",
        "meridian=https://hooks.slack.com/services/T000/B000/XXXX",
        secret=True,
    ),
    Setting(
        "SMTP_URL",
        "The mail server for notices, with user and password where it wants them: smtp://HOST:587 (STARTTLS where it "
        "is offered) or smtps://HOST:465.",
        "smtp://concordat:password@mail.example.com:587",
        secret=True,
    ),
    Setting(
        "MIGRATION_TARGETS",
        "The file that names the data sets which `concordat migrate` and the App may touch, each with its address, "
        "table and column or with who carries its migrations out, and the repositories whose pull requests may have "
        "it migrated (docs/migrations.md). Keep it readable for the server alone, since addresses hold passwords.",
        "/etc/concordat/targets.yml",
    ),
    Setting(
        "MAIL_FROM",
        "Whom notices come from by mail. What cannot be delivered comes back to this address with `+b-…` before the @; "
        "`concordat notices bounced` reads it. Unset, it is made from the host of BASE_URL.",
        "Concordat <concordat@example.com>",
    ),
    Setting(
        "CONTACTS",
        "Where teams and people of the contracts are reached, as NAME=ADDRESS,ADDRESS with semicolons between: a Slack "
        "channel or user id, or a mail address. `*` is for everybody who has none. Without one they are mentioned on "
        "GitHub.",
        "acme/crm=C0123456789,crm@example.com; dana=U0123456789; *=C0987654321",
    ),
    Setting(
        "SUPPORT_CONTACTS",
        "Whom people ask, as LABEL=WHERE with semicolons between; it stands in every message.",
        "Technical questions=#data-api on Slack; Urgent, at any hour=+1 303 555 0100",
    ),
    Setting(
        "SYNC_ZONE",
        "The time zone of the weekly sync, Monday 10:00. With it, an agenda for each repository goes out an hour "
        "before, to where CONTACTS says for `sync`.",
        "America/Denver",
    ),
)
"""Every setting of the server, in the order in which people meet them."""

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in TABLE}
