"""Why and the inside: said where the numbers allow it, silent elsewhere, foreign text shown as text."""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.report.fake_inside import PICTURED, add_inside, write_embedding
from tests.report.fake_pair import thumb
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import Reader, page_of

from shiftprobe.core.errors import RunError
from shiftprobe.core.types import Condition
from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.kit.measures import layers as layers_of
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import confidence, embedding, feature_drift, layers

PLACE = Condition("gaussian_blur", 1.0)
TAPS = 5


@pytest.fixture
def run_path(make_run: Make) -> Path:
    return make_run(changes=add_inside)


def row(**changes: Any) -> Measure:
    base: dict[str, Any] = {
        "probe": "cka", "metric": "cka_debiased", "arm": "transfer", "tap": "blocks.0", "versus": "source",
        "shift": "blur", "severity": 1.0, "budget": 300, "seed": 0, "value": 0.5, "reason": "", "low": None,
        "high": None, "n": 1000,
    }  # fmt: skip
    return Measure(**base | changes)


def test_seeds_are_averaged_with_their_range_and_other_budgets_left_out() -> None:
    rows = [
        row(value=0.4),
        row(seed=1, value=0.8),
        row(seed=2, value=None, reason="diverged"),
        row(budget=50, value=0.0),
    ]
    (one,) = layers_of(rows, 300).values()
    assert one.value == pytest.approx(0.6)
    assert (one.low, one.high, one.seeds) == (0.4, 0.8, 2)


def test_what_no_seed_measured_keeps_its_reason() -> None:
    (one,) = layers_of([row(value=None, reason="blocks.0: constant")], 300).values()
    assert (one.value, one.reason) == (None, "blocks.0: constant")


def test_reuse_is_counted_where_it_is_shown_seed_by_seed(run_path: Path) -> None:
    strip = layers.similarity(read(run_path), "i", PLACE)
    assert strip is not None
    assert f"nearer to the checkpoint than scratch comes by itself at {TAPS} of {TAPS} taps" in strip.said
    assert "0.90 against 0.48 to 0.52 (n = 1,000 images)" in strip.said
    assert "a difference of +0.40 (95 % interval +0.34 to +0.46 for 5 taps, n = 3 seeds)" in strip.said
    assert "transfer and scratch are alike by 0.60, two scratch seeds by 0.55 to 0.65 (n = 1,000 images)" in strip.said


def test_no_reuse_is_said_as_such(make_run: Make) -> None:
    strip = layers.similarity(read(make_run(changes=partial(add_inside, reuse=0.5))), "i", PLACE)
    assert strip is not None
    assert "is not shown to be nearer to the checkpoint than scratch comes by itself at any tap" in strip.said


def test_without_trained_networks_there_is_no_strip_of_similarity(make_run: Make) -> None:
    assert layers.similarity(read(make_run()), "i", PLACE) is None


@pytest.mark.parametrize(
    ("gap", "said"), [(0.1, "The source helps from blocks.0 on"), (0.02, "The checkpoint is not shown to be better")]
)
def test_the_source_helps_from_where_the_gap_is_clear_of_0(make_run: Make, gap: float, said: str) -> None:
    strip = layers.readout(read(make_run(changes=partial(add_inside, gap=gap))), "i", PLACE)
    assert strip is not None
    assert strip.said.startswith(said)


def test_the_table_along_the_dial_has_the_columns_that_were_measured(run_path: Path) -> None:
    table = feature_drift.table(read(run_path))
    assert table is not None
    assert [word for word, _ in table.heads] == ["shift", "severity", "domain AUC", "overconfidence"]
    assert len(table.rows) == 9
    assert feature_drift.table(read(run_path.parent / "run")) == table


def test_claims_along_the_dial_need_their_interval(run_path: Path) -> None:
    domains, confident = feature_drift.findings(read(run_path))
    assert "gaussian_noise from 0.25 on (AUC 0.60, 95 % 0.56 to 0.64)" in domains
    assert "overconfident in 8 of 8 shifted conditions" in confident


def test_without_these_probes_nothing_is_said_and_no_section_stands(make_run: Make) -> None:
    path = make_run()
    assert feature_drift.table(read(path)) is None
    assert feature_drift.findings(read(path)) == ()
    page = page_of(path)
    assert 'id="why"' not in page
    assert 'id="embedding"' not in page


def test_an_explanation_stands_with_its_evidence_and_its_refutation_as_text(run_path: Path) -> None:
    page = page_of(run_path)
    text = Reader(page).text
    assert "1. The features are <i>reused</i>." in text
    assert "at <b>blur</b> 1 it is \N{MINUS SIGN}3.0 points" in text
    assert "Strong: The features are <i>reused</i>." in text
    assert "weight scales: would need --arms mean_var" in text
    assert "<i>reused" not in page


