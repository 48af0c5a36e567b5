"""Pickles that would run code. Each makes a file called `marker` beside itself where it is loaded without care."""

import code
import codecs
import ctypes
import functools
import gzip
import importlib
import io
import logging
import marshal
import operator
import os
import pathlib
import pickle
import pty
import pydoc
import runpy
import shutil
import sqlite3
import subprocess
import time
import timeit
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.utils.collect_env
from tests.hostile.cases import Case
from tests.hostile.model import weights
from tests.hostile.opcodes import saved
from torch.fx import graph_module

MARKER = "marker"


class Call:
    """Pickled as a call: loading it makes it."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> Any:
        return self.function, self.arguments

    def __call__(self) -> None:
        """Never: the pickler only asks whether it could be."""


class Payload(NamedTuple):
    """A way to run code, and the name that the refusal must tell."""

    name: str
    asks: str
    make: Callable[[Path], Any]  # from the marker to the object


def shell(marker: Path) -> str:
    """The command of most of them."""
    return f"touch {marker}"


def python(marker: Path) -> str:
    """The same as Python."""
    return f"open({str(marker)!r}, 'w').close()"


def method(owner: Any, name: str) -> Call:
    """A method of something that is made while loading."""
    return Call(getattr, owner, name)


def script(marker: Path) -> Path:
    """A file of Python beside the marker."""
    path = marker.with_name("hubconf.py")
    path.write_text(f"{python(marker)}\nmodel = dict\n")
    return path


def other(marker: Path) -> Path:
    """A second file that runs code."""
    path = marker.with_name("other.pkl")
    path.write_bytes(pickle.dumps(Call(os.system, shell(marker)), 2))
    return path


def compiled(marker: Path) -> bytes:
    """The same as bytecode."""
    return marshal.dumps(compile(python(marker), "x", "exec"))


SHELLS = [
    Payload("os.system", "posix.system", lambda m: Call(os.system, shell(m))),
    Payload("os.popen", "getattr", lambda m: Call(method(Call(os.popen, shell(m)), "read"))),
    Payload("os.posix_spawn", "posix.posix_spawn", lambda m: Call(os.posix_spawn, "/bin/touch", ["touch", str(m)], {})),
    Payload("os.spawnlp", "os.spawnlp", lambda m: Call(os.spawnlp, os.P_WAIT, "touch", "touch", str(m))),
    Payload("os.execlp", "os.execlp", lambda m: Call(os.execlp, "touch", "touch", str(m))),
    Payload(
        "subprocess.Popen",
        "getattr",
        lambda m: Call(method(Call(subprocess.Popen, ["touch", str(m)]), "wait")),
    ),
    Payload("subprocess.run", "subprocess.run", lambda m: Call(subprocess.run, ["touch", str(m)])),
    Payload(
        "subprocess.check_output", "subprocess.check_output", lambda m: Call(subprocess.check_output, ["touch", str(m)])
    ),
    Payload("subprocess.getoutput", "subprocess.getoutput", lambda m: Call(subprocess.getoutput, shell(m))),
    Payload("pty.spawn", "pty.spawn", lambda m: Call(pty.spawn, ["touch", str(m)])),
    Payload("pydoc's pager", "pydoc.pipepager", lambda m: Call(pydoc.pipepager, "", shell(m))),
    Payload("the C library", "getattr", lambda m: Call(method(Call(ctypes.CDLL, None), "system"), shell(m).encode())),
    Payload("torch's own shell", "collect_env.run", lambda m: Call(torch.utils.collect_env.run, shell(m))),
]

CODES = [
    Payload("eval", "asks for eval", lambda m: Call(eval, python(m))),
    Payload("exec", "asks for exec", lambda m: Call(exec, python(m))),
    Payload(
        "getattr of builtins",
        "getattr",
        lambda m: Call(method(Call(importlib.import_module, "builtins"), "exec"), python(m)),
    ),
    Payload("import by name", "getattr", lambda m: Call(method(Call(__import__, "os"), "system"), shell(m))),
    Payload("importlib", "getattr", lambda m: Call(method(Call(importlib.import_module, "os"), "system"), shell(m))),
    Payload("runpy", "runpy.run_path", lambda m: Call(runpy.run_path, str(script(m)))),
    Payload("partial", "posix.system", lambda m: Call(functools.partial(os.system, shell(m)))),
    Payload("reduce", "functools.reduce", lambda m: Call(functools.reduce, eval, [python(m), {}])),
    Payload("a lazy map", "asks for map", lambda m: Call(list, Call(map, os.system, [shell(m)]))),
    Payload(
        "methodcaller",
        "operator.methodcaller",
        lambda m: Call(operator.methodcaller("system", shell(m)), Call(__import__, "os")),
    ),
    Payload(
        "attrgetter",
        "operator.attrgetter",
        lambda m: Call(Call(operator.attrgetter("system"), Call(__import__, "os")), shell(m)),
    ),
    Payload(
        "rot13", "asks for eval", lambda m: Call(eval, Call(codecs.decode, codecs.encode(python(m), "rot13"), "rot13"))
    ),
    Payload("bytecode", "asks for exec", lambda m: Call(exec, Call(marshal.loads, compiled(m)), {})),
    Payload(
        "an interpreter", "getattr", lambda m: Call(method(Call(code.InteractiveInterpreter), "runsource"), python(m))
    ),
    Payload("timeit", "timeit.timeit", lambda m: Call(timeit.timeit, python(m), "pass", time.perf_counter, 1)),
    Payload("a pickle in it", "loads", lambda m: Call(pickle.loads, pickle.dumps(Call(os.system, shell(m))))),
    Payload(
        "a pickle beside it",
        "torch.serialization.load",
        lambda m: Call(functools.partial(torch.load, weights_only=False), str(other(m))),
    ),
    Payload("torch's bytes", "_load_from_bytes", lambda m: Call(torch.storage._load_from_bytes, other(m).read_bytes())),
    Payload("torch.fx", "_exec_with_source", lambda m: Call(graph_module._exec_with_source, python(m), {})),
    Payload(
        "torch.hub", "torch.hub._load_local", lambda m: Call(torch.hub._load_local, str(script(m).parent), "model")
    ),
]

WRITERS = [
    Payload("open", "asks for io.open", lambda m: Call(open, str(m), "w")),
    Payload("a raw file", "_io.FileIO", lambda m: Call(io.FileIO, str(m), "w")),
    Payload("Path.touch", "getattr", lambda m: Call(pathlib.Path.touch, m)),
    Payload("a log", "logging.FileHandler", lambda m: Call(logging.FileHandler, str(m))),
    Payload("an archive", "zipfile.ZipFile", lambda m: Call(zipfile.ZipFile, str(m), "w")),
    Payload(
        "a data base",
        "getattr",
        lambda m: Call(method(Call(sqlite3.connect, str(m)), "executescript"), "create table t (c)"),
    ),
    Payload("gzip", "gzip.open", lambda m: Call(gzip.open, str(m), "wb")),
    Payload("a copy", "shutil.copy", lambda m: Call(shutil.copy, str(script(m)), str(m))),
    Payload("a link", "posix.symlink", lambda m: Call(os.symlink, "/etc/passwd", str(m))),
    Payload("a folder", "posix.mkdir", lambda m: Call(os.mkdir, str(m))),
    Payload("numpy", "numpy.savetxt", lambda m: Call(np.savetxt, str(m), [0.0])),
    Payload("torch.save", "torch.serialization.save", lambda m: Call(torch.save, {}, str(m))),
]


def _hidden(payload: Payload, folder: Path) -> Path:
    """Among weights that fit, as somebody would hide it."""
    path = folder / "weights.pt"
    path.write_bytes(saved({**weights(), "0.weight": payload.make(folder / MARKER)}))
    return path


def _case(payload: Payload) -> Case:
    return Case(f"runs code: {payload.name}", functools.partial(_hidden, payload), "refused", payload.asks)


PAYLOADS = [_case(payload) for payload in (*SHELLS, *CODES, *WRITERS)]
