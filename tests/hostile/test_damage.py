"""A folder of results that is damaged between two commands: the same bytes again, or a refusal; never other numbers.

`benchmarks/damage.py` does the same to every sort of file of audits and sweeps, and kills them at their writes.
"""

import shutil
from pathlib import Path

import pytest
from tests.hostile.damage import DAMAGE, Bench, bench, files

OTHERS = {  # a valid file, or a whole folder with checksums that agree, from another place of the same audit
    "looks/data/rotation~1.0/logits.npy": "looks/data/contrast~1.0/logits.npy",
    "looks/target/identity~0.0/logits.npy": "looks/data/identity~0.0/logits.npy",
}
READ_BACK = {
    "verdicts.json": "answers.json",
    "answers.json": "verdicts.json",
    "samples/00-0.webp": "samples/00-1.webp",
    "samples/checksums.json": "checksums.json",
}


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A finished audit, with its command."""
    return bench("audit", tmp_path_factory.mktemp("audit"))


def copied(made: Bench, out: Path) -> Path:
    shutil.copytree(made.place / "whole", out)
    return out


def test_an_audit_that_was_killed_and_damaged_in_every_look_says_the_same(audit: Bench, tmp_path: Path) -> None:
    out = copied(audit, tmp_path / "a")
    for name in ("verdicts.json", "checksums.json"):
        (out / name).unlink()
    damages = ["flipped", "cut", "gone", "replaced", "folder replaced"]
    looks = [path for path in files(out) if path.name == "logits.npy"]
    for number, (look, damage) in enumerate(zip(looks, damages, strict=False)):
        other = OTHERS.get(str(look), next(str(one) for one in looks if one.parent.parent == look.parent.parent != one))
        DAMAGE[damage](out / look, out / other, 1000 + number)
    assert audit.run(out, workers=2).word == "same"


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone", "replaced"])
def test_what_an_audit_left_is_read_as_it_was_written_or_refused(damage: str, audit: Bench, tmp_path: Path) -> None:
    from shiftprobe.core.errors import RunError
    from shiftprobe.report.audit.reading import open_audit

    for number, (name, other) in enumerate(READ_BACK.items()):
        out = copied(audit, tmp_path / str(number))
        DAMAGE[damage](out / name, out / other, 77)
        if name == "samples/checksums.json" and damage in {"gone", "replaced"}:  # nobody vouches for the same pictures
            assert open_audit(out) == open_audit(audit.place / "whole")
        elif name == "answers.json":
            continue  # read by later audits alone: tests/auditing/test_baseline.py
        else:
            with pytest.raises(RunError, match=rf"{Path(name).name}|samples"):
                open_audit(out)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_that_was_killed_and_damaged_says_the_same(workers: int, tmp_path: Path) -> None:
    made = bench("sweep", tmp_path)
    out = tmp_path / "killed"
    assert made.killed(out, 60, workers)
    folder = made.folder(out)
    rooms = {"sets", "cells", "probes", "source"}
    hit = [path for path in files(folder) if path.parts[0] in rooms]
    assert {path.parts[0] for path in hit} == rooms
    for number, path in enumerate(hit[::3]):
        DAMAGE["flipped" if number % 2 else "cut"](folder / path, folder / path, 4001 + number)
    assert made.run(out, workers).word == "same"


@pytest.mark.slow
def test_a_diagnosis_whose_trainings_are_damaged_says_the_same(tmp_path: Path) -> None:
    made = bench("sweep", tmp_path)
    out = copied(made, tmp_path / "again")
    folder = made.folder(out)
    for name in ("diagnosis.json", "summary.json", "checksums.json"):
        (folder / name).unlink()
    hit = [path for path in files(folder) if path.parts[0] in {"interventions", "sources"}]
    assert len(hit) > 8
    for number, path in enumerate(hit):
        DAMAGE["flipped" if number % 2 else "cut"](folder / path, folder / path, 4001 + number)
    assert made.run(out).word == "same"