def test_points_keep_their_shape_and_their_place(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    picture = embedding.section(read(run_path))
    assert picture is not None
    assert picture.n == 120 * 10
    assert picture.arms == ("transfer",)
    assert picture.maps == ("umap", "pca")
    assert page_of(run_path).count("data-umap=") == 1


def cut(run: Path, **changed: Any) -> None:
    """The embedding of a run, with some arrays replaced."""
    file = run / "probes" / "umap" / "run" / "arrays.npz"
    with np.load(file) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    np.savez(file, **{**found, **changed})


def pictured(run: Path) -> tuple[int, list[int]]:
    """How many points have a picture, and the number of each point's picture, from 1."""
    picture = embedding.section(read(run))
    assert picture is not None
    assert len(picture.pictures.split()) == picture.pictured
    coded = np.frombuffer(base64.b64decode(picture.points["picture"]), "<u2")
    return picture.pictured, coded.tolist()


def test_some_points_have_a_picture_and_the_page_says_how_many(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    count, numbers = pictured(run_path)
    assert count == 10 * PICTURED
    assert sorted(numbers)[-count:] == list(range(1, count + 1))
    assert "400 of 1,200 points have a picture" in Reader(page_of(run_path)).text


def test_the_spec_bounds_how_many_images_are_pictured(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    spec = json.loads((run_path / "spec.json").read_text())
    for most in (7, 0):
        (run_path / "spec.json").write_text(json.dumps({**spec, "report": {"thumbnails": most}}))
        assert pictured(run_path)[0] == 10 * most
    assert "points have a picture" not in Reader(page_of(run_path)).text


def test_a_light_page_shows_the_same_images_at_every_dose(run_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_embedding(run_path, Fake())
    whole = embedding.section(read(run_path))
    assert whole is not None
    monkeypatch.setattr(embedding, "BUDGET", len(whole.pictures) // 2)
    picture = embedding.section(read(run_path))
    assert picture is not None
    assert len(whole.pictures) // 2 - 1000 < len(picture.pictures) <= len(whole.pictures) // 2
    _, numbers = pictured(run_path)
    per_domain = [sum(number > 0 for number in numbers[start : start + 120]) for start in range(0, 1200, 120)]
    assert max(per_domain) - min(per_domain) <= 1


def test_what_is_no_picture_is_left_out(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    content, ends = b"no picture" + thumb(3), np.array([10, 10 + len(thumb(3))])
    cut(run_path, pictures=np.frombuffer(content, np.uint8), picture_ends=ends, pictured=np.array([1, 2]))
    count, numbers = pictured(run_path)
    assert (count, numbers.index(1)) == (1, 2)


def test_an_embedding_from_before_there_were_pictures_is_drawn(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    file = run_path / "probes" / "umap" / "run" / "arrays.npz"
    with np.load(file) as arrays:
        np.savez(file, **{name: arrays[name] for name in arrays.files if not name.startswith("picture")})
    assert pictured(run_path)[0] == 0


def test_pictures_that_do_not_fit_their_points_are_refused(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    cut(run_path, pictured=np.array([0]))
    with pytest.raises(RunError, match="wanted an embedding"):
        read(run_path)


def test_one_scale_serves_both_axes() -> None:
    xy = np.array([[0, 0], [10, 1], [5, 0.5]], dtype=np.float32)
    placed = embedding._unit(xy)
    assert np.ptp(placed[:, 0]) == embedding.FULL
    assert np.ptp(placed[:, 1]) == pytest.approx(embedding.FULL / 10, abs=1)


def test_a_broken_embedding_is_refused_with_its_path(run_path: Path) -> None:
    write_embedding(run_path, Fake())
    file = run_path / "probes" / "umap" / "run" / "arrays.npz"
    np.savez(file, umap=np.zeros((3, 2)))
    with pytest.raises(RunError, match=r"arrays\.npz: wanted an embedding, got"):
        read(run_path)


def test_confidence_is_counted_clean_against_shifted(run_path: Path) -> None:
    sure = np.zeros((15, 3))
    sure[14] = 100, 98.0, 97  # images, sum of confidence, right
    lost = np.zeros((15, 3))
    lost[9], lost[14] = (40, 26.0, 2), (60, 58.0, 8)
    for place, bins in (("identity~0.0", sure), ("gaussian_blur~1.0", lost)):
        folder = run_path / "probes" / "calibration" / place
        folder.mkdir(parents=True)
        np.savez(folder / "arrays.npz", zero_shot_bins=bins)
    run = read(run_path)
    (one,) = confidence.section(run.pictures.bins, [Condition("gaussian_noise", 1.0), PLACE])
    assert one.title == "Confidence at gaussian_blur 1"
    assert "98.0 % sure on average and right on 97.0 % (n = 100 images)" in one.said
    assert "84.0 % sure on average and right on 10.0 % (n = 100 images)" in one.said
    assert "confidence 0.60 to 0.67, shifted: 40.0 % of the images" in one.figure
    assert "Confidence at gaussian_blur 1" in page_of(run_path)


def test_without_the_unshifted_target_no_histogram_is_drawn(run_path: Path) -> None:
    assert confidence.section({PLACE: ((1.0, 0.5, 1.0),)}, [PLACE]) == ()
    folder = run_path / "probes" / "calibration" / "identity~0.0"
    folder.mkdir(parents=True)
    (folder / "arrays.npz").write_bytes(b"cut")
    assert read(run_path).pictures.bins == {}
