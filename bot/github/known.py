"""What GitHub can never tell otherwise: files and lists of commits by their hashes, kept while there is room.

Nothing here is a fact of our own: whatever is dropped is asked for again. Keys begin with the installation and the
repository, so that nobody is served what only another may read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

ROOM = 64 * 1024 * 1024
"""Bytes, as the callers weigh them."""
_KEY_WEIGHT = 300


class Known:
    """A bounded memory that forgets what was longest not asked for; safe between threads."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._used = 0
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Give what is kept under a key, or `None`."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Hashable, value: Any, weight: int) -> None:
        """Keep a value of so many bytes; one that would fill half of the room is not kept."""
        weight += _KEY_WEIGHT
        if weight > self._room // 2:
            return
        with self._lock:
            self._used -= self._items.pop(key, (None, 0))[1]
            self._items[key] = (value, weight)
            self._used += weight
            while self._used > self._room:
                self._used -= self._items.popitem(last=False)[1][1]
