"""`concordat serve` and `concordat demo`: the processes that stay."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import threading
from typing import TextIO

from bot.errors import UsageError
from bot.serve import Server
from bot.settings import Settings, SettingsError
from bot.store import StoreError


def serve(arguments: argparse.Namespace, out: TextIO) -> int:
    """Run the App until it is told to stop; settings come from the environment alone."""
    del arguments
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        server = Server(Settings.from_environment(os.environ))
    except SettingsError as error:
        raise UsageError("the settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    except (StoreError, OSError) as error:
        raise UsageError(str(error)) from error
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with server:
        out.write(f"Concordat answers on {server.url} (webhook: {server.url}/webhook)\n")
        out.flush()
        stop.wait()
    return 0


def demo(arguments: argparse.Namespace, out: TextIO) -> int:
    """Play the story; it lives beside the doubles that it needs, in a checkout."""
    del out
    try:
        story = importlib.import_module("tests.demo.story")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the demo needs a checkout with its development packages ({error.name} is missing): run make demo there"
        ) from error
    return int(story.run(exit=arguments.exit, port=arguments.port))
