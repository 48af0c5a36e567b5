"""The files that CONTRIBUTING tells a newcomer to write keep the promises that it names.

An example is a block of Python whose first line is the path of its file.
"""

import ast
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.conftest import Command
from tests.why.made_up import arm, summed

import shiftprobe
from shiftprobe import testing
from shiftprobe.auditing.checks import QUESTIONS
from shiftprobe.auditing.repairs import REPAIRS
from shiftprobe.data import ORIGINS
from shiftprobe.engine.executors import EXECUTORS, Demand
from shiftprobe.engine.executors.base import suited
from shiftprobe.probes import PROBES
from shiftprobe.shifts import SHIFTS
from shiftprobe.testing import (
    check_arm,
    check_check,
    check_executor,
    check_origin,
    check_probe,
    check_repair,
    check_shift,
    toy_evidence,
)
from shiftprobe.train.arms import ARMS
from shiftprobe.why.run_facts import RunFacts

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES: dict[str, str] = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))
TEMPLATES: dict[str, str] = dict(re.findall(r"```html\n\{# (\S+) #\}\n(.*?)```", TEXT, re.DOTALL))
RULE, SECTION, OPTION = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def as_module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The example of a file as an imported module; its entry leaves the registry with the test."""
    kinds: tuple[Any, ...] = (SHIFTS, PROBES, ARMS, ORIGINS, EXECUTORS, QUESTIONS, REPAIRS)
    before = [(kind, dict(kind._items)) for kind in kinds]
    module = ModuleType("example")
    sys.modules["example"] = module
    exec(EXAMPLES[request.param], module.__dict__)  # noqa: S102 - our own documentation
    yield module
    del sys.modules["example"]
    for kind, items in before:
        kind._items = items


def of(path: str) -> pytest.MarkDecorator:
    """The test of one example."""
    return pytest.mark.parametrize("as_module", [f"src/shiftprobe/{path}"], indirect=True, ids=[path])


def test_every_block_names_its_file_and_a_file_that_is_not_there_yet() -> None:
    assert (len(EXAMPLES), len(TEMPLATES)) == (TEXT.count("```python"), TEXT.count("```html"))
    for path in EXAMPLES | TEMPLATES:
        assert (ROOT / path).parent.is_dir()
        assert not (ROOT / path).exists()
    assert all(ast.get_docstring(ast.parse(text)) for text in EXAMPLES.values())


def test_every_contract_is_named() -> None:
    contracts = [name for name in testing.__all__ if name.startswith("check_")]
    assert [name for name in contracts if name not in TEXT] == []


@of("shifts/vignette.py")
@pytest.mark.usefixtures("as_module")
def test_the_shift_of_the_example() -> None:
    check_shift(SHIFTS["vignette"])


@of("probes/confidence.py")
@pytest.mark.usefixtures("as_module")
def test_the_probe_of_the_example() -> None:
    check_probe(PROBES["confidence"], toy_evidence(scope="arms"))


@of("train/arms/halfway.py")
@pytest.mark.usefixtures("as_module")
def test_the_arm_of_the_example() -> None:
    check_arm(ARMS["halfway"])


@of("data/npz.py")
@pytest.mark.usefixtures("as_module")
def test_the_origin_of_the_example(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 9, 8, 3), np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(5) % 2, classes=np.array(["cat", "dog"]))
    check_origin(ORIGINS["npz"], "npz:mine.npz", tmp_path)
    np.testing.assert_array_equal(ORIGINS["npz"].load("mine.npz", tmp_path).images[3], images[3])


@of("auditing/checks/unsure.py")
@pytest.mark.usefixtures("as_module")
def test_the_audit_check_of_the_example() -> None:
    check_check(QUESTIONS["unsure"])


@of("auditing/repairs/prior.py")
@pytest.mark.usefixtures("as_module")
def test_the_repair_of_the_example() -> None:
    check_repair(REPAIRS["prior"])


@of("engine/executors/timed.py")
@pytest.mark.usefixtures("as_module")
def test_the_executor_of_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    check_executor(EXECUTORS["timed"].start)
    demand = Demand(workers=2, device="cpu", in_memory=False)
    assert suited(demand).name == "processes"
    monkeypatch.setenv("TIMED", "yes")
    assert suited(demand).name == "timed"


def applied(diff: str, root: Path) -> None:
    """Each piece is found as it stands, once, and replaced."""
    for piece in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
        name, *lines = piece.splitlines()
        old, new = ("\n".join(line[1:] for line in lines if line[0] in kept) + "\n" for kept in (" -", " +"))
        path = root / name
        assert path.read_text().count(old) == 1, f"{name} no longer holds what CONTRIBUTING says to change: {old}"
        path.write_text(path.read_text().replace(old, new))


TRAINING = """
from pathlib import Path

from shiftprobe import data
from shiftprobe.engine.executors.threads import limited
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.recipes import Situation, resolve
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

