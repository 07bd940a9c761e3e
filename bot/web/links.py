"""Links that carry their own permission: whoever has one may read that report, and nothing else.

The signing key is derived from the webhook secret, so that there is no further secret to keep. When that secret is
changed, links signed with the former one work as long as it is configured; comments get new links as they are
brought up to date.
"""

from __future__ import annotations

import hashlib

from itsdangerous import BadSignature, URLSafeSerializer

from bot.settings import Settings

REPORTS = "/reports/"
_LONGEST_TOKEN = 1024


def report_token(settings: Settings, key: str) -> str:
    """Sign the key of a remembered report; the same key always gives the same token."""
    return str(_signer(settings).dumps(key))


def report_url(settings: Settings, key: str) -> str:
    """Make the address of a remembered report, as comments show it."""
    return f"{settings.base_url}{REPORTS}{report_token(settings, key)}"


def report_key(settings: Settings, token: str) -> str | None:
    """Give the key that a token was made for; `None` unless it carries our signature."""
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        key = _signer(settings).loads(token)
    except BadSignature:
        return None
    return key if isinstance(key, str) else None


def _signer(settings: Settings) -> URLSafeSerializer:
    # itsdangerous signs with the last key of a list and accepts all of them.
    keys = [secret.encode() for secret in reversed(settings.webhook_secrets)]
    return URLSafeSerializer(
        keys, salt="concordat.report", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )
