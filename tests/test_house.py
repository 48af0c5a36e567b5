"""Rules of the house that a machine can check: sizes, layers, what start-up may import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "shiftprobe"
FILES = sorted(SOURCE.rglob("*.py"))
PACKAGES = [
    "version",
    "core",
    "metrics",
    "stats",
    "spec",
    "results",
    "why",
    "paper",
    "data",
    "shifts",
    "locate",
    "preview",
    "models",
    "train",
    "repairs",
    "probes",
    "engine",
    "diagnosing",
    "auditing",
    "report",
    "api",
    "testing",
    "cli",
    "__init__",
    "__main__",
]  # an import may only point to an earlier one, or stay within its own
PAGES = [
    "run",
    "audit",
    "calibrate",
    "side_by_side",
    "figures",
    "locate",
]  # of the report: each builds on `kit` and on no other
TORCH_FREE = ["version", "core", "metrics", "stats", "spec", "results", "why", "paper", "report", "api", "cli"]
LONG = {"results/model.py": 410}  # one module of typed results on purpose: a key is spelled in one place
TWICE = {"Start": "an arm's and an executor's: neither package knows the other"}  # class names in two modules
PLAIN = r"/(reading|files|schema|\w+_file)\.py$"  # may hold plain mappings: they read or write JSON, or a schema
HEAVY = ("torch", "numpy", "albumentations", "pydantic")


def package(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def of_type_checking(tree: ast.Module) -> set[ast.AST]:
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {inner for block in blocks for inner in ast.walk(block)}


@cache
def parsed(path: Path) -> ast.Module:
    """Read once for all rules; nobody changes it."""
    return ast.parse(path.read_text("utf-8"))


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_files_and_functions_stay_small() -> None:
    sizes = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > LONG.get(name, 250)} == {}
    assert [
        f"{name_of(path)}: {name} is over 40 lines" for path in FILES for name in long_functions(parsed(path))
    ] == []


def long_functions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            if (node.end_lineno or 0) - first.lineno >= 40:
                yield node.name


def test_imports_only_point_back() -> None:
    assert {package(path) for path in FILES} - set(PACKAGES) == set(), "give it a place in PACKAGES"
    assert [f"{name_of(path)} imports {name}" for path in FILES for name in later(path)] == []


def later(path: Path) -> Iterator[str]:
    """What a file imports of packages that stand after its own."""
    here = package(path)
    for name in imports(parsed(path)) if here not in {"__init__", "__main__"} else ():
        parts = name.split(".")
        known = parts[0] == "shiftprobe" and len(parts) > 1 and parts[1] in PACKAGES
        if known and PACKAGES.index(parts[1]) > PACKAGES.index(here):
            yield name


def test_these_never_import_torch() -> None:
    free = [path for path in FILES if package(path) in TORCH_FREE]
    assert {package(path) for path in free} == set(TORCH_FREE)
    for path in free:
        allowed = of_type_checking(parsed(path))
        for node in ast.walk(parsed(path)):
            if node not in allowed and isinstance(node, ast.Import | ast.ImportFrom):
                roots = {name.split(".")[0] for name in imports(node)}
                assert not roots & {"torch", "torchvision"}, name_of(path)


def test_no_assert_and_no_print() -> None:
    for path in FILES:
        for node in ast.walk(parsed(path)):
            assert not isinstance(node, ast.Assert), name_of(path)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", name_of(path)


def test_importing_the_package_is_light() -> None:
    code = f"import sys, shiftprobe.cli; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_pages_share_the_kit_and_nothing_else() -> None:
    for path in sorted((SOURCE / "report").rglob("*.py")):
        here = path.relative_to(SOURCE / "report").parts[0]
        allowed = {"kit"} if here == "kit" else {"kit", here} if here in PAGES else {"kit", *PAGES}
        for name in imports(parsed(path)):
            parts = name.split(".")
            if parts[:2] == ["shiftprobe", "report"] and len(parts) > 2 and parts[2] in {"kit", *PAGES}:
                assert parts[2] in allowed, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("page", ["kit", *PAGES])
def test_templates_of_a_page_lie_in_its_folder_or_in_the_kit(page: str) -> None:
    for file in (SOURCE / "report" / page).glob("*.html"):
        for folder in re.findall(r'{%-? *(?:include|from|extends) "(\w+)/', file.read_text()):
            assert folder in {"kit", page}, f"{file.name} takes a template of {folder}"


def test_no_module_lies_at_the_root_but_the_front_door() -> None:
    assert {path.stem for path in SOURCE.glob("*.py")} == {"__init__", "__main__", "version"}


def test_a_class_name_stands_in_one_module() -> None:
    homes: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(SOURCE)))
    assert {name for name, files in homes.items() if len(files) > 1} == set(TWICE)


def test_plain_mappings_stand_only_in_files_that_read_or_write() -> None:
    counts = {str(path.relative_to(SOURCE)): path.read_text("utf-8").count("[str, Any]") for path in FILES}
    assert {place for place, count in counts.items() if count and not re.search(PLAIN, f"/{place}")} == set()
    assert sum(counts.values()) <= 25
