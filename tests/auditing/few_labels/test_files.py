"""Files of labels: what a draw writes, what comes back, what is refused in one line."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.auditing.made_up import CLASSES, evidence, labels_of, policy, seen, side

from shiftprobe.auditing.checks.few_labels import held_by_few
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.few_labels.asking import Draw, ask
from shiftprobe.auditing.few_labels.incoming import Incoming, files_in, incoming
from shiftprobe.auditing.few_labels.known import NONE_OF_THEM, KnownLabels
from shiftprobe.auditing.few_labels.proxy import proxy_of
from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.metrics.binomial import clopper_pearson

N = 200
PROXY = np.random.default_rng(0).beta(2, 1, N)


def camera(groups: int | None = None) -> Side:
    """A target without labels, whose pictures have paths."""
    made = side(N, name="folder:camera", labelled=False)
    paths = tuple(f"day/={i}.png" if i == 0 else f"day/{i}.png" for i in range(N))
    clusters = None if groups is None else np.array([f"g{i % groups}" for i in range(N)])
    return replace(made, bundle=replace(made.bundle, paths=paths, clusters=clusters))


def drawn(folder: Path, count: int, earlier: Incoming | None = None, seed: int = 0) -> int:
    rows = () if earlier is None else earlier.rows
    return ask(folder, camera(), PROXY, Draw(count=count, seed=seed, earlier=rows), CLASSES)


def edit(file: Path, change: Callable[[int, dict[str, str]], dict[str, str]]) -> None:
    text = file.read_text().splitlines()
    read_by = csv.DictReader(text, delimiter=";" if ";" in text[0] else ",")
    rows = [change(place, row) for place, row in enumerate(read_by)]
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys(), delimiter=";")  # as a spreadsheet saves it in some countries
        writer.writeheader()
        writer.writerows(rows)


def fill(file: Path, *but: int, label: str = "bee") -> None:
    edit(file, lambda place, row: {**row, "label": "" if place in but else label})


def read(folder: Path) -> Incoming:
    return incoming(files_in(folder), camera(), CLASSES, None)


def test_a_draw_says_with_what_chance_each_picture_was_drawn(tmp_path: Path) -> None:
    assert drawn(tmp_path, 60) == 60
    with (tmp_path / "ask" / "labels.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["place"] for row in rows] == [str(place) for place in range(1, 61)]
    assert sum(1 / float(row["probability"]) for row in rows) == pytest.approx(N, rel=0.01)
    assert len(list((tmp_path / "ask" / "pictures").iterdir())) == 60
    assert all(f"  {name}" in (tmp_path / "ask" / "README.txt").read_text() for name in CLASSES)
    drawn(tmp_path / "again", 60)
    assert (tmp_path / "again/ask/labels.csv").read_bytes() == (tmp_path / "ask" / "labels.csv").read_bytes()


def test_asking_for_more_goes_on_and_writes_over_nothing(tmp_path: Path) -> None:
    drawn(tmp_path, 60)
    fill(tmp_path / "ask" / "labels.csv")
    before = (tmp_path / "ask" / "labels.csv").read_bytes()
    assert drawn(tmp_path, 60, read(tmp_path)) == 0
    assert drawn(tmp_path, 90, read(tmp_path)) == 30
    assert (tmp_path / "ask" / "labels.csv").read_bytes() == before
    fill(tmp_path / "ask" / "labels-2.csv")
    drawn(tmp_path / "once", 90)
    fill(tmp_path / "once" / "ask" / "labels.csv")
    grown, once = read(tmp_path).known, read(tmp_path / "once").known
    assert grown is not None
    assert once is not None
    assert grown.places.tolist() == once.places.tolist()
    assert np.array_equal(grown.probability, once.probability)  # type: ignore[arg-type]


def test_another_draw_is_not_gone_on_with(tmp_path: Path) -> None:
    drawn(tmp_path, 60)
    with pytest.raises(SpecError, match=r"--ask: wanted to go on with the draw in .*, got another one"):
        drawn(tmp_path, 90, read(tmp_path), seed=1)


def test_rows_before_the_first_gap_count(tmp_path: Path) -> None:
    drawn(tmp_path, 60)
    fill(tmp_path / "ask" / "labels.csv", 30, 40)
    found = read(tmp_path)
    assert found.known is not None
    assert (len(found.known), found.waiting) == (30, 2)
    assert "28 further down are not used" in found.notes[0].text
    assert "fill in row 31" in found.notes[0].text
    fill(tmp_path / "ask" / "labels.csv", *range(60))
    assert (read(tmp_path).known, read(tmp_path).waiting) == (None, 60)
    fill(tmp_path / "ask" / "labels.csv", *range(2, 60))
    with pytest.raises(DataError, match="wanted a label of every stratum, got 2 from the top; fill in at least the"):
        read(tmp_path)


def test_none_of_the_classes_is_a_wrong_answer(tmp_path: Path) -> None:
    drawn(tmp_path, 60)
    fill(tmp_path / "ask" / "labels.csv", label="none")
    found = read(tmp_path).known
    assert found is not None
    assert set(found.labels.tolist()) == {NONE_OF_THEM}


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("label", "purple", "line 2: wanted the name of one of the checkpoint's 4 outputs .* got purple"),
        ("probability", "0.9", "line 2: wanted the row and its picture as they were drawn"),
        ("place", "7", "line 2: wanted the row and its picture as they were drawn"),
        ("of", "nan", "line 2: wanted the row and its picture as they were drawn"),
        ("path", "nowhere.png", "line 2: wanted a picture of folder:camera that is looked at, got nowhere.png"),
    ],
)
def test_what_was_changed_is_refused_in_one_line(tmp_path: Path, column: str, cell: str, said: str) -> None:
    drawn(tmp_path, 60)
    fill(tmp_path / "ask" / "labels.csv")
    edit_ = {column: cell}
    rows = (tmp_path / "ask" / "labels.csv").read_text().splitlines()
    names = rows[0].split(";")
    cells = dict(zip(names, rows[1].split(";"), strict=True)) | edit_
    (tmp_path / "ask" / "labels.csv").write_text("\n".join([rows[0], ";".join(cells.values()), *rows[2:]]))
    with pytest.raises(DataError, match=said) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


def test_pictures_that_came_in_since_are_told(tmp_path: Path) -> None:
    drawn(tmp_path, 60)
    fill(tmp_path / "ask" / "labels.csv")
    now, more = camera(), side(N + 1, labelled=False)
    paths, images = (*(now.bundle.paths or ()), "day/new.png"), (*now.bundle.images, np.zeros((8, 8, 1), np.uint8))
    grown = replace(more, name=now.name, bundle=replace(more.bundle, images=images, paths=paths))
    with pytest.raises(DataError, match="wanted the 200 pictures that were drawn from, got 201 of folder:camera"):
        incoming(files_in(tmp_path), grown, CLASSES, None)


def test_a_list_of_ones_own_is_taken_for_a_random_sample_and_this_is_said(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("path,label,probability\nday/3.png,dog,0.5\nday/1.png,ant,0.25\nday/2.png,,0.25\n")
    found = incoming([file], camera(), CLASSES, None)
    assert found.known is not None
    assert (found.known.places.tolist(), found.known.labels.tolist()) == ([1, 3], [0, 3])
    assert found.known.probability is not None
    assert found.known.probability.tolist() == [0.25, 0.5]
    assert not found.known.asked
    assert "images that somebody picked are none" in found.notes[0].text
    file.write_text("path,label,probability\nday/3.png,dog,2\n")
    with pytest.raises(DataError, match="line 2: wanted a probability above 0 and at most 1, got 2"):
        incoming([file], camera(), CLASSES, None)
    file.write_text("path,label\nday/3.png,dog\nday/3.png,cat\n")
    with pytest.raises(DataError, match=r"line 3: wanted one label for each image, got cat and at .* line 2 dog"):
        incoming([file], camera(), CLASSES, None)
    file.write_text("path,label\nday/3.png,dog\n")
    drawn(tmp_path, 60)
    with pytest.raises(DataError, match="rows that --ask drew or a list of your own, got both"):
        incoming([file, *files_in(tmp_path)], camera(), CLASSES, None)


def known(right: int, n: int, groups: int | None = None) -> tuple[float, float, str]:
    """The interval from n labels of a target on which so many answers are right, and the method."""
    target, answers = camera(groups), seen(labels_of(N), [i % 10 < right for i in range(N)])
    whole = evidence(target=target, on_target=answers, policy=policy(target={"at_least": 0.7}))
    clusters = None if groups is None else np.arange(n) % groups
    labels = KnownLabels(places=np.arange(n), labels=labels_of(N)[:n], source="x", asked=True, clusters=clusters)
    found, gate = held_by_few(whole, answers, labels)
    assert (gate.low, gate.high) == (found.low, found.high)
    return gate.low, gate.high, found.method


def test_few_labels_have_the_exact_interval_and_groups_count_as_one_draw() -> None:
    assert known(8, 40) == (*map(pytest.approx, clopper_pearson(32, 40)), "labels alone")
    alone, grouped = known(8, 60), known(8, 60, groups=12)
    assert grouped[2] == "labels alone"
    assert grouped[1] - grouped[0] > alone[1] - alone[0]


def test_a_proxy_is_mended_on_labelled_images_alone() -> None:
    answers = seen(labels_of(N), 100, sure=9.0)  # sure of everything, half of it wrong
    whole = evidence(right=200, target=camera(), on_target=answers)  # at home, half of what is called so surely
    assert proxy_of(replace(whole, clean=seen(labels_of(400), 200, sure=9.0))).mean() < 0.7
    assert proxy_of(whole).shape == (N,)
