"""A first spec as text: budgets by hand, and names that no YAML may trip over."""

from dataclasses import replace

import pytest

from shiftprobe.spec.draft import Draft, DraftSide, budgets_for, draft_text, share_to_test
from shiftprobe.spec.loading import load_spec, parse


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((36,) * 4, (100,)),  # 100 of 144; a third of it would be 8 of each class
        ((300,) * 10, (300, 1000)),
        ((5000,) * 10, (300, 1000)),  # labels that a first run asks for end at 1,000
        ((80,) * 100, (2000,)),  # 20 of each of 100 classes; 500 would be 5 of each
        ((600,) * 10, (300, 1000)),
        ((20,) * 2, (30,)),
        ((60, 40), (30, 100)),
        ((3, 2), (5,)),  # fewer than any round number
        ((1,) * 30, (30,)),
        ((2, 1), (3,)),
        ((1, 1, 8), (10,)),
    ],
)
def test_budgets_are_round_numbers_that_the_pool_holds(counts: tuple[int, ...], expected: tuple[int, ...]) -> None:
    found = budgets_for(counts)
    assert found == expected
    assert len(counts) <= min(found) <= max(found) <= sum(counts)


@pytest.mark.parametrize(
    ("images", "share"), [(100, 0.4), (5000, 0.4), (5128, 0.39), (8000, 0.25), (10_000, 0.2), (10**6, 0.2)]
)
def test_a_large_target_gives_fewer_of_its_images_for_testing(images: int, share: float) -> None:
    assert share_to_test(images) == share


DRAFT = Draft(
    command="shiftprobe init --checkpoint m.pt --target field",
    name="m",
    weights="m.pt",
    weights_told=("torch, 1.0 MB of float32",),
    arch="small_cnn",
    arch_told="The architecture was given.",
    preprocess={"size": 8},
    preprocess_told="Preprocessing is given.",
    outputs_told="Nobody says what its outputs mean.",
    target=DraftSide(data="folder:field", classes=2, told="20 images of 2 classes"),
    test=0.4,
    test_told="Judges.",
    budgets=(10,),
    arms=("scratch", "transfer"),
    skipped={"zero_shot": "nobody said its classes"},
    recipes={"scratch": "plain"},
)


@pytest.mark.parametrize(
    "name",
    ["folder:field", "folder:my photos", "folder:a: b # c", 'folder:"quoted"', "folder:naïve", "folder:x\ny", "csv:on",
     "folder:\N{GRINNING FACE}", "folder:{a}", "folder:*x", "folder:'", "folder:a\\b"],
)  # fmt: skip
def test_a_name_is_read_back_as_it_is(name: str) -> None:
    text = draft_text(
        replace(DRAFT, target=replace(DRAFT.target, data=name), weights=name, source=DRAFT.target, trained=(name, "no"))
    )
    read = load_spec(parse(text, "first.yaml"))
    assert (read.target.data, read.model.weights, read.source.trained) == (name, name, (name, "no"))
    assert all(len(line) <= 120 or not line.lstrip().startswith("#") for line in text.splitlines())


def test_a_hostile_name_stays_in_its_comment() -> None:
    told = replace(DRAFT.target, told="20 images\nkeep: none\n  \x1b[31mof 2 classes")
    read = parse(draft_text(replace(DRAFT, target=told, command="x\nname: other")), "first.yaml")
    assert (read["name"], "keep" in read) == ("m", False)


def test_the_draft_says_what_it_was_told() -> None:
    read = load_spec(
        parse(
            draft_text(replace(DRAFT, of_file={"part": "ema", "rename": {"out": "fc"}}, source=DRAFT.target)),
            "first.yaml",
        )
    )
    assert (read.name, read.arms, read.target.budgets, read.target.test) == ("m", ("scratch", "transfer"), (10,), 0.4)
    assert read.model.rename == {"out": "fc"}
    assert (read.model.arch, read.model.part, read.train.recipe, read.source.trained) == (
        "small_cnn", "ema", "auto", None
    )  # fmt: skip
    text = draft_text(replace(DRAFT, source=DRAFT.target))
    assert "# Which of these images trained the checkpoint?" in text
    assert "# zero_shot is left out: nobody said its classes" in text
