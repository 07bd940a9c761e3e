"""Ports for servers that have to know theirs before they listen."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Find a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
