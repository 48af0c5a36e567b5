"""A process of its own that loads what it is told, so that a hang or a flood of memory is seen and ended."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict, cast

PATIENCE = 60
"""Seconds after which a look is a hang; what counts against a fixture is its processor time."""

SMALL = 10**6
"""Values of a picture that is handed back to be looked at."""

MEMORY = 6 * 2**30
"""Bytes of address space: far more than anything may use, and a flood ends there."""


class Look(TypedDict):
    """What loading gave."""

    outcome: str  # "accepted", "skipped", "refused", "traceback", "hang"
    message: str
    reasons: list[str]
    images: int
    seconds: float  # processor time
    peak: int  # bytes, resident


class Looker:
    """The process, started again when it had to be ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def look(self, name: str, folder: Path, *, few: bool = False) -> Look:
        """Load `name`; the odd picture's pixels go into the file `odd.npy` beside the folder."""
        process = self._running()
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([name, str(folder), few]) + "\n")
        process.stdin.flush()
        line = self._answer(process)
        if line:
            return cast("Look", json.loads(line))
        self.close()
        return Look(outcome="hang", message="", reasons=[], images=0, seconds=PATIENCE, peak=0)

    def _answer(self, process: "subprocess.Popen[str]") -> str:
        import select

        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        return process.stdout.readline() if ready else ""

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.looking"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _load(name: str, folder: Path, *, few: bool) -> dict[str, Any]:
    import numpy as np

    from shiftprobe.core.errors import ShiftprobeError
    from shiftprobe.data import load

    try:
        bundle = load(name, folder, few_classes=few)
    except ShiftprobeError as error:
        return {"outcome": "refused", "message": str(error), "reasons": [], "images": 0}
    except BaseException as error:  # noqa: BLE001 - this is what must never be seen
        return {"outcome": "traceback", "message": repr(error), "reasons": [], "images": 0}
    assert bundle.paths is not None
    odd = [i for i, path in enumerate(bundle.paths) if not path.endswith("good.png")]
    if odd and bundle.images[odd[0]].size < SMALL:
        np.save(folder.parent / "odd.npy", bundle.images[odd[0]])
    return {
        "outcome": "skipped" if bundle.skipped else "accepted",
        "message": " ".join(bundle.paths),
        "reasons": [one.reason for one in bundle.skipped],
        "images": len(bundle),
    }


@contextlib.contextmanager
def _measured(into: dict[str, Any]) -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again
    before = time.process_time()
    yield
    into["seconds"] = time.process_time() - before
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    into["peak"] = int(peak.split()[1]) * 1024


def main() -> None:
    """Answer every line with a line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a parser prints must not stand among the answers
    for line in sys.stdin:
        name, folder, few = json.loads(line)
        found: dict[str, Any] = {}
        with _measured(found):
            found |= _load(name, Path(folder), few=few)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
