"""How often the regression gate errs where precisely the margin is lost: exact sums over every outcome, to a CSV.

Assumed: images are independent draws; the share on which exactly one checkpoint is right is unknown, and the worst of
all shares from the margin to all images is told. With up to 40 images the gate itself is asked about every outcome;
with more the test at the margin alone is, whose false verdicts the gate's are among, as its p value is never smaller.

    python benchmarks/regression_size.py [--largest 40]

Rows that the CSV holds are not computed again.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from shiftprobe.stats.paired_exact import Region, critical, proof, reached, region, span

LEVEL = 0.025
MARGINS = (0.005, 0.01, 0.02, 0.05)
GATE, ALONE = (20, 40), (100, 400, 2000, 10_000)
SHARES, WIDE = 1200, 2000  # shares of flips; images beyond which a tenth of them must do
FILE = Path(__file__).with_name("regression_size.csv")


def gate_region(n: int, bound: float) -> Region:
    """For each count of images that only b gets right, the fewest of a alone that the gate takes for proof."""
    fewest = []
    for b_only in range(n + 1):
        low, high = -1, n - b_only + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if proof(middle, b_only, n, bound) <= LEVEL else (middle, high)
        fewest.append(high if high <= n - b_only else n + 1)
    return Region(np.arange(n + 1), np.array(fewest))


def largest(n: int, bound: float, *, gate: bool) -> tuple[float, float]:
    """The largest chance of a false verdict, and the share of flips at which it is reached."""
    most = 1.0 - abs(bound)
    up = np.geomspace(1e-3 / n, most, SHARES // 2 if n <= WIDE else SHARES // 20)
    shares = abs(bound) + np.unique(np.concatenate([up, most - up, [0.0]]))
    shares = shares[(shares >= abs(bound)) & (shares < 1.0)]
    pairs = np.stack([(shares + bound) / 2.0, (shares - bound) / 2.0], axis=1)
    found = gate_region(n, bound) if gate else region(critical(n, bound, LEVEL), n, bound, span(n, pairs[:, 1]))
    chances = reached(found, n, pairs[:, 0], pairs[:, 1]).tolist()
    place = int(np.argmax(chances))
    return chances[place], float(shares[place])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=10_000, help="images of the largest case")
    wanted = parser.parse_args().largest
    known = set()
    if FILE.exists():
        with FILE.open(newline="") as file:
            known = {tuple(row[:3]) for row in csv.reader(file)}
    else:
        FILE.write_text("images,margin,verdict,asked,false,flips\n")
    for n in (n for n in (*ALONE, *GATE) if n <= wanted):
        for margin in MARGINS:
            for verdict, bound in (("pass", -margin), ("fail", margin)):
                if (str(n), str(margin), verdict) in known:
                    continue
                false, flips = largest(n, bound, gate=n in GATE)
                row = (n, margin, verdict, "gate" if n in GATE else "margin alone", f"{false:.6f}", f"{flips:.6f}")
                with FILE.open("a", newline="") as file:
                    csv.writer(file, lineterminator="\n").writerow(row)


if __name__ == "__main__":
    main()
