"""The `concordat` command as a person types it: its help, its refusals, its streams."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli import main

Captured = pytest.CaptureFixture[str]
COMMANDS = ("check", "decide", "init", "manifest", "simulate", "serve", "web", "worker", "demo")


def leaves(*arguments: str) -> int:
    """Run a command line that argparse ends by itself; its exit code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def concordat(*arguments: str, folder: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_the_version_is_that_of_the_package(capsys: Captured) -> None:
    assert leaves("--version") == 0
    assert capsys.readouterr().out == f"Concordat {version('concordat')}\n"


def test_the_help_names_every_command_the_exit_codes_and_where_to_start(capsys: Captured) -> None:
    assert leaves("--help") == 0
    out = capsys.readouterr().out
    assert all(f"    {command} " in out for command in COMMANDS)
    assert "exit codes:" in out
    assert "concordat check old.json new.json" in out


@pytest.mark.parametrize("command", ["check", "decide", "init", "manifest", "simulate"])
def test_the_help_of_a_command_shows_examples_of_it(command: str, capsys: Captured) -> None:
    assert leaves(command, "--help") == 0
    out = capsys.readouterr().out
    assert f"\n  concordat {command} " in out.partition("examples:")[2]


@pytest.mark.parametrize("arguments", [(), ("chekc",), ("check", "a", "b", "c"), ("check", "--form", "json", "a", "b")])
def test_a_command_line_that_says_nothing_clear_exits_with_two(arguments: tuple[str, ...], capsys: Captured) -> None:
    assert leaves(*arguments) == 2
    assert "concordat" in capsys.readouterr().err


def test_a_file_name_cannot_paint_the_terminal(capsys: Captured) -> None:
    assert main(["check", "\x1b[31mred.json", "b.json"]) == 2
    err = capsys.readouterr().err
    assert err == "concordat: \\u001b[31mred.json cannot be read: no such file or directory\n"


def test_a_fault_of_ours_is_called_one_and_is_no_verdict(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    schema = tmp_path / "a.json"
    schema.write_text("{}")

    def broken(*_: object, **__: object) -> object:
        raise KeyError("of ours")

    monkeypatch.setattr("bot.desk.check.assess", broken)
    assert main(["check", str(schema), str(schema)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("concordat: this is a fault in Concordat, please report it")
    assert "KeyError: 'of ours'" in err
    assert "Traceback" not in err


def test_a_reader_that_has_seen_enough_changes_nothing_about_the_verdict(tmp_path: Path) -> None:
    properties = ",".join(f'"field_{number}": {{"type": "string"}}' for number in range(400))
    (tmp_path / "old.json").write_text(f'{{"type": "object", "properties": {{{properties}}}}}')
    (tmp_path / "new.json").write_text('{"type": "object", "properties": {"a": {}}}')
    process = concordat("check", "old.json", "new.json", "--format", "json", folder=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr:
        complaint = process.stderr.read()
    assert process.wait() == 1
    assert complaint == b""


def test_names_outside_the_terminal_s_alphabet_are_printed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "Übergabe 日本.json").write_text('{"title": "€"}', encoding="utf-8")
    plain = {"PYTHONIOENCODING": "ascii"}
    process = concordat("check", "Übergabe 日本.json", "Übergabe 日本.json", folder=tmp_path, environment=plain)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert "Übergabe 日本.json\nNONE".encode() in out
