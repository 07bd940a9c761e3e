from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings import Settings, SettingsError
from bot.settings.pages import environment_file, table_page
from bot.settings.table import TABLE

ROOT = Path(__file__).parents[2]
SECRET = "0123456789abcdef-webhook"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: bytes | None = None) -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = pem(RSA_KEY)
LEAST = {"GITHUB_APP_ID": "123456", "GITHUB_PRIVATE_KEY": KEY, "GITHUB_WEBHOOK_SECRET": SECRET}


def problems(**changes: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(LEAST | changes)
    return caught.value.problems


def test_three_settings_are_enough() -> None:
    read = Settings.from_environment(LEAST)
    assert read.app_id == 123456
    assert read.private_key == KEY
    assert read.webhook_secrets == (SECRET,)
    assert read.github_api_url == "https://api.github.com"
    assert read.database_url == "sqlite:///concordat.db"
    assert (read.host, read.port, read.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"PORT": "http", "GITHUB_API_URL": "github.com", "DATABASE_URL": "mysql://x"})
    named = " ".join(problem.split()[0] for problem in caught.value.problems)
    assert named == "PORT GITHUB_APP_ID GITHUB_PRIVATE_KEY GITHUB_WEBHOOK_SECRET GITHUB_API_URL DATABASE_URL"


def test_a_key_on_one_line_is_read() -> None:
    assert Settings.from_environment(LEAST | {"GITHUB_PRIVATE_KEY": KEY.replace("\n", "\\n")}).private_key == KEY


def test_a_key_in_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app.pem"
    path.write_text(KEY)
    environ = LEAST | {"GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_PATH": str(path)}
    assert Settings.from_environment(environ).private_key == KEY


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = problems(GITHUB_PRIVATE_KEY="", GITHUB_PRIVATE_KEY_PATH=str(tmp_path / "none.pem"))
    assert "none.pem, which cannot be read: No such file or directory" in found[0]


@pytest.mark.parametrize("name", ["GITHUB_PRIVATE_KEY_PATH", "MIGRATION_TARGETS"])
def test_a_key_in_the_place_of_a_file_is_refused_and_not_repeated(name: str) -> None:
    (sentence,) = problems(**{"GITHUB_PRIVATE_KEY": "" if name.endswith("KEY_PATH") else KEY, name: KEY})
    assert sentence.startswith(f"{name} ")
    assert KEY[30:60] not in sentence


def test_two_places_for_the_key_are_one_too_many() -> None:
    assert "both set" in problems(GITHUB_PRIVATE_KEY_PATH="app.pem")[0]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("not a key", "no private key that can be read"),
        (KEY[:400], "no private key that can be read"),
        (pem(RSA_KEY, b"pass"), "locked with a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not RSA"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_at_start(key: str, words: str) -> None:
    (sentence,) = problems(GITHUB_PRIVATE_KEY=key)
    assert words in sentence
    assert key[30:60] not in sentence or key == "not a key"


def test_the_former_webhook_secret_comes_second() -> None:
    former = "a-former-webhook-secret"
    read = Settings.from_environment(LEAST | {"GITHUB_WEBHOOK_SECRET_PREVIOUS": former})
    assert read.webhook_secrets == (SECRET, former)


@pytest.mark.parametrize("secret", ["short", f"{SECRET}\n"])
def test_a_webhook_secret_that_is_weak_or_mistyped_is_refused(secret: str) -> None:
    (sentence,) = problems(GITHUB_WEBHOOK_SECRET=secret)
    assert sentence.startswith("GITHUB_WEBHOOK_SECRET ")
    assert SECRET not in sentence


@pytest.mark.parametrize(
    "url", ["https://github.example.com/api/v3", "https://github.example.com/api/v3/", "http://127.0.0.1:8080"]
)
def test_the_api_of_an_enterprise_server_is_accepted(url: str) -> None:
    assert Settings.from_environment(LEAST | {"GITHUB_API_URL": url}).github_api_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://github.example.com/api/v3", "https://github.com", "ftp://x", "https://me@host", "https://[", "x"]
)
def test_an_api_address_that_would_leak_tokens_or_lead_nowhere_is_refused(url: str) -> None:
    assert problems(GITHUB_API_URL=url)[0].startswith("GITHUB_API_URL ")


@pytest.mark.parametrize("port", ["-1", "65536", "８０８０", "80.0", "0x50"])
def test_a_port_that_is_no_port_is_refused(port: str) -> None:
    assert problems(PORT=port) == ("PORT is a port number: 0 (any that is free) to 65535",)


def test_the_base_address_loses_its_last_slash() -> None:
    read = Settings.from_environment(LEAST | {"BASE_URL": "https://concordat.example.com/x/"})
    assert read.base_url == "https://concordat.example.com/x"


