"""What a paragraph says of how arms were trained: each recipe with its arms, its parts and their sources."""

from dataclasses import replace

import pytest
from tests.paper.made import RUN, SPEC, SUMMARY, files
from tests.paper.told_numbers import unexplained

from shiftprobe.paper.finished import FinishedRun
from shiftprobe.paper.references import cited
from shiftprobe.paper.write import paragraph
from shiftprobe.results.model import TrainingFacts
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.recipes import Family, Situation, named

UNTUNED = SPEC.model_copy(update={"train": SPEC.train.model_copy(update={"tune": None, "epochs": None, "batch": None})})


def of(name: str, family: Family = "convolutional") -> Recipe:
    return named(name, Situation(family=family, easy=False, pretrained=True, images=300))


def trained_by(recipes: dict[str, Recipe], family: Family = "convolutional") -> FinishedRun:
    summary = replace(SUMMARY, training=TrainingFacts(recipes=recipes))
    return replace(RUN, spec=UNTUNED, summary=summary, family=family, source_epochs=0)


FINETUNE, SCRATCH = of("finetune"), of("scratch")
TWO = trained_by({"scratch": SCRATCH, "transfer": FINETUNE})


def test_each_arm_is_told_with_its_recipe_and_rate() -> None:
    text = paragraph(TWO)
    assert "The recipe scratch [@wightman2021] trains scratch: by AdamW [@loshchilov2019]" in text
    assert "The recipe finetune [@zhai2019; @li2020; @beyer2022] trains transfer: by SGD with momentum" in text
    assert "Nothing was tuned: the learning rate is 0.001 for scratch and 0.01 for transfer" in text
    assert "then a cosine schedule [@loshchilov2017]" in text
    assert "trains all arms" not in text


@pytest.mark.parametrize("name", ["finetune", "scratch", "plain"])
@pytest.mark.parametrize("family", ["convolutional", "transformer"])
def test_every_number_of_a_recipe_is_that_of_the_run(name: str, family: Family) -> None:
    run = trained_by({"scratch": of("scratch", family), "transfer": of(name, family)}, family)
    assert unexplained(paragraph(run), files(run)) == []


def test_a_part_that_is_another_is_found() -> None:
    with pytest.raises(AssertionError, match="weight decay"):
        unexplained(paragraph(TWO).replace("weight decay 0.05", "weight decay 0.06"), files(TWO))


def test_arms_that_are_trained_alike_are_told_together() -> None:
    text = paragraph(trained_by({"scratch": of("plain"), "transfer": of("plain")}))
    assert "The recipe plain trains all arms: by Adam [@kingma2015]" in text
    assert "in 20 epochs of batches of 64, with a linear warm-up over the first epoch, then a constant rate" in text
    assert "no augmentation beside the shift" in text


@pytest.mark.parametrize(
    ("recipe", "family", "keys"),
    [
        (of("bit"), "convolutional", {"kolesnikov2020"}),
        (of("vtab"), "convolutional", {"zhai2019"}),
        (of("finetune", "transformer"), "transformer", {"he2022", "gulrajani2021", "clark2020", "szegedy2016"}),
        (of("scratch", "transformer"), "transformer", {"touvron2021", "szegedy2016", "pascanu2013"}),
        (replace(of("bit"), mixup=0.1), "convolutional", {"zhang2018"}),
        (replace(of("bit"), aug="trivial", cutmix=1.0), "convolutional", {"muller2021", "yun2019"}),
    ],
)
def test_each_recipe_and_part_has_its_source(recipe: Recipe, family: Family, keys: set[str]) -> None:
    found = set(cited(paragraph(trained_by({"transfer": recipe}, family))))
    assert keys <= found
    plain = set(cited(paragraph(trained_by({"transfer": of("plain")}))))
    assert not (keys - {"kingma2015"}) & plain


def test_what_the_arms_of_a_seed_did_not_share_is_told() -> None:
    assert "all arms of a seed share them." in paragraph(TWO)
    apart = replace(TWO, summary=replace(TWO.summary, unshared=("order", "crops")))
    assert "all arms of a seed share them, but for order and crops, which are a recipe's own" in paragraph(apart)
