"""What probes of today add to a fake run: rows of trained networks, explanations, an embedding."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.report.fake_pair import thumb
from tests.report.fake_run import REST, Fake

Changes = Callable[[dict[str, Any], list[Any]], None]


def add_inside(summary: dict[str, Any], rows: list[Any], *, reuse: float = 0.9, gap: float = 0.1) -> None:
    """At every tap of every dose: reuse, its control, the band of scratch seeds, the gap to random features."""
    taps = list(dict.fromkeys(row["tap"] for row in rows if row["tap"]))
    doses = list(dict.fromkeys((row["shift"], row["severity"]) for row in rows))
    for (shift, severity), tap in ((dose, tap) for dose in doses for tap in taps):
        here = {**REST, "shift": shift, "severity": severity, "tap": tap, "low": None, "high": None}
        trained = {**here, "budget": 300, "probe": "cka", "metric": "cka_debiased", "unit": "similarity"}
        for seed in range(3):
            for arm, versus, value, step in (
                ("transfer", "source", reuse, 0.01),
                ("scratch", "source", 0.5, 0.02),
                ("transfer", "scratch", 0.6, 0.02),
            ):
                rows.append({**trained, "seed": seed, "arm": arm, "versus": versus, "value": value + step * (seed - 1)})
        band = {"value": 0.6, "low": 0.55, "high": 0.65, "arm": "scratch", "versus": "scratch"}
        rows.append({**here, **band, "budget": 300, "probe": "null_band", "metric": "cka_between_seeds"})
        around = {"value": gap, "low": gap - 0.03, "high": gap + 0.03, "arm": "source", "versus": "random"}
        rows.append({**here, **around, "probe": "linear", "metric": "probe_gap"})
    _along(rows, doses)
    fact = {
        "text": "at <b>blur</b> 1 it is -3.0 points",
        "rows": ["identity~0.0 linear/probe_gap source at penultimate"],
    }
    summary["why"] = {
        "explanations": [
            {"name": "reused", "claim": "The features are <i>reused</i>.", "grade": "strong", "evidence": [fact],
             "against": [], "experiment": "--arms mean_var: if it does as well, it was not the features"},
        ],
        "undecided": [{"name": "weight_scales", "needs": "--arms mean_var"}],
    }  # fmt: skip


def _along(rows: list[Any], doses: list[tuple[str, float]]) -> None:
    for shift, severity in doses:
        here = {**REST, "shift": shift, "severity": severity, "tap": "", "versus": ""}
        for arm in ("zero_shot",):
            value = 0.6 * severity
            rows.append({**here, "probe": "calibration", "metric": "overconfidence", "arm": arm, "value": value,
                         "low": value - 0.02, "high": value + 0.02})  # fmt: skip
        auc = 0.5 + 0.4 * severity
        rows.append({**here, "tap": "penultimate", "probe": "domain", "metric": "domain_auc", "arm": "source",
                     "versus": "clean", "value": auc, "low": auc - 0.04, "high": auc + 0.04})  # fmt: skip


PICTURED = 40  # images whose points have a picture


def write_embedding(run: Path, fake: Fake, n: int = 120) -> None:
    """Points of the source, the clean target and every dose; image i has one place in all of them, some a picture."""
    rng = np.random.default_rng(0)
    doses = [f"{shift} {severity:g}" for shift, severity in fake.doses if severity > 0]
    domains = ["source", "clean", *doses]
    label = np.arange(n) % len(fake.classes)
    centres = rng.normal(size=(len(fake.classes), 2)) * 10
    umap = np.concatenate([centres[label] + i + rng.normal(size=(n, 2)) for i in range(len(domains))]).astype("f4")
    right = np.concatenate([np.full(n, -1), *(np.arange(n) % (i + 2) > 0 for i in range(len(domains) - 1))])
    folder = run / "probes" / "umap" / "run"
    folder.mkdir(parents=True)
    np.savez(
        folder / "arrays.npz", umap=umap, pca=umap[:, ::-1], label=np.tile(label, len(domains)),
        domain=np.repeat(np.arange(len(domains)), n), domains=np.array(domains),
        image=np.tile(np.arange(n), len(domains)), right_transfer=right.astype("i1"), **pictures(n, len(domains)),
    )  # fmt: skip


def pictures(n: int, domains: int) -> dict[str, Any]:
    """Pictures of the first images at every dose; domains take turns."""
    points = [i + n * domain for i in range(min(PICTURED, n)) for domain in range(domains)]
    kept = [thumb(point % n) for point in points]
    return {
        "pictures": np.frombuffer(b"".join(kept), np.uint8),
        "picture_ends": np.cumsum([len(one) for one in kept]),
        "pictured": np.array(points),
    }
