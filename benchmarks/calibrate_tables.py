"""How often audits err on digits and on photographs: the tables of docs/calibrate.md, by the command's own code.

    python -m benchmarks.calibrate_tables --draws 1000        from the root of the repository

Networks are trained here on images that no sample holds. Rows are written to `benchmarks/calibrate/NAME.csv`; a table
that stands there is not made again.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tests.auditing.estimate_cases import PAIRS, Checkpoint, photographs, trained

import shiftprobe
from shiftprobe import data
from shiftprobe.auditing.error_rates.words import flags, whole
from shiftprobe.data.split import stratified_order

FOLDER = Path(__file__).parent / "calibrate"
CASES = {
    "digits": (Checkpoint(pair="mnist", images=2000, epochs=10, seed=20), 1797, 2),
    "photographs": (Checkpoint(pair="photographs", images=300, epochs=40, seed=20), 300, 1),
}
"""By name: what is trained, how many images are judged, and the threads that train, which are part of the network."""


@dataclass(frozen=True, slots=True)
class Some:
    """Some images of a bundle, as a torch-style data set."""

    bundle: data.Bundle
    index: Sequence[int]

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names."""
        return self.bundle.classes

    def __len__(self) -> int:
        """How many images."""
        return len(self.index)

    def __getitem__(self, place: int) -> tuple[np.ndarray, int]:
        """An image and its label."""
        i = self.index[place]
        return self.bundle.images[i], int(self.bundle.labels[i])


COLUMNS = ("false_fail", "false_pass", "outside", "missed", "undecided")


def markdown(name: str) -> Iterator[str]:
    """A table's rows for docs/calibrate.md: rates in percent, with their interval."""
    lines = list(csv.DictReader((FOLDER / f"{name}.csv").read_text().splitlines()))
    for gate in dict.fromkeys(line["name"] for line in lines if line["rate"]):
        rates = {line["rate"]: line for line in lines if line["name"] == gate}
        cells = [_cell(rates.get(column)) for column in COLUMNS]
        yield f"| `{gate}` | {next(iter(rates.values()))['images']} | {' | '.join(cells)} |"


def _cell(line: dict[str, str] | None) -> str:
    if line is None:
        return ""
    value, low, high = (f"{100 * float(line[key]):.1f}" for key in ("value", "low", "high"))
    says = f"; it says {100 * float(line['promised']):.1f}" if line["rate"] == "missed" and line["promised"] else ""
    more = " **more often than promised**" if line["exceeds"] == "True" else ""
    return f"{value} ({low} to {high}{says}){more}"


def main(draws: int, names: Sequence[str]) -> None:
    """Train, calibrate, keep the rows."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            kept = FOLDER / f"{name}.csv"
            if kept.exists():
                continue
            one, judged, threads = CASES[name]
            torch.set_num_threads(threads)
            folder = photographs(Path(place)) if one.pair == "photographs" else Path(place)
            bundle = data.load(PAIRS[one.pair].source, folder)
            order = stratified_order(bundle.labels, np.random.default_rng([one.seed, 7]))
            network, preprocess = trained(one, bundle, order[: one.images])
            rest = order[PAIRS[one.pair].train :][:judged].tolist()
            found = shiftprobe.calibrate(
                network,
                Some(bundle, rest),
                classes=bundle.classes,
                preprocess=preprocess.to_dict(),
                draws=draws,
                out=Path(place) / name,
                workers=1,
            )
            kept.write_bytes((found.path / "calibrate.csv").read_bytes())
            print(found.found.sentence, whole(found.found), flags(found.found), sep="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("names", nargs="*", default=list(CASES))
    asked = parser.parse_args()
    main(asked.draws, asked.names)
    for one in asked.names:
        print(one, *markdown(one), sep="\n")
