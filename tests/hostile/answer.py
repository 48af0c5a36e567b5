"""What the door says to every checkpoint of the catalogue, asked in a process with little memory.

Run as `python -m tests.hostile.answer FOLDER`; each case is built in a folder of its own below it. A line of JSON for
each case: its place in the catalogue, what came of it, processor seconds, whether a marker was there.
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from tests.hostile.cases import Case, answered
from tests.hostile.checkpoints import CHECKPOINTS
from tests.hostile.model import door
from tests.hostile.payloads import MARKER

ROOM = 2**30  # bytes of address space beyond what is taken already: no bomb may need more
HANGS = 60  # seconds of the clock


def confine() -> None:
    """From here on memory is short."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def ask(case: Case, folder: Path) -> dict[str, object]:
    """Build a case and put it to the door."""
    folder.mkdir(parents=True)
    path = case.build(folder)
    before = time.process_time()
    signal.alarm(HANGS)
    answer = answered(door, path)
    signal.alarm(0)
    seconds = time.process_time() - before
    return {"answer": answer, "seconds": seconds, "marker": os.path.lexists(folder / MARKER), "path": str(path)}


def main(root: Path) -> None:
    """Ask for all of them."""
    confine()
    for place, case in enumerate(CHECKPOINTS):
        sys.stdout.write(json.dumps({"place": place, **ask(case, root / str(place))}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
