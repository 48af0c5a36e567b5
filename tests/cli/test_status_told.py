"""The lines of a status: what a person is told, at most a screen of it."""

from dataclasses import replace

from shiftprobe.cli.terminal.watching import told
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.status import FailureCount, MachineShare, RunStatus

GOING = RunStatus(
    run="digits-00000000",
    planned=36,
    done=12,
    failed=1,
    running=2,
    waiting=21,
    finished=False,
    held=True,
    started="2027-01-15T08:00:00+00:00",
    last_written=40.0,
    per_minute=2.0,
    seconds_left=690.0,
    failures=(FailureCount(error="ValueError: no", cells=1, example="rotation~0.5~b40~s1"),),
    machines=(
        MachineShare(machine=MachineKind(cpu="AVX2", torch="2", shiftprobe="1", threads=2, gpu="H200"), cells=12),
    ),
)


def text(found: RunStatus) -> str:
    return "\n".join(told(found))


def test_a_run_that_goes_on() -> None:
    said = text(GOING)
    assert said.startswith(
        "digits-00000000: 12 of 36 cells done, a command is at work\n  2 running, 21 waiting, 1 failed"
    )
    assert "2 cells a minute, about 12 min left" in said
    assert "1  ValueError: no (rotation~0.5~b40~s1)" in said
    assert "12  H200, CPU AVX2, 2 threads, torch 2, shiftprobe 1" in said


def test_what_is_known_of_whoever_works_there() -> None:
    assert "no command is at work, last written to 40 s ago: the same command goes on" in text(
        replace(GOING, held=False)
    )
    assert "cannot be told from here, last written to 40 s ago" in text(replace(GOING, held=None))
    finished = replace(GOING, finished=True, held=False)
    assert "with failures: the same command tries them again" in text(finished)
    assert "done: finished" in text(replace(finished, failed=0))
    assert "still at work" in text(replace(finished, held=True))


def test_many_errors_are_the_commonest_and_a_count() -> None:
    many = tuple(FailureCount(error=f"E{i}", cells=100 - i, example="c") for i in range(9))
    said = text(replace(GOING, failures=many)).splitlines()
    at = said.index("Failed:")
    assert [line.split()[1] for line in said[at + 1 : at + 6]] == ["E0", "E1", "E2", "E3", "E4"]
    assert said[at + 6].split(maxsplit=1) == ["374", "of 4 other errors"]
