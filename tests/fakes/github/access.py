"""Who may do what: the App's JSON web tokens, the installations' access tokens, their permissions.

Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.github.http import HttpError, Route
from tests.fakes.github.state import AppState, Installation, Token, World

TOKEN_LIFE = timedelta(hours=1)
_LONGEST_JWT, _SKEW = 600, 60
_LEVELS = {"read": 1, "write": 2, "admin": 3}


@functools.cache
def key_pair() -> tuple[str, str]:
    """The throw-away key of every App of this process: private and public, PEM. Making one is slow."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return secret.decode(), public.decode()


def verify_app(authorization: str, app: AppState, world: World) -> None:
    """Verify the App's own token: signature, issuer and times, by the double's clock. Raises a 401."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token:
        raise HttpError(401, "A JSON web token could not be decoded")
    try:
        # times are checked below: the library would ask the machine's clock
        options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["exp", "iat", "iss"]}
        claims = jwt.decode(token, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type] # its TypedDict is not exported
    except jwt.PyJWTError as error:
        raise HttpError(401, "A JSON web token could not be decoded") from error
    now = world.now().timestamp()
    if str(claims["iss"]) != str(app.id):
        raise HttpError(404, "Integration not found")
    if claims["exp"] <= now:
        raise HttpError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
    if claims["exp"] > now + _LONGEST_JWT + _SKEW:
        raise HttpError(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims["iat"] > now + _SKEW:
        raise HttpError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )


def issue_token(
    world: World,
    installation: Installation,
    permissions: Mapping[str, str] | None = None,
    repositories: frozenset[int] | None = None,
) -> Token:
    """Issue an access token, narrowed to what was asked for. Raises a 422 when that is more than was granted."""
    granted = installation.permissions
    wanted = dict(permissions) if permissions else dict(granted)
    if any(_LEVELS.get(level, 9) > _LEVELS.get(granted.get(name, ""), 0) for name, level in wanted.items()):
        raise HttpError(422, "The permissions requested are not granted to this installation.")
    if repositories is not None and not repositories <= installation.repositories:
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise HttpError(422, message)
    expires = world.now() + TOKEN_LIFE
    token = Token(f"ghs_{secrets.token_hex(18)}", installation.id, expires, wanted, repositories)
    world.tokens[token.value] = token
    return token


def verify_token(authorization: str, world: World) -> tuple[Token, Installation]:
    """Find the access token of a request and its installation. Raises a 401, or a 403 for a suspended one."""
    scheme, _, value = authorization.partition(" ")
    token = world.tokens.get(value) if scheme.lower() in ("bearer", "token") else None
    installation = world.installations.get(token.installation) if token else None
    if token is None or installation is None or token.expires_at <= world.now():
        raise HttpError(401, "Bad credentials")
    if installation.suspended_at:
        raise HttpError(403, "This installation has been suspended")
    return token, installation


def verify_permission(route: Route, token: Token) -> None:
    """Check that the token has one of the permissions that the operation needs. Raises a 403."""
    have = {name: _LEVELS.get(level, 0) for name, level in token.permissions.items()}
    if route.needs and not any(have.get(name, 0) >= _LEVELS[level] for name, level in route.needs):
        raise HttpError(403, "Resource not accessible by integration")
