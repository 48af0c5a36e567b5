"""Each plant is there: the number that it moves, with it and with the plant undone. No diagnosis is looked at.

`python benchmarks/plants/verify.py` writes `verified.csv`, a row per scenario; those that are there are kept.
"""

import csv
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from plants.planting import Planted
from plants.scenarios import Scenario, planted, scenarios
from shiftprobe.models.extract import extract  # the folder above is where both scripts import from

VERIFIED = Path(__file__).with_name("verified.csv")
COLUMNS = ("name", "measure", "before", "undone", "home", "zero_shot", "scratch", "transfer", "seconds")


def main(names: list[str]) -> None:
    """Verify the scenarios of these names, or all that are not verified yet."""
    import torch

    torch.set_num_threads(1)
    known = {row["name"]: row for row in _rows()}
    every = {one.name: one for one in scenarios()}
    for name in names or [name for name in every if name not in known]:
        known[name] = verified(every[name])
        print(*known[name].values(), flush=True)
        _write([known[name] for name in every if name in known])


def verified(scenario: Scenario) -> dict[str, str]:
    """Two runs of one seed each."""
    began = time.process_time()
    with_it, without = (_numbers(scenario, undone=undone) for undone in (False, True))
    told = {
        key: f"{with_it[key]:.3f}" if key in with_it else "" for key in ("home", "zero_shot", "scratch", "transfer")
    }
    numbers = {"before": f"{with_it[scenario.measure]:.3f}", "undone": f"{without[scenario.measure]:.3f}"}
    spent = f"{time.process_time() - began:.0f}"
    return {"name": scenario.name, "measure": scenario.measure, **numbers, **told, "seconds": spent}


def _numbers(scenario: Scenario, *, undone: bool) -> dict[str, float]:
    plant = planted(scenario, undone=undone)
    untouched = scenario.measure in {"home", "zero_shot"} and not plant.spec.get("shifts")
    return _looked(plant) if untouched else _trained(plant, seeds=1)


def _looked(plant: Planted) -> dict[str, float]:
    """What the checkpoint answers on all images at home and of the target, classes matched by name."""
    domain, how = plant.ground.domain, plant.told or plant.ground.preprocess
    model = plant.ground.fresh()
    model.load_state_dict(plant.state or {})
    found = {}
    for name, items in (("home", domain.home), ("zero_shot", plant.target or domain.target)):
        pictures = how.images([image.reshape(*image.shape[:2], -1) for image in items.images])
        view = extract(model, pictures, items.labels, how, taps=(), head=plant.ground.head, device="cpu")
        named = np.array([domain.classes.index(one) for one in items.classes])
        found[name] = float((view.logits.argmax(1) == named[items.labels]).mean())
    return found


def _trained(plant: Planted, seeds: int) -> dict[str, float]:
    """What the arms of a run reach."""
    out = Path(tempfile.mkdtemp(prefix="plant-"))
    try:
        run = plant.run(out, seeds=seeds, probes=False, arms=["zero_shot"] if "shifts" in plant.spec else ())
        rows = sorted(
            (row for row in run.rows if _counts(row)), key=lambda row: (row.cell.severity, row.cell.budget or 0)
        )
        found = {row.arm: row.value for row in rows if row.value is not None}  # of the hardest condition, most labels
        home = json.loads((run.path / "source" / "about.json").read_text())["accuracy"]
    finally:
        shutil.rmtree(out)
    found["home"] = home["value"] if home else float("nan")
    if {"transfer", "scratch"} <= set(found):
        found["gain"] = found["transfer"] - found["scratch"]
    if {"transfer", "linear_probe"} <= set(found):
        found["head_lead"] = found["linear_probe"] - found["transfer"]
    return found


def _counts(row: object) -> bool:
    """Top-1 after the last epoch."""
    return getattr(row, "probe", "") == "accuracy" and getattr(row, "metric", "") == "top1"


def _rows() -> list[dict[str, str]]:
    if not VERIFIED.exists():
        return []
    with VERIFIED.open(newline="") as file:
        return list(csv.DictReader(file))


def _write(rows: list[dict[str, str]]) -> None:
    with VERIFIED.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
