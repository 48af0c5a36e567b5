"""The command line in a process of its own that need not import torch again: forked from one that has.

A command spends most of a small run on imports. What is tested of imports themselves starts `sys.executable` instead.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = [
    "torch._dynamo",
    "sklearn",
    "shiftprobe.api",
    "shiftprobe.cli",
    "shiftprobe.engine.plan",
    "shiftprobe.engine.execute",
    "tests.warmed",
]
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(PRELOADED)
LIMIT_S = 300


def command(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run `shiftprobe ARGUMENTS`; returns exit code, stdout and stderr."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "stdout"), Path(folder, "stderr")
        process = started(arguments, said)
        process.join(LIMIT_S)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(list(arguments), LIMIT_S)
        out, err = (path.read_text() if path.exists() else "" for path in said)
        return subprocess.CompletedProcess(list(arguments), process.exitcode or 0, out, err)


def started(arguments: Sequence[str], said: tuple[Path, Path]) -> ForkServerProcess:
    """`shiftprobe ARGUMENTS` under way in a process of its own, which writes stdout and stderr into two files."""
    process = CONTEXT.Process(target=_main, args=(list(arguments), str(Path.cwd()), dict(os.environ), said))
    process.start()
    return process


def _main(arguments: list[str], folder: str, environment: dict[str, str], said: tuple[Path, Path]) -> None:
    for stream, path in zip((sys.stdout, sys.stderr), said, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["shiftprobe", *arguments]
    from shiftprobe.cli import main

    main()
