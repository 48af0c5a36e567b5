"""Every checkpoint of the catalogue gets the answer it should, and nothing in any of them runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from tests.conftest import Command
from tests.hostile import opcodes as op
from tests.hostile.cases import Answer, Case, answered, fault, rows
from tests.hostile.checkpoints import CHECKPOINTS, FAMILIES, LIVE, counts
from tests.hostile.documented import table
from tests.hostile.model import weights
from tests.hostile.payloads import MARKER
from typer.testing import CliRunner

from shiftprobe import data
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.cli import app
from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.build import build
from shiftprobe.models.class_names import class_names
from shiftprobe.models.formats.checkpoint import load_state

ROOT = Path(__file__).parents[2]
SECONDS = 5
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}


def python(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "ignore", "-m", f"tests.hostile.{module}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=500, cwd=ROOT, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All answers, from one process that would die of a bomb."""
    done = python("answer", str(tmp_path_factory.mktemp("checkpoints") / "all"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(CHECKPOINTS), f"died at {CHECKPOINTS[len(lines)].name}: {done.returncode} {done.stderr}"
    return lines


def test_each_is_answered_in_one_line_as_the_catalogue_says(asked: list[dict[str, Any]]) -> None:
    faults = [fault(CHECKPOINTS[line["place"]], Answer(*line["answer"])) for line in asked]
    assert [found for found in faults if found] == []


def test_nothing_in_them_runs(asked: list[dict[str, Any]]) -> None:
    assert [CHECKPOINTS[line["place"]].name for line in asked if line["marker"]] == []


def test_none_takes_long(asked: list[dict[str, Any]]) -> None:
    assert {CHECKPOINTS[line["place"]].name: line["seconds"] for line in asked if line["seconds"] > SECONDS} == {}


def test_refusals_never_advise_to_switch_safety_off(asked: list[dict[str, Any]]) -> None:
    words = ("weights_only", "safe_globals", "Traceback")
    assert [line["answer"][1] for line in asked if any(word in line["answer"][1] for word in words)] == []


@pytest.mark.slow
def test_the_payloads_are_live(asked: list[dict[str, Any]]) -> None:
    """Loaded without care, each makes its marker: the catalogue would notice if one of ours ran."""
    live = [line["path"] for line in asked if CHECKPOINTS[line["place"]] in LIVE]
    done = python("careless", *live)
    assert (done.stdout, len(live)) == ("", len(LIVE)), done.stderr


def test_names_are_distinct_and_the_catalogue_is_large() -> None:
    assert len({case.name for case in CHECKPOINTS}) == len(CHECKPOINTS)
    assert counts()["refused"] >= 80
    assert counts()["accepted"] >= 15


def test_the_docs_count_them() -> None:
    assert table("Checkpoints") == rows(FAMILIES)


def chosen(*names: str) -> list[Case]:
    return [case for case in CHECKPOINTS if case.name in names]


@pytest.mark.parametrize(
    "case",
    chosen("runs code: os.system", "hidden in the weights of an old file", "NaN", "a zip bomb", "a pipe", "nothing"),
    ids=lambda case: case.name,
)
def test_the_command_line_says_one_line_and_writes_nothing(case: Case, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    path = case.build(tmp_path / "given")
    before = sorted(tmp_path.rglob("*"))
    flags = ["--out", str(tmp_path / "runs"), "--set", f"model.weights={path}"]
    done = CliRunner().invoke(app, ["sweep", str(tiny), *flags])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert case.because.replace("it unpacks to", "unpack to") in done.stderr  # sweep knows no model's size yet
    assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path / "given" / MARKER).exists()


@pytest.mark.parametrize(
    "case",
    chosen(
        "runs code: eval", "infinity", "a hundred small bombs", "a Git LFS pointer", "a name that clears the screen"
    ),
    ids=lambda case: case.name,
)
def test_audit_says_one_line_and_writes_nothing(case: Case, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    path = case.build(tmp_path / "given")
    before = sorted(tmp_path.rglob("*"))
    done = CliRunner().invoke(app, ["audit", str(path), "--data", "digits:uci", "--out", str(tmp_path / "audit")])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.strip().isprintable()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("shape", [(), (0,), (5,), (1, 1), (0, 0), (1, 1, 1, 1, 1), (8, 5, 3, 3)], ids=str)
@pytest.mark.parametrize("name", ["head.weight", "blocks.0.0.weight"])
@pytest.mark.parametrize("arch", ["small_cnn", None])
def test_a_weight_of_any_shape_is_met_in_one_line(
    name: str, shape: tuple[int, ...], arch: str | None, tmp_path: Path
) -> None:
    state = build("small_cnn", classes=10, channels=1, size=16, seed=0).state_dict()
    path = tmp_path / "w.pt"
    path.write_bytes(op.saved({**state, name: torch.zeros(shape)}))
    wanted = CheckpointRequest(checkpoint=str(path), arch=arch, classes="data")
    answer = answered(lambda _: subject(wanted, data.load("digits:uci", tmp_path)), path)
    assert answer.outcome == "refused", answer.text
    assert answer.text.isprintable()


@pytest.mark.parametrize(
    "names", [["\ud800", "b"], ["x" * 201, "b"], ["a", "a"], ["a", 1], {-1: "a"}, {10**12: "a"}, []]
)
def test_class_names_that_could_not_be_written_are_not_taken_over(names: Any) -> None:
    assert class_names(names) is None


def test_the_program_itself_does_the_same(shiftprobe_command: Command, tiny: Path, tmp_path: Path) -> None:
    path = chosen("runs code: subprocess.Popen")[0].build(tmp_path)
    done = shiftprobe_command("sweep", tiny, "--out", tmp_path / "runs", "--set", f"model.weights={path}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("shiftprobe: ")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["weights.pt"]


FORMS = {"zip": op.saved(weights()), "old": op.saved(weights(), new=False), "safetensors": save(weights())}


@given(draws=st.data())
@settings(max_examples=50, deadline=None)
def test_flipped_cut_and_glued_files_are_refused_or_read(tmp_path_factory: pytest.TempPathFactory, draws: Any) -> None:
    content = bytearray(FORMS[draws.draw(st.sampled_from(sorted(FORMS)))])
    head = draws.draw(st.sampled_from([16, 200, len(content)]))  # most of what can break stands at the beginning
    for _ in range(draws.draw(st.integers(1, 8))):
        content[draws.draw(st.integers(0, head - 1))] = draws.draw(st.integers(0, 255))
    glued = draws.draw(st.binary(max_size=8)) if draws.draw(st.booleans()) else b""
    path = tmp_path_factory.mktemp("fuzz") / "w.pt"
    path.write_bytes(content[: draws.draw(st.integers(1, len(content)))] + glued)
    answers_well(path)


OPCODES = (
    b"N",
    b"\x88",
    b")",
    b"]",
    b"}",
    b"(",
    b"t",
    b"\x85",
    b"\x86",
    b"R",
    b"b",
    b"s",
    b"u",
    b"a",
    b"e",
    b"Q",
    b"\x81",
)
NAMES = {
    "collections": ("OrderedDict", "Counter"),
    "torch": ("Tensor", "FloatTensor", "Size", "device", "float64"),
    "torch.storage": ("UntypedStorage", "TypedStorage"),
    "torch.nn.parameter": ("Parameter",),
    "torch._utils": ("_rebuild_tensor_v2", "_rebuild_parameter", "_rebuild_sparse_tensor", "_rebuild_qtensor"),
    "torch._tensor": ("_rebuild_from_type_v2",),
    "_codecs": ("encode",),
    "builtins": ("set", "complex"),
}
PARTS = (
    *OPCODES,
    *(op.name(module, name) for module, names in NAMES.items() for name in names),
    *(op.number(value) for value in (0, 3, -1, 2**40)),
    *(op.text(value) for value in ("w", "storage", "0", "hex", "keys")),
    *(b"q\x00", b"h\x00"),
    op.storage("0", 4),
    op.tensor(op.storage("0", 4), (2, 2), (2, 1)),
)


@given(parts=st.lists(st.sampled_from(PARTS), max_size=25))
@settings(max_examples=50, deadline=None)
def test_whatever_a_pickle_of_allowed_names_does(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    pickled = op.DICT + op.text("w") + b"".join(parts) + b"s"
    answers_well(op.zipped(tmp_path_factory.mktemp("fuzz") / "w.pt", pickled, {"0": op.floats(4)}))


def answers_well(path: Path) -> None:
    try:
        state = load_state(path, budget_bytes=2**26)
    except CheckpointError as error:
        assert str(error).isprintable()  # noqa: PT017 - most end here, not all
    else:
        assert all(torch.isfinite(value).all() for value in state.values())
