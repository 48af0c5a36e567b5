"""Run folder -> `Run`: every table checked before anything is said about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shiftprobe.core.reading import check_folder
from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.report.kit.contents import WHOLE, PairPlace, ReadRun, TapPlace
from shiftprobe.report.kit.measures import Measure, layers
from shiftprobe.report.kit.per_class import Classes, ClassRequest, read_classes
from shiftprobe.report.kit.pictures import (
    MAX_MAPPED,
    Pictures,
    read_bins,
    read_embedding,
    read_maps,
    read_moved,
    read_pairs,
)
from shiftprobe.report.kit.provenance import read_downloads
from shiftprobe.report.kit.samples import CROWDED_DOSES, read_samples
from shiftprobe.report.kit.thumbs import read_thumbs
from shiftprobe.results.diagnosis_file import read_diagnosis
from shiftprobe.results.flip_map import read_flips
from shiftprobe.results.interventions import LINE, of_the_run
from shiftprobe.results.model import Summary
from shiftprobe.results.reading import read_as, read_curves, read_environment, read_galleries, read_summary
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.summary.accuracies import ArmPlace

CROWDED = 0.55  # of the room for thumbnails, where many doses share the page with them
DRAWN = {"cka_debiased", "probe_accuracy"}  # measures with a map of their own
PLANE = "umap"  # the probe that lays out images
MOVED = "distance"  # the probe that tells how far a shift moves images and features


def read(path: Path, tables: Path | None = None) -> ReadRun:
    """The run in a folder.

    Args:
        path: the run folder.
        tables: where its tables lie; the run folder itself when None.

    Raises:
        RunError: when a file is missing or holds something else than a run's tables.
    """
    check_folder(path)
    told = tables or path
    summary = read_summary(told)
    every = read_as(tuple[Measure, ...], told / "results.json")
    rows = of_the_run(every)
    found = [row for row in rows if _of_checkpoint(row)]
    inside, moved = ([one for one in found if (one.probe == MOVED) is apart] for apart in (False, True))
    doses = [Condition.of(shift, dose) for shift in summary.shifts or (IDENTITY,) for dose in summary.severities]
    target = summary.data.target
    galleries, spec = read_galleries(path), read_as(dict[str, Any], path / "spec.json")
    pictures = _pictures(path / "probes", summary, doses)
    return ReadRun(
        summary=summary,
        spec=spec,
        rows=rows,
        walked=tuple(one for one in every if one.probe == LINE),
        thumbnails=_thumbnails(spec),
        environment=read_environment(path),
        points={ArmPlace(one.condition, one.budget, one.arm): one for one in summary.points},
        contrasts={PairPlace(one.condition, one.budget, one.a, one.b): one for one in summary.contrasts},
        measures={TapPlace(one.probe, one.arm, one.tap, one.condition): one for one in inside},
        pictures=pictures,
        by_class=_by_class(path, summary, pictures),
        downloads=read_downloads(told),
        of_run={row.metric: row.value for row in rows if row.probe == PLANE and row.value is not None},
        layers=layers(rows, max(summary.budgets, default=None)),
        distances={(one.metric, one.condition): one for one in moved},
        samples=read_samples(path / "samples", doses, target.classes if target else ()),
        curves=read_curves(told),
        galleries=galleries,
        diagnosis=read_diagnosis(RunDir(path)),
        flips=read_flips(told),
        thumbs=read_thumbs(
            path / "gallery",
            (one.thumb for gallery in galleries for one in gallery.shown),
            share=1.0 if len(doses) <= CROWDED_DOSES else CROWDED,
        ),
    )


def _thumbnails(spec: Mapping[str, object]) -> int | None:
    """How many pictures of test images were asked for; None where the spec does not say."""
    found = spec.get("report")
    asked = found.get("thumbnails") if isinstance(found, dict) else None
    return asked if isinstance(asked, int) else None


def _pictures(probes: Path, summary: Summary, doses: list[Condition]) -> Pictures:
    target, budget, seed = (
        summary.data.target,
        max(summary.budgets, default=None),
        next(iter(summary.seeds), None),
    )
    few = {IDENTITY, *summary.shifts[:MAX_MAPPED]}
    mapped = [place for place in doses if place.shift in few and place.severity in {0.0, summary.severities[-1]}]
    return Pictures(
        embedding=read_embedding(probes / PLANE / "run" / "arrays.npz"),
        pairs=read_pairs(probes / "cka", doses) if len(doses) <= CROWDED_DOSES else {},
        moved=read_moved(probes / "similarity", doses, target.classes if target else ()),
        bins=read_bins(probes / "calibration", mapped),
        maps=read_maps(probes / "attribution", mapped, budget, seed),
    )


def _by_class(path: Path, summary: Summary, pictures: Pictures) -> tuple[Classes, ...]:
    """What every class reaches at the largest budget, from the answers on every test image."""
    target = summary.data.target
    asked = ClassRequest(
        shifts=summary.shifts,
        severity=max(summary.severities, default=0.0),
        budget=max(summary.budgets, default=None),
        seeds=summary.seeds,
        arms=summary.arms,
        names=target.classes if target else (),
        pair=next(((one.a, one.b) for one in summary.contrasts), None),
        moved=pictures.moved,
    )
    return read_classes(path, asked)


def _of_checkpoint(row: Measure) -> bool:
    """Whether a row is about the untouched checkpoint; accuracies stand in the summary."""
    return row.seed is None and row.budget is None and (row.probe == MOVED or row.metric in {WHOLE, *DRAWN})
