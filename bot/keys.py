"""The App's private key, read once in a process: proving it takes many times as long as signing with it."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class NotRsaError(Exception):
    """A private key of another kind."""


@lru_cache(maxsize=8)
def rsa_key(pem: str) -> RSAPrivateKey:
    """Read an RSA key in PEM without a passphrase.

    Raises `TypeError` where it has one, `ValueError` or `cryptography.exceptions.UnsupportedAlgorithm` where it cannot
    be read, and `NotRsaError`.
    """
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise NotRsaError
    return key
