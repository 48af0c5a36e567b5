"""Every hostile folder of results gets the answer it should: exit code 2 and one line, or a good answer."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.documented import table
from tests.hostile.folder_case import SECRET
from tests.hostile.reading_folders import CASES, FAMILIES

ROOT = Path(__file__).parents[2]
SECONDS = 10  # of processor time; writing the folder and the page are part of it
PEAK = 1_500_000_000  # bytes, resident, of the process that reads them all without torch
FEW = (
    "a pipe: spec.json", "the environment: cells/identity~0.0~b40~s0.error.txt", "leads out: figures",
    "the lock leads out, report", "names /dev/zero", "a pickle", "a header that lies", "deeper",
    "half a thousand million cells", "an unknown key", "a verdict of another word", "names, predictions",
    "right is text", "samples outside",
)  # fmt: skip


def read(folder: Path, places: Sequence[int]) -> list[dict[str, Any]]:
    """Answers from one process that would die of a bomb and that has a secret in its environment."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "OMP_NUM_THREADS": "1",
        "SHIFTPROBE_TOKEN": SECRET,
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.hostile.reading_folders", str(folder), *map(str, places)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=900, cwd=ROOT, env=environment
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(places), f"died at {CASES[places[len(lines)]].name}: {done.returncode} {done.stderr}"
    return lines


def faults(line: dict[str, Any]) -> list[str]:
    """What is wrong with an answer, in words; nothing where all is well."""
    case, said = CASES[line["place"]], str(line["said"])
    found = [f"fault: {line['fault']}"] if line["fault"] else []
    found += [f"exit code {line['code']}"] if line["code"] != {"accepted": 0, "refused": 2}[case.expected] else []
    found += [f"no {case.because!r}"] if case.because not in said else []
    found += ["several lines"] if case.expected == "refused" and len(said.splitlines()) != 1 else []
    found += ["a file elsewhere changed"] if not line["outside"] else []
    found += [f"the secret stands in {line['leaked']}"] if line["leaked"] else []
    found += [f"foreign text came out as it came in: {line['raw']}"] if line["raw"] else []
    found += [f"{line['seconds']:.1f} s"] if line["seconds"] > SECONDS else []
    found += [f"{line['peak']:,} bytes"] if line["peak"] > PEAK and case.asked != "probe" else []
    return [f"{case.name}: {one}: {said[-300:]}" for one in found]


def test_some_of_each_kind_are_answered_as_the_catalogue_says(tmp_path: Path) -> None:
    places = [i for i, case in enumerate(CASES) if case.name in FEW]
    assert len(places) == len(FEW)
    assert [fault for line in read(tmp_path, places) for fault in faults(line)] == []


@pytest.mark.slow
def test_all_are_answered_as_the_catalogue_says(tmp_path: Path) -> None:
    assert [fault for line in read(tmp_path, range(len(CASES))) for fault in faults(line)] == []


def test_the_docs_count_them() -> None:
    counts = {
        name: tuple(sum(case.expected == word for case in family) for word in ("accepted", "refused"))
        for name, family in FAMILIES.items()
    }
    whole = tuple(sum(column) for column in zip(*counts.values(), strict=True))
    assert table("Folders of results") == {**counts, "all": whole}
    assert sum(whole) == len(CASES)
    assert sum(whole) >= 60
