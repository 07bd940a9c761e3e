"""Which hosts are this machine: what is said to them leaves it nowhere, so that it needs no encryption."""

from __future__ import annotations

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
