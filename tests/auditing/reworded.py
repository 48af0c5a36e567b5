"""The facts of some audits; in a process of its own, with every sentence of the code that makes them in other words.

A constant is a sentence when it holds a blank and is no fact: no literal of a type, no address of a random stream.
"""

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

REWORDED = ("shiftprobe.auditing.", "shiftprobe.stats.")
KEPT = ("shiftprobe.auditing.policy", "shiftprobe.auditing.types", "shiftprobe.auditing.request")


def reworded(tree: ast.Module, facts: set[str]) -> ast.Module:
    """The same code with other sentences."""
    kept = set()
    for node in ast.walk(tree):
        addresses = isinstance(node, ast.Call) and "seeding" in ast.unparse(node.func)
        if addresses or (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"):
            kept |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in kept:
            node.value = node.value if " " not in node.value or node.value in facts else f"{node.value[::-1]} zz"
    return tree


class Loader(SourceFileLoader):
    """Compiles a module with other sentences."""

    def get_code(self, fullname: str) -> Any:
        from shiftprobe.auditing.types import ORDER, Outcome
        from shiftprobe.models.own_preprocess import PreprocessOrigin

        facts = {*ORDER, *get_args(PreprocessOrigin), *get_args(Outcome), "at least", "at most"}
        tree = ast.parse(self.get_data(self.get_filename(fullname)))
        return compile(reworded(tree, facts), self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules whose sentences are exchanged."""

    def find_spec(self, name: str, path: Any, _target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path)
        if spec and spec.origin and name.startswith(REWORDED) and not name.startswith(KEPT):
            spec.loader = Loader(name, spec.origin)
        return spec


def numbers(value: Any) -> Any:
    """What is no text, in its place; of text only whether there is any."""
    if isinstance(value, dict):
        return {key: numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [numbers(one) for one in value]
    return bool(value) if isinstance(value, str) else value


def audits() -> Iterator[Any]:
    """Evidence of a target with and without labels, of a loss, and of a preprocessing that was guessed."""
    import numpy as np
    from tests.auditing.trained import train

    from shiftprobe.auditing.estimate.on_target import estimated
    from shiftprobe.auditing.evidence import Baseline, Paired
    from shiftprobe.auditing.preprocessing import chosen_preprocess
    from shiftprobe.auditing.request import CheckpointRequest
    from shiftprobe.models.sizes import Sizes

    one, light = train(epochs=1), {"attribution": {"level": "off"}, "preprocessing": {"level": "off"}}
    for labelled in (True, False):
        made = one.with_target(labelled=labelled, policy=light)
        yield replace(made, estimate=estimated(made))
    right = np.ones(len(one.data), np.bool_)
    paired = Paired(right=right, index=np.arange(len(right)), lost=0)
    yield one.evidence(baseline=Baseline(name="old", fingerprint="0", sides={"data": paired}), policy=light)
    images, wanted = one.data.bundle, CheckpointRequest(checkpoint="gone.pt")
    chosen = chosen_preprocess(wanted, None, "small_cnn", sizes=Sizes(10, 1, 3), images=images)
    told = replace(one.subject.facts, preprocess_from=chosen.told)
    made = one.prepared(chosen.preprocess, policy={"shifts": []})
    yield replace(made, subject=replace(made.subject, facts=told, preprocess_origin=chosen.origin))


def facts() -> Any:
    """Everything that these audits find but for its wording, and whether a fix speaks of the guess."""
    from shiftprobe.auditing.checks.accuracy import accuracy
    from shiftprobe.auditing.model import together
    from shiftprobe.auditing.perform import answers
    from shiftprobe.auditing.run_repairs import run_repairs
    from shiftprobe.auditing.verdict import ordered, outcome
    from shiftprobe.core.monitor import Silent

    found = []
    for evidence in audits():
        parts = answers(evidence, Silent())
        checks = ordered([check for part in parts for check in part.checks])
        shown = together(part.shown for part in parts)
        facts_given = replace(evidence.subject.facts, preprocess_from="given")
        subject = replace(evidence.subject, preprocess_origin="given", facts=facts_given)
        given = replace(evidence, subject=subject)
        found.append(
            {
                "verdict": outcome(checks),
                "checks": [(one.name, one.status, one.relation, numbers(asdict(one))) for one in checks],
                "best": shown.preprocessing.best is not None if shown.preprocessing else None,
                "shown": numbers(asdict(shown)),
                "repairs": numbers(
                    [asdict(one) for one in run_repairs(evidence, preprocessing=shown.preprocessing).repairs]
                ),
                "suspects": accuracy(evidence).checks[0].fix != accuracy(given).checks[0].fix,
            }
        )
    return json.loads(json.dumps(found))


def tell(answer: Path) -> None:
    """Write the facts that are found in other words; in a process of its own, whose modules of ours are read anew."""
    for name in [
        name for name in sys.modules if name.split(".")[0] == "shiftprobe" or name == "tests.auditing.trained"
    ]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder())
    import shiftprobe.auditing.verdict as made

    assert made.sentence([]).endswith(" zz")
    answer.write_text(json.dumps(facts()))
