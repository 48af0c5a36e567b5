"""Exit code 1 is a failed audit's alone: every command is broken at every write, and ends as the table says."""

import functools
import io
import os
import re
import shutil
import tarfile
from pathlib import Path

import pytest
import typer
from tests.cli.breaking import FAULTS, OF_STREAMS, Breaking, broken, ended, places, whole
from tests.report import fake_audit

from shiftprobe.auditing.request import Request
from shiftprobe.auditing.verdicts_file import to_bytes
from shiftprobe.cli import exits
from shiftprobe.cli.terminal import audit, others
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.files import write_bytes, write_folder
from shiftprobe.core.folder_kinds import AUDIT
from shiftprobe.core.out_folder import held

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "folders-of-november-2026.tar.gz"
COMMANDS = functools.cache(typer.main.get_command)
TABLED = {0, 1, 2, 3, 4, 5, 6, 70, 130, 141, 143}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run made before."""
    folder = tmp_path_factory.mktemp("exits")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as the working folder, with nothing new in it; logs go elsewhere."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(made)
    shutil.rmtree(made / "new", ignore_errors=True)
    return made


@pytest.fixture(autouse=True)
def _built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands and flags are put together once: they take longer than what is tested."""
    monkeypatch.setattr("typer.main.get_command", COMMANDS)


