"""What our own code may call: nothing in it unpickles, evaluates, or hands text to a shell."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "shiftprobe"
NEVER_IMPORTED = {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "pty", "code", "codeop"}
NEVER_CALLED = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.spawnv", "subprocess.getoutput",
    "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter", "torch.serialization.add_safe_globals",
    "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "pandas.read_pickle", "runpy.run_path",
}  # fmt: skip
RUNS_CODE = {"importlib.import_module", "place.loader.exec_module", "entry.load"}
MAY_RUN_CODE = {  # our own modules and libraries, what is installed, and what the user allowed by --allow-code
    "auditing/checks/__init__.py", "auditing/repairs/__init__.py", "data/__init__.py", "metrics/perceptual.py",
    "models/build.py", "engine/plugins.py", "probes/__init__.py", "repairs/interventions/__init__.py",
    "shifts/__init__.py", "shifts/base.py", "train/arms/__init__.py",
}  # fmt: skip


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [(p.relative_to(SOURCE).as_posix(), ast.parse(p.read_text())) for p in sorted(SOURCE.rglob("*.py"))]


@cache
def calls() -> list[tuple[str, str, dict[str, str]]]:
    """Every call: the file, what is called, its keywords."""
    return [
        (name, ast.unparse(node.func), {word.arg or "**": ast.unparse(word.value) for word in node.keywords})
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


OURS = ("engine/cluster/tasks.py", "pickle")
"""Bytes that the command itself hands to its workers; whoever may write to a cluster runs code there anyway."""


def test_nothing_that_unpickles_is_imported() -> None:
    found = [(name, what) for name, tree in trees() for what in imported(tree) if what in NEVER_IMPORTED]
    assert found == [OURS]


def test_nothing_that_runs_text_is_called() -> None:
    assert [(name, what) for name, what, _ in calls() if what in NEVER_CALLED] == []


def test_no_shell_no_remote_code_no_pickled_arrays() -> None:
    unsafe = {"shell": "True", "allow_pickle": "True", "trust_remote_code": "True", "weights_only": "False"}
    assert [(name, what) for name, what, words in calls() if words.items() & unsafe.items()] == []


def test_weights_are_loaded_at_one_place_and_safely() -> None:
    loads = [
        (name, words) for name, what, words in calls() if what in {"torch.load", "load"} and name.startswith("models")
    ]
    loads += [(name, words) for name, what, words in calls() if what == "torch.load" and not name.startswith("models")]
    assert loads == [("models/formats/checkpoint.py", {"weights_only": "True", "map_location": "'cpu'"})]


def test_yaml_is_loaded_at_one_place_with_our_loader() -> None:
    loads = [(name, words) for name, what, words in calls() if what in {"yaml.load", "yaml.safe_load"}]
    assert loads == [("spec/loading.py", {"Loader": "_Loader"})]


def test_other_peoples_code_runs_at_known_places_alone() -> None:
    assert {name for name, what, _ in calls() if what in RUNS_CODE} <= MAY_RUN_CODE
