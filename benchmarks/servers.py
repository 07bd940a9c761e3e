"""The two servers that the acknowledgement benchmark compares; each prints its port and serves."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import sys
import threading
from typing import Any

import psycopg
import waitress.server
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, request

from benchmarks.acknowledge import SECRET
from bot.clock import system_clock
from bot.settings import Settings
from bot.store import Store
from bot.web import create_app

_TABLE = "CREATE TABLE IF NOT EXISTS inbox (guid TEXT PRIMARY KEY, event TEXT, body TEXT)"
_INSERTS = {
    "sqlite": "INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)",
    "postgresql": "INSERT INTO inbox VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
}


def bare(url: str) -> Flask:
    """Verify and insert, and nothing else; the same durability as the store's."""
    app = Flask("bare")
    local = threading.local()
    insert = _INSERTS[url.partition(":")[0]]

    def connection() -> Any:
        if not hasattr(local, "connection"):
            local.connection = _sqlite(url) if url.startswith("sqlite") else psycopg.connect(url, autocommit=True)
        return local.connection

    connection().execute(_TABLE)

    @app.post("/webhook")
    def webhook() -> tuple[str, int]:
        body = request.get_data()
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers["X-Hub-Signature-256"]):
            return "", 401
        row = (request.headers["X-GitHub-Delivery"], request.headers["X-GitHub-Event"], body.decode())
        connection().execute(insert, row)
        return "", 202

    return app


def _sqlite(url: str) -> sqlite3.Connection:
    made = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("PRAGMA synchronous=FULL")
    return made


def concordat(url: str) -> Flask:
    """Make the web room as `serve` does."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    settings = Settings.from_environment(
        {
            "GITHUB_APP_ID": "1",
            "GITHUB_PRIVATE_KEY": pem,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "DATABASE_URL": url,
            "BASE_URL": "http://127.0.0.1",
        }
    )
    return create_app(settings, Store.open(settings.database_url), system_clock)


def main() -> None:
    """Serve the one that is named."""
    kind, url = sys.argv[1:]
    app = {"bare": bare, "concordat": concordat}[kind](url)
    server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=8)
    sys.stdout.write(f"{getattr(server, 'effective_port', 0)}\n")
    sys.stdout.flush()
    server.run()


if __name__ == "__main__":
    main()
