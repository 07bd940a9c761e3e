"""`concordat serve`, `web`, `worker` and `demo`: the processes that stay."""

from __future__ import annotations

import argparse
import importlib
import os
from typing import TextIO

from bot import logs
from bot.errors import UsageError
from bot.operate.stopping import told_to_stop
from bot.serve import Server
from bot.settings import Settings, SettingsError
from bot.store import StoreError, check_shared


def serve(arguments: argparse.Namespace, out: TextIO) -> int:
    """Run the whole App until it is told to stop; settings come from the environment alone."""
    del arguments
    return _run(out, "answers on {url} (webhook: {url}/webhook)")


def web(arguments: argparse.Namespace, out: TextIO) -> int:
    """Answer GitHub and people, and leave the work to workers, until told to stop."""
    del arguments
    return _run(out, "answers on {url} (webhook: {url}/webhook) and leaves the work to concordat worker", crew=False)


def worker(arguments: argparse.Namespace, out: TextIO) -> int:
    """Do the work that is in the database until told to stop."""
    del arguments
    return _run(out, "works{probes}", web=False)


def _run(out: TextIO, said: str, *, web: bool = True, crew: bool = True) -> int:
    try:
        settings = Settings.from_environment(os.environ)
        logs.configure(settings)
        if not (web and crew):
            check_shared(settings.database_url)
        server = Server(settings, web=web, crew=crew)
    except SettingsError as error:
        raise UsageError("the settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    except (StoreError, OSError) as error:
        raise UsageError(str(error)) from error
    with told_to_stop() as wait, server:
        probes = f" and answers probes on {server.url}" if server.url else ""
        out.write(f"Concordat {said.format(url=server.url, probes=probes)}\n")
        out.flush()
        wait()
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
