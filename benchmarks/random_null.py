"""How often the readout calls one random network better or worse than five others, to a CSV.

Every network is drawn from its seed and never trained, so each interval of `probe_gap` that leaves 0 out is false. Of
sets of six networks each is the source once, beside the five others; another set is drawn for every turn. Compared:
the interval of the probe (test images and the t prediction interval of a further draw), and one draw with the images'
interval alone, which is what the probe had before. `from`: a tap from
which on every gap lies above 0 (`helps_from`).

    python benchmarks/random_null.py [--sets 10]

Cases that the CSV holds are not computed again.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shiftprobe import data
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import RANDOM_DRAWS, Cell, Row, Taps, View
from shiftprobe.metrics import helps_from
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names
from shiftprobe.probes.linear import LinearProbe

FILE = Path(__file__).with_name("random_null.csv")
HEADER = ("data", "network", "labels", "images", "tap", "sources", "false", "false_one_draw", "false_from")
CASES = (
    ("digits:uci", "small_cnn", 100, 400),
    ("digits:uci", "small_cnn", 400, 1000),
    ("digits:mnist", "small_cnn", 100, 1000),
    ("shapes:orientation", "small_cnn", 200, 400),
    ("digits:uci", "torchvision:resnet18", 100, 400),
)
HERE = Cell("identity", 0.0)
Case = tuple[str, str, int, int]
EACH = len(RANDOM_DRAWS) + 1


@dataclass(frozen=True)
class Looked:
    """Evidence of one network as the source, beside others that are random too."""

    views: Mapping[str, Mapping[str, View]]
    cell: Cell = HERE
    arms: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    taps: Taps = "penultimate"

    def view(self, model: str, images: str) -> View:
        """A network's look at one set of images."""
        if model not in self.views:
            raise NotAvailableError(f"no {model}")
        return self.views[model][images]


def views(case: Case, seeds: range) -> list[Mapping[str, View]]:
    """What the random networks of some seeds see of training and test images."""
    name, arch, labels, images = case
    bundle = data.load(name, Path())
    order = np.random.default_rng(0).permutation(len(bundle))[: labels + images]
    raw = [bundle.images[i] for i in order]
    how = Preprocess.fit(raw[:labels])
    pixels, known = how.images(raw), bundle.labels[order]
    found: list[Mapping[str, View]] = []
    for seed in seeds:
        model = build(arch, classes=len(bundle.classes), channels=how.channels, size=how.size, seed=seed).eval()
        head = head_name(model, len(bundle.classes))
        parts = {"train": slice(0, labels), "target": slice(labels, None)}
        found.append(
            {
                part: extract(model, pixels[at], known[at], how, taps=tap_names(model, head), head=head)
                for part, at in parts.items()
            }
        )
    return found


def gaps(source: Mapping[str, View], draws: Sequence[Mapping[str, View]]) -> list[Row]:
    """The probe's gaps with these draws."""
    evidence = Looked({"source": source, **dict(zip(RANDOM_DRAWS, draws, strict=False))})
    return [row for row in LinearProbe()(evidence).rows if row.metric == "probe_gap"]


def outside(row: Row) -> bool:
    """Whether an interval leaves 0 out."""
    return row.value is not None and row.low is not None and row.high is not None and not row.low <= 0.0 <= row.high


def rates(case: Case, sets: int) -> list[list[object]]:
    """A row per tap."""
    found, one, begun = [], [], 0
    for turn in range(sets):
        networks = views(case, range(turn * EACH, (turn + 1) * EACH))
        for i, source in enumerate(networks):
            others = [*networks[:i], *networks[i + 1 :]]
            rows = gaps(source, others)
            found.append(rows)
            one.append(gaps(source, others[:1]))
            begun += helps_from(rows) is not None
    taps = [row.tap for row in found[0]]
    return [
        [*case, tap, len(found), *(sum(outside(rows[i]) for rows in side) for side in (found, one)), begun]
        for i, tap in enumerate(taps)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=10, help="of six networks")
    sets = parser.parse_args().sets
    known = set()
    if FILE.exists():
        with FILE.open(newline="") as file:
            known = {tuple(row[:4]) for row in csv.reader(file)}
    else:
        FILE.write_text(",".join(HEADER) + "\n")
    for case in CASES:
        if tuple(map(str, case)) not in known:
            with FILE.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rates(case, sets))


if __name__ == "__main__":
    main()
