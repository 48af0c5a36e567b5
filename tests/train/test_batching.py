"""What an epoch shows a network: the same images, crops and partners to both arms of a seed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.batching import Batch, crops_digest, epoch_batches, met, order
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled, Pixels

PREPROCESS = Preprocess(8, 3, (0.5,) * 3, (0.25,) * 3)
CROPS = Recipe(aug="crop_flip", scale=0.5, flip=True, batch=4)


def pixels(n: int = 13) -> Pixels:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
    return Pixels(Labelled(images, np.arange(n) % 5), PREPROCESS, "cpu")


def seen(recipe: Recipe, *, seed: int = 3, epoch: int = 1) -> list[Batch]:
    data = pixels()
    return list(epoch_batches(data, recipe, recipe.course(len(data)), seed=seed, epoch=epoch))


def by_image(recipe: Recipe) -> dict[int, torch.Tensor]:
    """What is shown of each image, by its place in the training set."""
    shown = torch.cat([one.images for one in seen(recipe)])
    return dict(zip(order(13, 3, 1).tolist(), shown, strict=True))


def test_crops_belong_to_images_and_not_to_places_in_a_batch() -> None:
    small, large = by_image(CROPS), by_image(replace(CROPS, batch=13))
    assert all(torch.equal(small[i], large[i]) for i in range(13))
    mixed = replace(CROPS, mixup=0.4, cutmix=1.0)
    small, large = by_image(mixed), by_image(replace(mixed, batch=7))
    assert all(torch.equal(small[i], large[i]) for i in range(13))


def test_nothing_drawn_is_the_image_itself() -> None:
    plain = by_image(Recipe(batch=4))
    images = pixels().images(np.arange(13))
    assert all(torch.equal(plain[i], images[i]) for i in range(13))
    assert all(not torch.equal(one, plain[i]) for i, one in by_image(replace(CROPS, scale=0.1)).items())


def test_mixed_images_are_shares_of_two_and_bring_both_answers() -> None:
    labels = np.arange(13) % 5
    alone = by_image(CROPS)
    partnered = seen(replace(CROPS, mixup=0.4))
    at = 0
    for batch in partnered:
        assert batch.partners is not None
        assert batch.share is not None
        places = order(13, 3, 1)[at : at + len(batch.labels)]
        assert batch.labels.tolist() == labels[places].tolist()
        for i, image, other, share in zip(places, batch.images, batch.partners, batch.share, strict=True):
            rest = (image - share * alone[int(i)]) / (1 - share) if share < 0.999 else None
            if rest is not None and share < 0.9:
                near = [j for j in range(13) if torch.allclose(rest, alone[j], atol=1e-3)]
                assert near
                assert labels[near[0]] == other
        at += len(batch.labels)


def test_the_digest_of_crops_tells_trainings_apart_that_see_other_pixels() -> None:
    here = crops_digest(CROPS, 13, 3)
    assert here == crops_digest(replace(CROPS, lr=9.0, opt="sgd"), 13, 3)
    others = [
        crops_digest(CROPS, 13, 4),
        crops_digest(replace(CROPS, scale=0.6), 13, 3),
        crops_digest(replace(CROPS, epochs=21), 13, 3),
        crops_digest(replace(CROPS, mixup=0.1), 13, 3),
        crops_digest(Recipe(), 13, 3),
    ]
    assert len({here, *others}) == 6


def test_an_epoch_that_is_cut_short_shows_the_beginning_of_its_order() -> None:
    recipe = Recipe(batch=4, steps=6)
    data = pixels()
    cut = list(epoch_batches(data, recipe, recipe.course(13), seed=0, epoch=1))
    whole = list(epoch_batches(data, Recipe(batch=4), Recipe(batch=4).course(13), seed=0, epoch=1))
    assert len(cut) == 2
    assert all(torch.equal(a.images, b.images) for a, b in zip(cut, whole[:2], strict=True))


def test_balanced_sampling_shows_rare_classes_as_often_as_common_ones() -> None:
    labels = np.array([0] * 10 + [1, 1])
    recipe = Recipe(balance="sampling", batch=4)
    data = Pixels(Labelled(np.zeros((12, 8, 8, 3), np.uint8), labels), PREPROCESS, "cpu")
    shown = torch.cat([one.labels for one in epoch_batches(data, recipe, recipe.course(12), seed=0, epoch=0)])
    assert torch.bincount(shown).tolist() == [6, 6]
    assert met(recipe, labels, 0, 0).tolist() != met(replace(recipe, balance="none"), labels, 0, 0).tolist()


def test_class_weights_are_torchs_in_the_loop() -> None:
    labels = np.array([0] * 9 + [1] * 3)
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 2))
    logits = model(PREPROCESS.normalise(torch.from_numpy(images)))
    wanted = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), torch.tensor([2 / 3, 2.0])).item()
    recipe = Recipe(balance="weights", batch=12, epochs=1)
    told = fit(model, Labelled(images, labels), PREPROCESS, recipe, seed=0, device="cpu")
    assert told.loss[0] == pytest.approx(wanted, rel=1e-5)
