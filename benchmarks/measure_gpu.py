"""All that has to be measured on a GPU, with one command; it runs on a processor too.

    python benchmarks/measure_gpu.py --out gpu --fashion /usr/share/datasets/fashion-mnist
    python benchmarks/measure_gpu.py --out gpu --tiny       anywhere, to see that it works

Each stage is a process of its own with a limit of its own, and writes a JSON file row by row: what hangs or fails loses
nothing that was measured before. `--minutes` bounds the whole; a stage for which none is left is not begun.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gpu_record import Place, Record, facts
from gpu_runs import fashion, memory, repeat, resume
from gpu_speed import looks, speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a stage does, and how long it may take."""

    work: Callable[[Place, Record], None]
    seconds: float
    beside: bool = False  # the next stages begin while it still runs: none of them measures speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A stage that was begun."""

    name: str
    process: "subprocess.Popen[bytes]"
    work: "tempfile.TemporaryDirectory[str]"
    over: float  # time.monotonic() at which it is ended


STAGES: Mapping[str, Stage] = {  # in this order
    "speed": Stage(work=speed, seconds=100),
    "looks": Stage(work=looks, seconds=45),
    "fashion": Stage(work=fashion, seconds=350, beside=True),
    "memory": Stage(work=memory, seconds=90),
    "repeat": Stage(work=repeat, seconds=130),
    "resume": Stage(work=resume, seconds=90),
}
LEAST = 10.0  # s, without which no stage is begun
SLOW = 5  # times as long may a stage take where the command is only tried


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for a JSON file per stage and one report")
    parser.add_argument("--stages", default=",".join(STAGES), help="which, as speed,looks; all by default")
    parser.add_argument("--minutes", type=float, default=7.0, help="for all stages together")
    parser.add_argument("--fashion", type=Path, help="folder of Fashion-MNIST's idx files; none leaves that stage out")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda where there is one by default")
    parser.add_argument("--tiny", action="store_true", help="sizes that measure nothing, to try the command")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)  # of a stage's own process, as the next
    parser.add_argument("--seconds", type=float, default=0.0, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    wanted.stages = wanted.stages.split(",")
    if unknown := set(wanted.stages) - set(STAGES):
        parser.error(f"--stages: wanted some of {', '.join(STAGES)}, got {', '.join(sorted(unknown))}")
    return wanted


def device(wanted: str | None) -> str:
    import torch

    return wanted or ("cuda" if torch.cuda.is_available() else "cpu")


def perform(name: str, wanted: argparse.Namespace) -> None:
    """One stage, in the process that was started for it."""
    on = device(wanted.device)
    until = time.monotonic() + wanted.seconds
    place = Place(out=wanted.out, work=wanted.work, fashion=wanted.fashion, device=on, tiny=wanted.tiny, until=until)
    record = Record(path=wanted.out / f"{name}.json", head={"stage": name, "tiny": wanted.tiny, **facts(on)})
    STAGES[name].work(place, record)


def begin(name: str, wanted: argparse.Namespace, seconds: float) -> Going:
    """Start a stage in a process and a process group of its own."""
    print(f"{name}, {seconds:.0f} s at most", flush=True)
    work = tempfile.TemporaryDirectory(prefix=f"gpu-{name}-", ignore_cleanup_errors=True)
    command = [sys.executable, __file__, "--out", str(wanted.out), "--stages", name, "--work", work.name]
    command += ["--seconds", str(seconds), *(["--tiny"] if wanted.tiny else [])]
    command += ["--fashion", str(wanted.fashion)] if wanted.fashion else []
    command += ["--device", wanted.device] if wanted.device else []
    over = time.monotonic() + seconds
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - this file
    return Going(name=name, process=process, work=work, over=over)


def finish(going: Going, out: Path) -> bool:
    """Wait for a stage, or end it with all that it started when its time is over; write down how it ended."""
    try:
        code = going.process.wait(timeout=max(0.0, going.over - time.monotonic()))
        ended = "done" if code == 0 else f"failed, exit code {code}"
    except subprocess.TimeoutExpired:
        ended = "ended, its time was over"
    finally:
        end(going)
    conclude(out, going.name, ended)
    return ended == "done"


def end(going: Going) -> None:
    """Leave nothing running of a stage, however we come here."""
    if going.process.poll() is None:
        os.killpg(going.process.pid, signal.SIGKILL)
        going.process.wait()
    going.work.cleanup()


def conclude(out: Path, name: str, ended: str) -> None:
    path = out / f"{name}.json"
    path.with_suffix(".part").unlink(missing_ok=True)
    whole = json.loads(path.read_text()) if path.exists() else {"stage": name, "rows": []}
    path.write_text(json.dumps({**whole, "ended": ended}, indent=1) + "\n")
    print(f"{name}: {ended}", flush=True)


def main() -> int:
    wanted = asked()
    wanted.out.mkdir(parents=True, exist_ok=True)
    if wanted.work is not None:
        perform(wanted.stages[0], wanted)
        return 0
    print(json.dumps(facts(device(wanted.device))), flush=True)
    beside: list[Going] = []
    try:
        return 0 if all(perform_all(wanted, beside)) else 1
    finally:
        for going in beside:
            end(going)


def perform_all(wanted: argparse.Namespace, beside: list[Going]) -> list[bool]:
    """All stages; whether each did what it is there for."""
    over, good = time.monotonic() + 60 * wanted.minutes, []
    for name in (name for name in STAGES if name in wanted.stages):
        left = min(STAGES[name].seconds * (SLOW if wanted.tiny else 1), over - time.monotonic())
        if left < LEAST:
            conclude(wanted.out, name, "not begun, no time was left")
            good.append(False)
        elif STAGES[name].beside:
            beside.append(begin(name, wanted, left))
        else:
            good.append(finish(begin(name, wanted, left), wanted.out))
    return good + [finish(going, wanted.out) for going in beside]


if __name__ == "__main__":
    sys.exit(main())
