"""YAML that nobody should be able to harm us with, whatever it is meant to be: a spec or a policy."""

import functools
import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.cases import Case, Expected

MARKER = "marker"

TAGS = {
    "apply": '!!python/object/apply:os.system ["touch {marker}"]',
    "new": '!!python/object/new:os.system ["touch {marker}"]',
    "eval": "!!python/object/apply:eval [\"open('{marker}', 'w').close()\"]",
    "exec": "!!python/object/apply:builtins.exec [\"open('{marker}', 'w').close()\"]",
    "subprocess": '!!python/object/apply:subprocess.Popen [["touch", "{marker}"]]',
    "a class": "!!python/object:types.SimpleNamespace {{a: 1}}",
    "a module": "!!python/module:os",
    "a name": "!!python/name:os.system",
    "a tuple": "!!python/tuple [1, 2]",
    "bytes": "!!python/bytes YQ==",
    "an address": '!<tag:yaml.org,2002:python/object/apply:os.system> ["touch {marker}"]',
    "a handle": '!e!os.system ["touch {marker}"]',
    "a tag of one's own": "!load /etc/passwd",
}
LIVE = ("apply", "new", "eval", "exec", "subprocess", "an address")
"""Tags that run code where YAML is loaded without care."""

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

BROKEN: dict[str, tuple[str, bytes]] = {
    "an empty file": ("got NoneType", b""),
    "comments alone": ("got NoneType", b"# nothing\n# yet\n"),
    "three dashes": ("got NoneType", b"---\n"),
    "a list": ("got list", b"- a\n- b\n"),
    "a word": ("got str", b"digits\n"),
    "a number": ("got int", b"42\n"),
    "two documents": ("not readable as YAML", b"name: a\n---\nname: b\n"),
    "billion laughs": ("aliases are not allowed", LAUGHS.encode()),
    "an alias of itself": ("aliases are not allowed", b"a: &a [*a]\n"),
    "an alias as a key": ("aliases are not allowed", b"a: &x name\n*x : b\n"),
    "a merge key": ("not readable as YAML", b"<<: {name: a}\nseed: 1\n"),
    "a merge of an alias": ("aliases are not allowed", b"a: &a {name: b}\n<<: *a\n"),
    "a key twice": ("key 'name' stands twice", b"name: a\nname: b\n"),
    "a key twice, once quoted": ("key 'name' stands twice", b'name: a\n"name": b\n'),
    "a number as key": ("is not text", b"1: a\n"),
    "true as key": ("is not text", b"yes: a\n"),
    "nothing as key": ("is not text", b"~: a\n"),
    "a list as key": ("is not text", b"? [a, b]\n: c\n"),
    "a mapping as key": ("is not text", b"? {a: b}\n: c\n"),
    "a date as key": ("is not text", b"2026-11-27: a\n"),
    "nested a hundred thousand deep": ("not readable as YAML", b"name: " + b"[" * 100_000),
    "mappings ten thousand deep": ("not readable as YAML", b"{a: " * 10_000),
    "indented two thousand deep": ("", b"".join(b" " * i + b"a:\n" for i in range(1_400))),
    "half a list": ("not readable as YAML", b"name: [a, b\n"),
    "half a text": ("not readable as YAML", b'name: "a\n'),
    "tabs": ("not readable as YAML", b"name:\n\t- a\n"),
    "a zero byte": ("not readable as YAML", b"name: a\0b\n"),
    "a bell": ("not readable as YAML", b"name: \x07\n"),
    "an escape": ("not readable as YAML", b"name: \x1b[2J\n"),
    "Latin-1": ("wanted a readable UTF-8 text", b"name: caf\xe9\n"),
    "UTF-16": ("wanted a readable UTF-8 text", "name: a\n".encode("utf-16")),
    "UTF-16 without a mark": ("not readable as YAML", "name: a\n".encode("utf-16-le")),
    "UTF-32": ("wanted a readable UTF-8 text", "name: a\n".encode("utf-32")),
    "a picture": ("wanted a readable UTF-8 text", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    "an archive": ("", b"PK\x03\x04" + bytes(64)),
    "over a megabyte": ("wanted a text under 1 MB", b"# " + b"x" * 1_000_001),
    "half a character of a pair": ("not readable as YAML", b'name: "\\ud800"\n'),
    "five thousand digits": ("not readable as YAML", b"seed: " + b"9" * 5000 + b"\n"),
    "an unknown directive": ("got list", b"%FOO bar\n--- []\n"),
    "a version of the future": ("not readable as YAML", b"%YAML 9.9\n---\nname: a\n"),
    "a page": ("", b"<!DOCTYPE html><title>Sign in</title>\n"),
}


def write(content: bytes, name: str, folder: Path) -> Path:
    """A file of these bytes."""
    (folder / name).write_bytes(content)
    return folder / name


def tagged(key: str, tag: str, rest: str, folder: Path) -> Path:
    """A page with a tag at a key, told where the marker would be."""
    head = "%TAG !e! tag:yaml.org,2002:python/object/apply:\n---\n" if tag.startswith("!e!") else ""
    value = tag.format(marker=folder / MARKER)
    return write(f"{head}{rest}{key}: {value}\n".encode(), "page.yaml", folder)


def _folder(folder: Path) -> Path:
    (folder / "page.yaml").mkdir()
    return folder / "page.yaml"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "page.yaml")
    return folder / "page.yaml"


def _loop(folder: Path) -> Path:
    (folder / "page.yaml").symlink_to("page.yaml")
    return folder / "page.yaml"


def _device(folder: Path) -> Path:
    (folder / "page.yaml").symlink_to("/dev/zero")
    return folder / "page.yaml"


def _sparse(folder: Path) -> Path:
    with (folder / "page.yaml").open("wb") as file:
        file.truncate(2**40)
    return folder / "page.yaml"


NO_FILES: dict[str, Callable[[Path], Path]] = {
    "a folder": _folder,
    "a pipe": _pipe,
    "a ring of links": _loop,
    "a device behind a link": _device,
    "a file that is not there": lambda folder: folder / "page.yaml",
    "a path with a zero byte": lambda folder: folder / "a\0b.yaml",
    "a path that clears the screen": lambda folder: folder / "\x1b[2J.yaml",
    "a path of 300 characters": lambda folder: folder / ("p" * 300),
}


def case(what: str, text: str | bytes, because: str = "", expected: Expected = "refused") -> Case:
    """A page of this text."""
    content = text.encode() if isinstance(text, str) else text
    return Case(what, functools.partial(write, content, "page.yaml"), expected, because)


def broken(kind: str, key: str, rest: str) -> list[Case]:
    """What is refused alike as a spec and as a policy.

    Args:
        kind: "spec" or "policy", how its messages call it.
        key: one at which a tag stands.
        rest: lines around it that are right.
    """
    return [
        *(case(f"{kind}: {what}", content, why) for what, (why, content) in BROKEN.items()),
        *(
            Case(f"{kind}: tag, {what}", functools.partial(tagged, key, tag, rest), "refused", "not readable as YAML")
            for what, tag in TAGS.items()
        ),
        *(Case(f"{kind}: {what}", build, "refused", f"no {kind} file") for what, build in NO_FILES.items()),
        Case(f"{kind}: a terabyte of nothing", _sparse, "refused", "wanted a text under 1 MB"),
    ]
