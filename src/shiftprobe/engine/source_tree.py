"""Our own source, read as text: which files a module reaches by its imports, and a digest of what they do.

What a file does is its syntax tree without comments, docstrings, the texts of messages and of one-line descriptions.
Nothing is imported or run, so that asking costs no library.
"""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = "shiftprobe"
DESCRIPTIONS = {"about", "title", "help"}  # fields that hold words for a reader
EMPTY = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}  # fields that do nothing, or not in every Python


@dataclass(frozen=True, slots=True)
class SourceModule:
    """One module: its name below the package, and its file."""

    name: str  # "train.loop"; the name of a package stands for its __init__
    path: Path


def find_module(root: Path, name: str) -> SourceModule | None:
    """The module of that name; None where the package holds none.

    Args:
        root: the folder of the package.
        name: its name below the package, as "train.loop".
    """
    place = root.joinpath(*name.split("."))
    candidates = (place.with_suffix(".py"), place / "__init__.py") if name else ()
    return next((SourceModule(name, path) for path in candidates if path.is_file()), None)


@cache
def reached(root: Path, names: tuple[str, ...]) -> tuple[SourceModule, ...]:
    """These modules and all that they import, directly or not, inside functions and for types too; sorted by name.

    A name that a package merely hands on is followed to the module that defines it: what else the package holds
    counts for nothing. Who imports whom is read once per process; what files do is read anew.

    Args:
        root: the folder of the package.
        names: names below the package; one that does not exist counts for nothing.
    """
    found: dict[str, SourceModule] = {}
    todo = [module for name in names if (module := find_module(root, name))]
    while todo:
        module = todo.pop()
        if module.name in found:
            continue
        found[module.name] = module
        taken = _imports(module.path.read_bytes())
        todo += [one for where, name in taken if (one := _defining(root, where, name))]
    return tuple(found[name] for name in sorted(found))


@cache
def _imports(content: bytes) -> tuple[tuple[str, str], ...]:
    """Every name of ours that a file imports, wherever the statement stands."""
    return tuple(one for node in ast.walk(_parsed(content)) for one in _taken(node))


def _taken(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Where from and which, for every name that a statement imports from our package."""
    if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{PACKAGE}."):
        where = (node.module or "").removeprefix(PACKAGE).lstrip(".")
        yield from ((where, alias.name) for alias in node.names)


@cache
def _defining(root: Path, where: str, name: str) -> SourceModule | None:
    """The module that `from where import name` reaches."""
    inner, outer = find_module(root, f"{where}.{name}".lstrip(".")), find_module(root, where)
    if inner is not None or outer is None or outer.path.name != "__init__.py":
        return inner or outer
    place = next((place for place in _imports(outer.path.read_bytes()) if place[1] == name), None)
    return outer if place is None else _defining(root, *place)


@cache
def _parsed(content: bytes) -> ast.Module:
    return ast.parse(content)


@cache
def fingerprint(content: bytes, things: frozenset[str] = frozenset()) -> str:
    """SHA-256 of what a file does, in hex.

    Args:
        content: of the file.
        things: names of registered things that are asked about; statements that register others are left out.
    """
    kept = [node for node in _parsed(content).body if (name := registered(node)) is None or name in things]
    spelled: list[str] = []
    _spell(ast.Module(kept, []), spelled)
    return hashlib.sha256("".join(spelled).encode()).hexdigest()


def registered(node: ast.stmt) -> str | None:
    """The name of the thing that a statement registers, as `ARMS.add(Arm(name="mine", ...))`; None for any other."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(owner), "add"), [ast.Call() as thing])) if owner.isupper():
            named = [one.value for one in thing.keywords if one.arg == "name"] or thing.args[:1]
            if named and isinstance(named[0], ast.Constant) and isinstance(named[0].value, str):
                return named[0].value
    return None


def _spell(node: ast.AST, out: list[str], *, words: bool = True) -> None:
    """Append a syntax tree as text that is the same in every Python; with `words` False without the texts in it."""
    out.append(f"({type(node).__name__}")
    for field, value in ast.iter_fields(node):
        if field in EMPTY or _is_description(node, field):
            continue
        out.append(f" {field}:")
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, ast.AST):
                if not (field == "body" and _is_text(one)) and not _describes(one):
                    _spell(one, out, words=words and not isinstance(node, ast.Raise))
            elif words or not isinstance(one, str) or not isinstance(node, ast.Constant):
                out.append(f" {one!r}")
    out.append(")")


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, of a module, a class, a function or a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _describes(node: ast.AST) -> bool:
    """Whether an argument is a description for a reader."""
    return isinstance(node, ast.keyword) and node.arg in DESCRIPTIONS


def _is_description(node: ast.AST, field: str) -> bool:
    """Whether a value is the description that a class gives."""
    return field == "value" and isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in DESCRIPTIONS
