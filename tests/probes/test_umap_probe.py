"""The probe picks points and tells whose they are; places are those of the metrics; some points keep a picture."""

import io
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from tests.probes.made import CLASSES, Made

from shiftprobe.core.types import PENULTIMATE, Cell, Finding, View
from shiftprobe.metrics import InputError, faithfulness, principal_components
from shiftprobe.probes import umap
from shiftprobe.probes.pictures import webp
from shiftprobe.probes.umap import UmapProbe

D, TEST, SOURCE = 6, 60, 45
IDENTITY, TURNED = Cell("identity", 0.0), Cell("rotation", 0.5)
METRICS = ["pca_trustworthiness", "pca_continuity", "umap_trustworthiness", "umap_continuity"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """UMAP compiles for seconds; its own tests stand beside its metric."""
    monkeypatch.setattr(umap, "umap_layout", lambda x: np.asarray(x, np.float64)[:, :2])


def view(n: int, *, first: float, answers: np.ndarray | None = None) -> View:
    """Features that say which domain and which image they are of."""
    rng = np.random.default_rng(n)
    features = rng.normal(size=(n, D))
    features[:, 0], features[:, 1] = first, np.arange(n)
    labels = np.arange(n) % CLASSES
    logits = np.eye(CLASSES)[labels if answers is None else answers].astype(np.float32)
    return View(labels=labels, logits=logits, features={PENULTIMATE: features.astype(np.float32)})


def answering(right: np.ndarray) -> View:
    labels = np.arange(len(right)) % CLASSES
    return view(len(right), first=0.0, answers=np.where(right, labels, (labels + 1) % CLASSES))


RIGHT = {seed: np.random.default_rng(seed).random(TEST) < 0.5 for seed in range(4)}


def run(test: int = TEST, source: int | None = SOURCE) -> dict[Cell, Made]:
    """Two checkpoint cells; trained ones at one dose, of two budgets and two seeds."""
    made: dict[Cell, Made] = {}
    for place, cell in enumerate((IDENTITY, TURNED)):
        views = {("source", "target"): view(test, first=100.0 * (place + 1))}
        if source is not None:
            views["source", "source"] = view(source, first=0.0)
        if cell == IDENTITY and test == TEST:
            views["zero_shot", "target"] = answering(RIGHT[3])
        arms = ("zero_shot",) if ("zero_shot", "target") in views else ()
        made[cell] = Made(views, cell=cell, arms=arms)
    for budget, seed, right in ((40, 0, 0), (80, 1, 2), (80, 0, 1)):
        if test == TEST:
            cell = replace(TURNED, budget=budget, seed=seed)
            made[cell] = Made({("scratch", "target"): answering(RIGHT[right])}, cell=cell, arms=("scratch",))
    return made


def found(evidence: dict[Cell, Made]) -> Finding:
    return UmapProbe()(evidence)


def test_domains_are_the_source_the_target_and_every_dose() -> None:
    arrays = found(run()).arrays
    assert arrays["domains"].tolist() == ["source", "clean", "rotation 0.5"]
    assert np.bincount(arrays["domain"]).tolist() == [SOURCE, TEST, TEST]
    told = arrays["umap"]  # the first two features: domain and image
    assert told[:, 0].tolist() == (100.0 * arrays["domain"]).tolist()
    assert told[:, 1].tolist() == arrays["image"].tolist()
    assert arrays["label"].tolist() == (arrays["image"] % CLASSES).tolist()


def test_places_and_their_faithfulness_are_those_of_the_metrics() -> None:
    finding, evidence = found(run()), run()
    views = [
        evidence[IDENTITY].view("source", "source"),
        *(evidence[c].view("source", "target") for c in (IDENTITY, TURNED)),
    ]
    features = np.concatenate([one.features[PENULTIMATE] for one in views])
    places = principal_components(features)
    assert finding.arrays["pca"].tobytes() == places.astype(np.float32).tobytes()
    expected = faithfulness(features, places)
    rows = {row.metric: row for row in finding.rows}
    assert list(rows) == METRICS
    assert rows["pca_trustworthiness"].value == pytest.approx(expected.trustworthiness)
    assert rows["pca_continuity"].value == pytest.approx(expected.continuity)
    assert {(row.cell, row.n, row.arm) for row in finding.rows} == {(IDENTITY, SOURCE + 2 * TEST, "source")}


def test_at_most_5000_points_and_the_same_images_at_every_dose() -> None:
    finding = found(run(test=4000, source=3000))
    arrays = finding.arrays
    assert np.bincount(arrays["domain"]).tolist() == [1666, 1666, 1666]
    clean, turned = (arrays["image"][arrays["domain"] == place] for place in (1, 2))
    assert clean.tolist() == turned.tolist() == sorted(set(clean.tolist()))
    assert abs(clean.mean() - 2000) < 120  # not the first, which may be of one class
    assert {row.n for row in finding.rows} == {2000}


def test_right_is_judged_at_the_largest_budget_by_the_first_seed() -> None:
    arrays = found(run()).arrays
    parts = [arrays["domain"] == place for place in range(3)]
    assert arrays["right_scratch"][parts[2]].tolist() == RIGHT[1].astype(int).tolist()
    assert arrays["right_zero_shot"][parts[1]].tolist() == RIGHT[3].astype(int).tolist()
    for arm, unknown in (("scratch", (0, 1)), ("zero_shot", (0, 2))):
        assert all((arrays[f"right_{arm}"][parts[place]] == -1).all() for place in unknown)


def test_an_arm_that_failed_is_not_known() -> None:
    evidence = run()
    cell = replace(TURNED, budget=80, seed=0)
    evidence[cell] = Made({}, cell=cell, failed={"scratch": "diverged"})
    assert "right_scratch" not in found(evidence).arrays


def test_an_arm_that_can_not_be_looked_at_is_not_known() -> None:
    evidence = run()
    cell = replace(TURNED, budget=80, seed=0)
    evidence[cell] = Made({}, cell=cell, arms=("scratch",))
    assert "right_scratch" not in found(evidence).arrays


def test_without_a_cell_of_the_checkpoint_there_is_a_reason() -> None:
    (row,) = found({cell: one for cell, one in run().items() if cell.seed is not None}).rows
    assert (row.value, row.reason) == (None, "no cell holds the checkpoint alone")


def test_without_source_data_the_target_stands_alone() -> None:
    assert found(run(source=None)).arrays["domains"].tolist() == ["clean", "rotation 0.5"]


def test_one_cell_is_enough() -> None:
    finding = found({IDENTITY: run()[IDENTITY]})
    assert finding.arrays["domains"].tolist() == ["source", "clean"]
    assert all(row.value is not None for row in finding.rows)


def test_a_layout_that_is_refused_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise InputError("too few")

    monkeypatch.setattr(umap, "umap_layout", refuse)
    finding = found(run())
    assert {name for name in finding.arrays if name in {"pca", "umap"}} == {"pca"}
    assert [(row.metric, row.reason) for row in finding.rows if row.value is None] == [
        (metric, "penultimate: too few") for metric in METRICS[2:]
    ]


def test_a_picture_of_few_images_is_shown_and_not_judged() -> None:
    finding = found({IDENTITY: run(test=12, source=10)[IDENTITY]})
    assert finding.arrays["pca"].shape == (22, 2)
    assert all("more than 30 images" in row.reason for row in finding.rows)


def test_one_feature_is_a_line() -> None:
    line = replace(view(TEST, first=0.0), features={PENULTIMATE: np.arange(TEST, dtype=np.float32)[:, None]})
    arrays = found({IDENTITY: Made({("source", "target"): line}, cell=IDENTITY)}).arrays
    assert arrays["pca"].shape == (TEST, 2)
    assert (arrays["pca"][:, 1] == 0).all()


def seen(evidence: dict[Cell, Made], side: int = 8, channels: int = 1) -> dict[Cell, Made]:
    """The same evidence with images whose grey is their place in their set."""
    pictured = {}
    for cell, one in evidence.items():
        views = {}
        for place, found in one.views.items():
            greys = np.arange(len(found.labels), dtype=np.uint8)[:, None, None, None]
            images = np.broadcast_to(greys, (len(greys), side, side, channels)).copy()
            views[place] = replace(found, images=images)
        pictured[cell] = replace(one, views=views)
    return pictured


def pictures(finding: Finding) -> list[tuple[int, np.ndarray]]:
    """Which point, and the pixels that its picture holds."""
    ends = finding.arrays["picture_ends"].tolist()
    content = finding.arrays["pictures"].tobytes()
    parts = [content[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    opened = [np.asarray(PIL.Image.open(io.BytesIO(part), formats=["WEBP"])) for part in parts]
    return list(zip(finding.arrays["pictured"].tolist(), opened, strict=True))


def test_a_picture_shows_the_image_of_its_point() -> None:
    finding = found(seen(run()))
    kept = pictures(finding)
    assert len(kept) == len({point for point, _ in kept}) == SOURCE + 2 * TEST
    assert all(abs(float(pixels.mean()) - finding.arrays["image"][point]) < 3 for point, pixels in kept)


def test_pictures_are_few_and_of_the_same_images_at_every_dose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umap, "MAX_PICTURES", 30)
    arrays = found(seen(run())).arrays
    domain, image = arrays["domain"][arrays["pictured"]], arrays["image"][arrays["pictured"]]
    assert domain[:3].tolist() == [0, 1, 2]  # domains take turns: a page with little room shows all of them
    assert np.bincount(domain).tolist() == [10, 10, 10]
    assert image[domain == 1].tolist() == image[domain == 2].tolist()
    assert len(set(image[domain == 1].tolist())) == 10


def test_pictures_move_no_point_and_no_row() -> None:
    plain, pictured = found(run()), found(seen(run()))
    assert plain.rows == pictured.rows
    assert "pictures" not in plain.arrays
    assert all(plain.arrays[name].tobytes() == pictured.arrays[name].tobytes() for name in plain.arrays)


@pytest.mark.parametrize(("shape", "size"), [((28, 28, 1), (28, 28)), ((224, 112, 3), (32, 64))])
def test_a_picture_is_small_and_the_same_each_time(shape: tuple[int, int, int], size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    content = webp(image)
    assert content == webp(image)
    assert PIL.Image.open(io.BytesIO(content)).size == size
    assert max(size) <= 64
