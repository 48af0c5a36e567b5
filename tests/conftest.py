"""What many tests share: the command, and a spec that runs in seconds on real digits."""

import atexit
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from tests import forked
from tests.browsing import CHROMIUM
from tests.specs import TINY
from tests.unsynced import unsynced

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
# Threads that wait for each other keep their cores busy: where a worker of pytest holds every core, a test of two
# seconds takes half a minute of processor time.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# A power cut is no part of any test, and a disk that is busy answers each of these calls in its own time.
os.fsync = unsynced

# What decoding found is kept beside the tests, never in the user's own cache folder.
os.environ["SHIFTPROBE_CACHE"] = tempfile.mkdtemp(prefix="shiftprobe-cache-")
atexit.register(shutil.rmtree, os.environ["SHIFTPROBE_CACHE"], ignore_errors=True)

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
hypothesis.settings.load_profile("untimed")

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a command that runs in this process sets for the processes that it starts stays with its test."""
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """As every worker computes."""
    from shiftprobe.engine.executors.threads import limited

    with limited(1):
        yield


@pytest.fixture(scope="session")
def shiftprobe_command() -> Command:
    """Run the command line as a user does; returns exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return forked.command([str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec file that runs in seconds."""
    import yaml

    path = tmp_path_factory.mktemp("spec") / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    return path


@pytest.fixture(scope="session")
def tiny_run(tiny: Path, tmp_path_factory: pytest.TempPathFactory, shiftprobe_command: Command) -> Path:
    """The run folder of that spec, made once; read it, or take a copy of it with `tiny_copy`."""
    out = tmp_path_factory.mktemp("tiny") / "runs"
    done = shiftprobe_command("sweep", tiny, "--out", out, "--workers", "1")
    assert done.returncode == 0, done.stderr
    (run,) = (path for path in out.iterdir() if path.is_dir())
    (out / "stdout.txt").write_text(done.stdout)
    return run


@pytest.fixture
def tiny_copy(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may change; its parent is what `--out` wants."""
    return Path(shutil.copytree(tiny_run, tmp_path / "copy" / tiny_run.name))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser; skipped, loudly, where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="NOT TESTED IN A BROWSER: playwright is not installed")
    if not CHROMIUM:
        pytest.skip("NOT TESTED IN A BROWSER: no chromium on this machine")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with api.sync_playwright() as playwright:
            flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            yield chromium
            chromium.close()
