"""A signal ends the program within two seconds, in whatever it is at."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WITHIN = 2.0  # seconds
NESTED = "value = ()\nfor _ in range(60): value = (value, value)\nready()\nhash(value)"
CAUGHT = """
ready()
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""
THREADS = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    waiting = pool.submit(time.sleep, 60)
    ready()
    waiting.result()
"""
BEGIN = """
import sys, time
from shiftprobe.cli.ending import end_in_time
end_in_time()
def ready():
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
"""


STATES = {
    "asleep": ("ready()\ntime.sleep(60)", True),
    "everything is caught": (CAUGHT, True),
    "threads are waited for": (THREADS, True),
    "C code holds the interpreter": (NESTED, False),
}
FIRST = (("asleep", signal.SIGINT), ("everything is caught", signal.SIGTERM), (tuple(STATES)[-1], signal.SIGTERM))
REST = [
    (state, number) for state in STATES for number in (signal.SIGTERM, signal.SIGINT) if (state, number) not in FIRST
]


@pytest.mark.parametrize(
    ("state", "number"), [*FIRST, *(pytest.param(*one, marks=pytest.mark.slow) for one in REST)], ids=str
)
def test_a_signal_ends_the_program_in_time(state: str, number: signal.Signals) -> None:
    code, in_order = STATES[state]
    hearing = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background is deaf
    )
    with subprocess.Popen(
        [sys.executable, "-c", hearing + BEGIN + code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)  # it goes on to what it is at
        began = time.monotonic()
        process.send_signal(number)
        process.wait(30)
        took = time.monotonic() - began
        assert process.stdout.read() == ""  # nobody holds what we wrote to: no process of ours is left
    assert took < WITHIN
    ended = {signal.SIGTERM: {143}, signal.SIGINT: {130, -signal.SIGINT}}[number]
    assert process.returncode in (ended if in_order else {-signal.SIGKILL})


def test_a_program_that_ends_leaves_no_process_behind() -> None:
    code = BEGIN + "import os\nsys.stdout.write(str(os.getpid()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    time.sleep(0.5)
    assert not [one for one in Path("/proc").glob("[0-9]*/stat") if done.stdout in _parent(one)]


def _parent(stat: Path) -> list[str]:
    try:
        return stat.read_text().rpartition(")")[2].split()[1:2]
    except OSError:
        return []


def test_without_another_process_the_timer_does() -> None:
    refuse = "import os\ndef refuse(): raise BlockingIOError(11, 'none left')\nos.fork = refuse\n"
    command = [sys.executable, "-c", refuse + BEGIN + CAUGHT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN + 1) == 143


def test_a_background_job_goes_on_ignoring_ctrl_c() -> None:
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + BEGIN + "ready()\ntime.sleep(1)\nready()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "ready\n"
    assert process.returncode == 0


SWEEP = ("sweep", "{spec}", "--out", "runs")
PHASES = {
    "imports": (("sweep", "digits", "--out", "runs"), 0.5),
    "planning": (SWEEP, 2.0),
    "training the source": ((*SWEEP, "--workers", "1"), 6.0),
    "training arms": ((*SWEEP, "--workers", "1"), 20.0),
    "workers that start": ((*SWEEP, "--workers", "2"), 9.0),
    "workers at work": ((*SWEEP, "--workers", "2"), 25.0),
    "UMAP": (("probe", "{run}", "--probes", "umap"), 5.0),
    "UMAP, compiling": (("probe", "{run}", "--probes", "umap"), 12.0),
    "locating": (("locate", "--source", "digits:mnist", "--target", "digits:uci"), 6.0),
    "auditing": (("audit", "{model}", "--data", "digits:mnist", "--target", "digits:uci", "--out", "audit"), 6.0),
}


def alive(session: int) -> list[str]:
    """Processes of a session that are no zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found += [stat.parent.name] if of == str(session) and state != "Z" else []
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_ends_in_time_with_all_its_processes(
    phase: str, number: signal.Signals, tiny: Path, tiny_run: Path, tmp_path: Path
) -> None:
    arguments, after = PHASES[phase]
    spec = tmp_path / "long.yaml"
    spec.write_text(tiny.read_text().replace("epochs: 1", "epochs: 300"))
    run = tmp_path / "kept"
    shutil.copytree(tiny_run, run)
    filled = [one.format(spec=spec, run=run, model=run / "source" / "model.safetensors") for one in arguments]
    command = [sys.executable, "-m", "shiftprobe", *filled]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        time.sleep(after)
        if process.poll() is not None:
            pytest.skip(f"it had ended by itself with {process.returncode}")
        began = time.monotonic()
        process.send_signal(number)
        process.wait(60)
        took = time.monotonic() - began
        time.sleep(0.1)
        left = alive(process.pid)
        for one in left:
            os.kill(int(one), signal.SIGKILL)
    assert (took < WITHIN, left) == (True, []), f"{took:.2f} s"
    own = {signal.SIGTERM: 143, signal.SIGINT: 130}[number]
    assert process.returncode in {
        own,
        -number,
        -signal.SIGKILL,
    }  # before a line of ours runs, Python ends by the signal