@pytest.fixture
def failing_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit that writes its folder, prints, and fails, without a network."""
    found = fake_audit.typed(fake_audit.verdicts())

    def run(request: Request, format_: str, *, dry_run: bool, workers: int | None) -> int:
        assert request.out is not None
        assert (dry_run, workers) == (False, None)
        with held(request.out, AUDIT):
            write_folder(request.out / "looks" / "data" / "identity~0.0", {"logits.npy": b"0"}, {})
            write_bytes(request.out / "verdicts.json", to_bytes(found))
        tell("looked at")
        say(audit.printed(found, format_))
        return found.exit_code

    monkeypatch.setattr(audit, "run_audit", run)


AUDITED = ["audit", "model.pt", "--data", "photos", "--out", "new"]
QUICK: dict[str, tuple[list[str], int]] = {
    "version": (["--version"], 0),
    "help": (["--help"], 0),
    "usage": (["verdict"], 2),
    "refused": (["report", "nowhere"], 2),
    "verdict": (["verdict", "68.6 (1.0)", "68.5 (1.2)", "--n", "3"], 0),
    "list": (["list", "policies"], 0),
    "init": (["init", "new/spec.yaml"], 0),
    "predictions": (["predictions", "run"], 0),
    "methods": (["methods", "run", "--out", "new"], 0),
    "audit": (AUDITED, 1),
}
LONG: dict[str, tuple[list[str], int]] = {
    "report": (["report", "run", "--markdown", "new/pr.md"], 0),
    "figures": (["figures", "run", "--only", "dial"], 0),
    "methods in the run": (["methods", "run"], 0),
    "preview": (["preview", "--shift", "rotation", "--severity", "0,1", "--images", "1", "--out", "new"], 0),
}


def walk(words: list[str], code: int, most: int, here: Path) -> None:
    """Break a command at its writes, each fault at each of them."""
    for clean in (Breaking(), Breaking()):  # the first of a folder marks it
        shutil.rmtree(here / "new", ignore_errors=True)
        assert broken(words, clean)[0] == code
    for name, (error, wanted) in FAULTS.items():
        for at in places(len(clean.seen), most):
            shutil.rmtree(here / "new", ignore_errors=True)
            if name in OF_STREAMS and clean.seen[at] not in {"stdout", "stderr"}:
                continue
            breaking = Breaking(at=at, error=error)
            got, told = broken(words, breaking)
            where = f"{name} at {breaking.place}, write {at}"
            assert got in TABLED, where
            kept = breaking.place == "stderr" or code == 2  # a refusal stays one
            assert got in ({wanted, code} if kept else {wanted}), f"{where}: {got}, {told}"
            assert "Traceback" not in told, where
            assert whole(here / "new"), where


@pytest.mark.usefixtures("failing_audit")
@pytest.mark.parametrize("command", QUICK)
def test_no_write_that_fails_looks_like_a_failed_audit(command: str, here: Path) -> None:
    walk(*QUICK[command], 6, here)


@pytest.mark.slow
@pytest.mark.parametrize("command", LONG)
def test_no_write_of_the_long_commands_that_fails_does_either(command: str, here: Path) -> None:
    walk(*LONG[command], 40, here)


@pytest.mark.slow
def test_a_real_audit_that_fails_is_1_and_broken_anywhere_it_is_not(here: Path) -> None:
    import torch

    from shiftprobe.models.build import build

    untrained = build("small_cnn", classes=10, channels=1, size=28, seed=0)
    torch.save(untrained.state_dict(), here / "model.pt")
    (here / "policy.yaml").write_text("shifts: []\nseverities: []\nimages: 40\nrepairs: false\n")
    words = ["audit", "model.pt", "--data", "digits:mnist", "--classes", "data", "--policy", "policy.yaml"]
    walk([*words, "--size", "28", "--mean", "0.5", "--std", "0.5", "--out", "new"], 1, 6, here)


def full() -> io.TextIOWrapper:
    return open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123


def unread() -> io.TextIOWrapper:
    reading, writing = os.pipe()
    os.close(reading)
    return open(writing, "w", encoding="utf-8")  # noqa: PTH123


@pytest.mark.usefixtures("failing_audit")
def test_what_nobody_takes_is_no_success_and_no_failed_audit(here: Path) -> None:
    for words, code in QUICK.values():
        if code == 2:
            continue
        shutil.rmtree(here / "new", ignore_errors=True)
        told = io.StringIO()
        assert ended(words, stdout=full(), stderr=told) == 5, words
        assert told.getvalue().splitlines()[-1].startswith("shiftprobe: No space left on device; free some space")
        shutil.rmtree(here / "new", ignore_errors=True)
        assert ended(words, stdout=unread(), stderr=io.StringIO()) == 141, words


@pytest.mark.usefixtures("here", "failing_audit")
def test_messages_that_nobody_takes_move_no_code() -> None:
    for stream in (full, unread, lambda: None):
        for words, code in (QUICK["refused"], QUICK["audit"], QUICK["verdict"]):
            assert ended(words, stdout=io.StringIO(), stderr=stream()) == code


@pytest.mark.usefixtures("here", "failing_audit")
def test_a_terminal_without_our_letters_and_a_closed_one_move_no_code() -> None:
    for words, code in (QUICK["verdict"], QUICK["audit"], QUICK["help"]):
        told = io.TextIOWrapper(io.BytesIO(), "ascii")
        assert ended(words, stdout=told) == code
        told.seek(0)
        assert words[0] != "verdict" or "margin certified      \\xb1" in told.read()
        assert ended(words, stdout=None) == code


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_fault_of_our_own_is_70_where_its_log_cannot_be_written(
    debug: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("\udc80 planted")

    monkeypatch.setattr(others, "rebuild", fail)
    monkeypatch.setattr("tempfile.tempdir", str(here / "nowhere"))
    told = io.StringIO()
    assert ended(["report", "run", *debug], stdout=io.StringIO(), stderr=told) == 70
    assert "this is our fault, not yours (LookupError)" in told.getvalue()
    assert "LookupError: \\udc80 planted" in told.getvalue().encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SystemExit(1), 70),
        (SystemExit(143), 143),
        (KeyboardInterrupt(), 130),
        (EOFError(), 70),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:130] DefaultCPUAllocator: can't allocate memory: you tried"), 5),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory."), 5),
        (RecursionError(), 70),
        (PermissionError(13, "Permission denied", "x"), 5),
        (FileNotFoundError(2, "No such file or directory", "x"), 70),
    ],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.usefixtures("here")
def test_whatever_is_raised_has_a_code(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(others, "rebuild", fail)
    for debug in ([], ["--debug"]):
        words = ["report", "run", *debug]
        assert ended(words, stdout=io.StringIO(), stderr=io.StringIO()) == code


def test_every_code_is_in_the_table_that_help_shows() -> None:
    said = {int(one) for one in re.findall(r"\b\d+\b", exits.TABLE)}
    assert said == TABLED
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = re.findall(r"^\| ([\d /]+) \|", readme[readme.index("| exit code |") :], re.MULTILINE)
    assert {int(one) for row in rows for one in row.split(" / ")} == TABLED


def test_memory_that_ends_is_no_damaged_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import safetensors.torch
    import torch

    from shiftprobe.models.formats.checkpoint import load_checkpoint

    torch.save({"weight": torch.zeros(2)}, tmp_path / "a.pt")
    safetensors.torch.save_file({"weight": torch.zeros(2)}, tmp_path / "a.safetensors")
    for place in ("torch.load", "safetensors.torch.load", "zipfile.ZipFile.testzip"):
        with monkeypatch.context() as patch:
            patch.setattr(place, _no_memory)
            with pytest.raises(MemoryError):
                load_checkpoint(tmp_path / ("a.safetensors" if "safe" in place else "a.pt"))


def _no_memory(*_: object, **__: object) -> None:
    raise MemoryError
