import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from shiftprobe import cli
from shiftprobe.cli.terminal import runs
from shiftprobe.core.errors import BusyError, DataError, ResourceError
from shiftprobe.version import __version__

COMMANDS: dict[str, Any] = getattr(typer.main.get_command(cli.app), "commands")  # noqa: B009 - of an unnamed type
SWEEP = ["sweep", "digits"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_option_says_what_it_does(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    told = CliRunner().invoke(cli.app, [name, "--help"])
    assert told.exit_code == 0
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_the_command_alone_shows_its_help() -> None:
    told = CliRunner().invoke(cli.app, [])
    assert all(name in told.output for name in COMMANDS)


def test_the_version_is_one_line() -> None:
    assert CliRunner().invoke(cli.app, ["--version"]).output == f"shiftprobe {__version__}\n"


LIGHT = """
import sys
from shiftprobe.cli import app
try:
    app({arguments})
except SystemExit as end:
    heavy = ("torch", "albumentations", "cv2", "sklearn", "scipy", "pandas", "matplotlib")
    sys.exit(" ".join(name for name in heavy if name in sys.modules) or end.code)
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["sweep", "--help"], 0), (["--version"], 0), (["sweep", "--set", "trian.epochs=3"], 2)],
)
def test_help_and_a_misspelt_key_wait_for_no_library(arguments: list[str], code: int) -> None:
    command = [sys.executable, "-c", LIGHT.format(arguments=arguments)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == code, told.stderr


class Planted(Exception):  # noqa: N818 - a fault of our own, of any name
    """What should not happen."""


def planted(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(runs, "run_sweep", fail)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where log files go during a test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_fault_of_our_own_is_one_line_a_log_file_and_70(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, Planted("secret\nlines"))
    told = CliRunner().invoke(cli.app, SWEEP)
    assert told.exit_code == 70
    assert told.stdout == ""
    (log,) = logs.iterdir()
    assert told.stderr == f"shiftprobe: this is our fault, not yours (Planted); please report {log}\n"
    assert log.read_text().startswith("Traceback")
    assert "Planted: secret" in log.read_text()


@pytest.mark.parametrize(
    ("error", "code"),
    [(DataError("no images"), 2), (ResourceError("disk full"), 5), (BusyError("at work"), 6)],
)
def test_what_we_refuse_is_its_own_text_and_code(
    error: Exception, code: int, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, error)
    told = CliRunner().invoke(cli.app, SWEEP)
    assert (told.exit_code, told.stdout, told.stderr) == (code, "", f"shiftprobe: {error}\n")
    assert not list(logs.iterdir())


def test_an_interruption_says_that_the_work_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, KeyboardInterrupt())
    told = CliRunner().invoke(cli.app, SWEEP)
    assert told.exit_code == 130
    assert "what is finished is kept" in told.stderr


@pytest.mark.parametrize("error", [DataError("no images"), Planted("fault")])
def test_debug_shows_the_error_itself(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch, error)
    assert CliRunner().invoke(cli.app, [*SWEEP, "--debug"]).exception is error


def test_failed_cells_are_exit_code_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "run_sweep", lambda *_: ("rotation~0.5",))
    assert CliRunner().invoke(cli.app, SWEEP).exit_code == 4
    monkeypatch.setattr(runs, "run_sweep", lambda *_: ())
    assert CliRunner().invoke(cli.app, SWEEP).exit_code == 0


def test_flags_become_keys_of_the_spec_and_set_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []

    def note(*given: object) -> tuple[str, ...]:
        seen.append(given)
        return ()

    monkeypatch.setattr(runs, "run_sweep", note)
    flags = (
        "--shift a --shift b --severity .5,1 --budget 40 --arms scratch, --seeds 2 --set seeds=3 --out o --workers 2"
    )
    assert CliRunner().invoke(cli.app, ["sweep", *flags.split()]).exit_code == 0
    ((name, values, options),) = seen
    assert name is None
    assert values == {
        "shifts": ["a", "b"], "severities": [".5", "1"], "target.budgets": ["40"], "arms": ["scratch"], "seeds": 3,
    }  # fmt: skip
    assert options == runs.Options(out=Path("o"), workers=2, dry_run=False, json=False, allow_code=False)


def test_compare_has_the_flags_of_sweep_without_a_dial() -> None:
    flags = {name: {one.name: (one.help, one.opts) for one in COMMANDS[name].params} for name in ("sweep", "compare")}
    assert set(flags["sweep"]) - set(flags["compare"]) == {"shift", "severity", "native"}
    shared = set(flags["compare"]) - {"spec"}
    assert {"seeds", "out", "device", "executor"} < shared
    assert all(flags["sweep"][name] == flags["compare"][name] for name in shared)
    assert CliRunner().invoke(cli.app, ["compare", "--shift", "a"]).exit_code == 2
    assert CliRunner().invoke(cli.app, ["compare", "--still"]).exit_code == 2


def test_compare_hands_its_flags_to_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, ...]] = []

    def note(*told: object) -> tuple[str, ...]:
        given.append(told)
        return ("identity~0.0",)

    monkeypatch.setattr(runs, "run_compare", note)
    monkeypatch.setattr(runs, "run_sweep", None)
    told = CliRunner().invoke(cli.app, ["compare", "mine.yaml", "--budget", "40,80", "--markdown", "m.md", "--json"])
    assert told.exit_code == 4
    ((name, values, options),) = given
    assert (name, values) == ("mine.yaml", {"target.budgets": ["40", "80"]})
    assert options == runs.Options(
        out=Path("runs"), workers=None, dry_run=False, json=True, allow_code=False, markdown=Path("m.md")
    )


def test_a_reader_who_leaves_early_is_no_fault(logs: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "shiftprobe", "list", "models"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(logs)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in {0, 141}
    left = {one.name for one in logs.iterdir()}
    assert {name for name in left if not name.startswith("torchinductor")} == set()  # that folder is torch's own


def test_init_writes_a_preset_and_never_over_a_file(tmp_path: Path) -> None:
    from shiftprobe.spec.loading import load_spec

    path = tmp_path / "mine.yaml"
    assert CliRunner().invoke(cli.app, ["init", str(path)]).exit_code == 0
    assert load_spec(path).resolved() == load_spec("digits").resolved()
    path.write_text("mine")
    told = CliRunner().invoke(cli.app, ["init", str(path)])
    assert told.exit_code == 2
    assert "is there already" in told.stderr
    assert path.read_text() == "mine"
    told = CliRunner().invoke(cli.app, ["init", str(tmp_path / "other.yaml"), "--preset", "digitz"])
    assert told.exit_code == 2
    assert "did you mean 'digits'" in told.stderr


def test_a_report_of_something_else_is_refused(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli.app, ["report", str(tmp_path)])
    assert told.exit_code == 2
    assert "wanted a run folder" in told.stderr
    assert not list(tmp_path.iterdir())