def test_nothing_secret_is_in_the_settings_words() -> None:
    database = "postgresql://concordat:hunter2@db/concordat"
    read = Settings.from_environment(LEAST | {"DATABASE_URL": database})
    for words in (repr(read), str(read)):
        assert SECRET not in words
        assert "PRIVATE KEY" not in words
        assert "hunter2" not in words


def told(environ: dict[str, str]) -> tuple[str, ...]:
    try:
        Settings.from_environment(environ)
    except SettingsError as error:
        return error.problems
    return ()


NAMES = [setting.name for setting in TABLE]
ANY = st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60) | st.sampled_from([KEY, SECRET, "1", "https://x"]))


@given(ANY)
@settings(deadline=None)
def test_any_environment_gives_settings_or_sentences(environ: dict[str, str]) -> None:
    assert all(sentence.startswith(tuple(NAMES)) for sentence in told(environ))


def test_the_example_file_is_made_from_the_table() -> None:
    assert (ROOT / ".env.example").read_text() == environment_file()


def test_the_settings_page_is_made_from_the_table() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == table_page()


def test_every_setting_is_in_the_example_file_and_on_the_page() -> None:
    for name in NAMES:
        assert f"{name}=" in environment_file()
        assert f"| `{name}` |" in table_page()


SIGN_IN = {"GITHUB_CLIENT_ID": "Iv1.0", "GITHUB_CLIENT_SECRET": "s" * 40, "SECRET_KEY": "k" * 64}


def test_without_a_client_id_nobody_signs_in() -> None:
    assert Settings.from_environment(LEAST).sign_in is None


def test_sign_in_needs_three_settings_and_says_which_are_missing() -> None:
    named = [problem.split()[0] for problem in problems(GITHUB_CLIENT_ID="Iv1.0")]
    assert named == ["GITHUB_CLIENT_SECRET", "SECRET_KEY"]


def test_the_key_that_seals_sessions_is_long_and_may_be_changed() -> None:
    assert "SECRET_KEY is shorter" in problems(**SIGN_IN | {"SECRET_KEY": "short"})[0]
    read = Settings.from_environment(LEAST | SIGN_IN | {"SECRET_KEY_PREVIOUS": "p" * 64})
    assert read.sign_in is not None
    assert read.sign_in.keys == ("k" * 64, "p" * 64)
    assert "k" * 10 not in repr(read)
    assert "s" * 10 not in repr(read)


def test_cookies_of_people_who_sign_in_need_an_address_that_is_encrypted() -> None:
    assert "https://" in problems(**SIGN_IN, BASE_URL="http://concordat.example.com")[0]
    Settings.from_environment(LEAST | SIGN_IN | {"BASE_URL": "http://127.0.0.1:8000"})


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.example.com/api/v3", "https://github.example.com"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com"),
        ("http://127.0.0.1:4000/api/v3", "http://127.0.0.1:4000"),
    ],
)
def test_the_pages_of_github_are_found_from_its_api(api: str, web: str) -> None:
    assert Settings.from_environment(LEAST | {"GITHUB_API_URL": api}).github_web_url == web


def test_operators_are_ids_or_logins() -> None:
    read = Settings.from_environment(LEAST | SIGN_IN | {"OPERATORS": "583231, @Octo-Cat,"})
    assert read.operators == {"583231", "octo-cat"}
    assert "OPERATORS" in problems(**SIGN_IN, OPERATORS="octo/team")[0]
    assert "nobody can sign in" in problems(OPERATORS="ana")[0]


def test_how_the_server_is_operated_is_read_and_checked() -> None:
    read = Settings.from_environment(LEAST)
    assert (read.worker_port, read.metrics_token, read.log_format) == (None, None, "logfmt")
    read = Settings.from_environment(LEAST | {"WORKER_PORT": "8001", "METRICS_TOKEN": "m" * 16, "LOG_FORMAT": "json"})
    assert (read.worker_port, read.metrics_token, read.log_format) == (8001, "m" * 16, "json")
    assert "mmmm" not in repr(read)
    assert len(problems(WORKER_PORT="none", METRICS_TOKEN="short", LOG_FORMAT="xml")) == 3


def test_the_example_file_can_be_sourced_by_a_shell_with_every_line_in_use() -> None:
    lines = [line.removeprefix("#") for line in environment_file().splitlines() if re.match(r"#?[A-Z_]+=", line)]
    script = "set -eu\n" + "\n".join(lines) + "\n" + "\n".join(f'printf "%s\\0" "${name}"' for name in NAMES)
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env={})
    wanted = ["" if setting.required else setting.example for setting in TABLE]
    assert (done.stdout.split("\0")[:-1], done.stderr) == (wanted, "")
    # As compose's env_file has it, too: a value is plain, or literal between single quotes.
    values = [line.partition("=")[2] for line in lines]
    assert all(re.fullmatch(r"[^\s'\"#$\\`]*|'[^']*'", value) for value in values)
