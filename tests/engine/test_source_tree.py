"""What a file does, told from its text: words for readers count for nothing, everything else does."""

import ast
from pathlib import Path

import pytest

from shiftprobe.engine.source_tree import find_module, fingerprint, reached, registered

CODE = '''"""What it is."""

from shiftprobe.core.errors import DataError

LIMIT = 3  # images
"""How many."""


def check(count: int) -> int:
    """The count itself.

    Raises:
        DataError: when it is large.
    """
    if count > LIMIT:
        raise DataError(f"wanted at most {LIMIT}, got {count}; take fewer")
    return count


ARMS.add(Arm(name="mine", about="my own", rate=0.5))
ARMS.add(Arm("other", rate=0.25))
'''


def of(text: str, *things: str) -> str:
    return fingerprint(text.encode(), frozenset(things))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # images", ""),
        ('"""What it is."""', '"""What it was."""'),
        ('"""How many."""', ""),
        ('"""The count itself.', '"""A count.'),
        ("; take fewer", "; take less"),
        ("wanted at most", "wanted up to"),
        ('about="my own"', 'about="a way of my own"'),
        ("LIMIT = 3", "LIMIT  =  (3)"),
    ],
)
def test_words_and_looks_move_nothing(old: str, new: str) -> None:
    assert old in CODE
    assert of(CODE.replace(old, new), "mine") == of(CODE, "mine")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 7"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("count > LIMIT", "count >= LIMIT"),
        ("DataError(f", "RunError(f"),
        ("got {count};", "got {LIMIT};"),
        ("return count", "return -count"),
        ("rate=0.5", "rate=0.75"),
        ("core.errors", "core.types"),
    ],
)
def test_what_it_does_moves_it(old: str, new: str) -> None:
    assert old in CODE
    assert of(CODE.replace(old, new), "mine") != of(CODE, "mine")


def test_what_registers_another_thing_counts_for_that_thing_alone() -> None:
    changed = CODE.replace("rate=0.25", "rate=0.125")
    assert of(changed, "mine") == of(CODE, "mine")
    assert of(changed) == of(CODE)
    assert of(changed, "other") != of(CODE, "other")


def test_the_name_of_a_thing_is_read_from_its_registration() -> None:
    names = [registered(node) for node in ast.parse(CODE).body]
    assert [name for name in names if name] == ["mine", "other"]
    assert registered(ast.parse("ARMS.add(mine)").body[0]) is None
    assert registered(ast.parse("kept.add(Arm('mine'))").body[0]) is None


HANDED_ON = ("from shiftprobe.tools.single import one", "from shiftprobe.tools.double import two", "THREE = 3", "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A package of ours: `run` reaches `tools.one` through what `tools` hands on, and `late` inside a function."""
    root = tmp_path / "shiftprobe"
    files = {
        "run.py": "from shiftprobe.tools import one\n\ndef go():\n    from shiftprobe.late import now\n",
        "late.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shiftprobe import nouns\n",
        "nouns.py": "",
        "unused.py": "from shiftprobe.run import go\n",
        "tools/__init__.py": "\n".join(HANDED_ON),
        "tools/single.py": "one = 1\n",
        "tools/double.py": "two = 2\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def names(root: Path, *asked: str) -> list[str]:
    return [module.name for module in reached(root, asked)]


def test_imports_are_followed_inside_functions_and_for_types(tree: Path) -> None:
    assert names(tree, "run") == ["late", "nouns", "run", "tools.single"]


def test_a_name_of_the_package_itself_reaches_the_package(tree: Path) -> None:
    (tree / "third.py").write_text("from shiftprobe.tools import THREE\n")
    assert names(tree, "third") == ["third", "tools", "tools.double", "tools.single"]


def test_what_nothing_imports_is_not_reached_and_no_name_is_no_module(tree: Path) -> None:
    assert "unused" not in names(tree, "run", "nothing")
    assert find_module(tree, "nothing") is None
    assert find_module(tree, "") is None