digits = data.load("digits:uci", Path())
preprocess = Preprocess.fit(digits.images[:40])
some = Labelled(preprocess.images(digits.images[:40]), digits.labels[:40])
for more in {keys}:
    model = build("small_cnn", classes=10, channels=1, size=8, seed=0)
    train = load_spec("digits", {{"train.epochs": 1, **more}}).train
    digits_like = Situation(family="convolutional", easy=True, pretrained=False, images=40)
    with limited(1):
        fit(model, some, preprocess, resolve(train, "scratch", digits_like), seed=0, device="cpu")
    print(state_digest(model.state_dict()))
"""


def digests(root: Path, keys: list[dict[str, float]]) -> list[str]:
    command = [sys.executable, "-c", TRAINING.format(keys=keys)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=True, cwd=root, env={"PYTHONPATH": str(root)}
    )
    return done.stdout.split()


def test_the_training_option_of_the_example_leaves_every_byte_until_it_is_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, copy = Path(shiftprobe.__file__).parent, tmp_path / "src" / "shiftprobe"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    applied(OPTION, tmp_path)
    exec(TRAINING.format(keys=[{}]), {})  # noqa: S102 - in this process, which has imported torch
    before = capsys.readouterr().out.split()
    default, same, some = digests(copy.parent, [{}, {"train.eps": 1e-8}, {"train.eps": 0.1}])
    assert len(before) == 1
    assert [default, same] == before * 2
    assert some != default


@pytest.mark.slow  # by default `engine/test_plugins.py` runs a shift beside a spec
def test_the_shift_of_the_example_works_unchanged_beside_a_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shiftprobe_command: Command
) -> None:
    """In a process of its own: what a plugin registers stays for the life of one."""
    (tmp_path / "vignette.py").write_text(EXAMPLES["src/shiftprobe/shifts/vignette.py"])
    check = "import vignette; from shiftprobe.shifts import SHIFTS; from shiftprobe.testing import check_shift\n"
    check += "check_shift(SHIFTS['vignette'])"
    assert check in TEXT
    subprocess.run([sys.executable, "-c", check], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "my.yaml").write_text(
        "target: {data: 'digits:uci', budgets: [40]}\nsource: {data: 'digits:mnist'}\nplugins: [vignette.py]\n"
        "shifts: [vignette, vignette+gaussian_noise]\n"
    )
    monkeypatch.chdir(tmp_path)
    done = shiftprobe_command("sweep", "my.yaml", "--allow-code", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "todo  vignette+gaussian_noise~1.0" in done.stdout


def changed(tmp_path: Path, difference: str, *files: str) -> Path:
    """A copy of the package with the files of an example in it and its lines placed."""
    copy = tmp_path / "src" / "shiftprobe"
    shutil.copytree(Path(shiftprobe.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file in files:
        (tmp_path / file).write_text((EXAMPLES | TEMPLATES)[file])
    applied(difference, tmp_path)
    return copy.parent


def test_the_section_of_the_example_stands_on_the_page(tmp_path: Path) -> None:
    with tarfile.open(ROOT / "tests" / "fixtures" / "folders-of-november-2026.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    files = ("src/shiftprobe/report/run/spread.py", "src/shiftprobe/report/run/spread.html")
    root = changed(tmp_path, SECTION, *files)
    command = [sys.executable, "-m", "shiftprobe", "report", str(tmp_path / "run")]
    subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=tmp_path, env={"PYTHONPATH": str(root)})
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.count('<section id="spread"') == 1
    assert re.search(r"<li>transfer: [\d.]+ \([\d.]+\) %, n = 2 seeds</li>", re.sub(r"</?a[^>]*>", "", page))


def test_the_rule_of_the_example_has_its_place_and_speaks_where_images_are_few(tmp_path: Path) -> None:
    root = changed(tmp_path, RULE, "src/shiftprobe/why/few_images.py")
    code = "from shiftprobe.why.explain import RULES; print(*(one.__name__ for one in RULES))"
    command, environment = [sys.executable, "-c", code], {"PYTHONPATH": str(root)}
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=environment)
    assert told.stdout.split()[-3:] == ["reused", "few_images", "too_little"]
    module = ModuleType("few_images")
    exec(EXAMPLES["src/shiftprobe/why/few_images.py"], module.__dict__)  # noqa: S102 - our own documentation
    rows, summary = summed([*arm("transfer", 0.95, 0.93, 0.96), *arm("scratch", 0.94, 0.945, 0.945)])
    assert summary.verdict.word == "inconclusive"
    few, many = (
        RunFacts.of(
            rows, replace(summary, contrasts=(replace(summary.contrasts[0], image_low=-half, image_high=half),))
        )
        for half in (0.05, 0.005)
    )
    assert module.few_images(few).name == "few_images"
    assert module.few_images(many) is None
