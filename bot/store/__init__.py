"""The only SQL on our own database: events, obligations, deliveries, jobs, and what is remembered for a while."""

from bot.store.errors import StoreError, StoreNewer, StoreOlder
from bot.store.sharing import check_shared
from bot.store.store import Store
from bot.store.transaction import Transaction

__all__ = ["Store", "StoreError", "StoreNewer", "StoreOlder", "Transaction", "check_shared"]
