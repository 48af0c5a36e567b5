"""What the training loop shows a network when images are varied and mixed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train import loop
from shiftprobe.train.batching import Batch, crops_digest
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

pytestmark = pytest.mark.usefixtures("one_thread")

SIDE, COUNT = 12, 30
PREPROCESS = Preprocess(SIDE, 3, (0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
RNG = np.random.default_rng(0)
DATA = Labelled(RNG.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8), RNG.integers(0, 5, COUNT))
PLAIN = Recipe(epochs=2, batch=8)
CROPS = replace(PLAIN, aug="crop_flip", scale=0.3, flip=True)
ALL = replace(CROPS, aug="trivial", mixup=0.4, cutmix=1.0)
RECIPES = {"crops": CROPS, "trivial": replace(CROPS, aug="trivial"), "mixup": replace(PLAIN, mixup=0.4), "all": ALL}


class Watching(nn.Module):
    """A network that keeps every image that it is trained on."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.met: list[Tensor] = []
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.head = nn.Linear(3 * SIDE**2, 5)

    def forward(self, images: Tensor) -> Tensor:
        if self.training:
            self.met.append(images.clone())
        logits: Tensor = self.head(images.flatten(1))
        return logits


def met(recipe: Recipe, seed: int = 0, *, network: int = 0, data: Labelled = DATA) -> list[bytes]:
    """The images that one training shows, in its order."""
    model = Watching(network)
    fit(model, data, PREPROCESS, recipe, seed=seed, device="cpu")
    return [image.numpy().tobytes() for batch in model.met for image in batch]


@pytest.mark.parametrize("name", RECIPES)
def test_two_arms_of_a_seed_see_the_same_pixels_and_another_seed_sees_others(name: str) -> None:
    recipe = RECIPES[name]
    assert met(recipe) == met(replace(recipe, opt="sgd", lr=1e-4, smoothing=0.1), network=1)
    assert not set(met(recipe)) & set(met(recipe, seed=1))


@pytest.mark.parametrize("name", RECIPES)
def test_an_image_is_varied_alike_in_batches_of_any_size(name: str) -> None:
    recipe = RECIPES[name]
    assert sorted(met(recipe)) == sorted(met(replace(recipe, batch=3)))


def test_every_epoch_varies_the_images_anew() -> None:
    seen = met(ALL)
    assert len(set(seen)) == 2 * COUNT


def test_without_augmentation_every_epoch_shows_the_very_same_images() -> None:
    plain = PREPROCESS.normalise(torch.from_numpy(DATA.images))
    assert set(met(replace(PLAIN, scale=0.3, flip=True))) == {image.numpy().tobytes() for image in plain}


def test_the_hash_tells_trainings_apart_that_see_other_pixels_and_no_others() -> None:
    """Two networks may differ in anything but what the hash holds: the pixels then agree, and only then."""
    fewer = Labelled(DATA.images[:20], DATA.labels[:20])
    longer = replace(CROPS, epochs=3)
    trainings = [
        (recipe, seed, data) for recipe in (PLAIN, CROPS, longer, ALL) for seed in (0, 1) for data in (DATA, fewer)
    ]
    pixels = [frozenset(met(recipe, seed, data=data)) for recipe, seed, data in trainings]
    hashes = [crops_digest(recipe, len(data.labels), seed) for recipe, seed, data in trainings]
    for i in range(4, len(trainings)):
        for j in range(4, i):
            assert (hashes[i] == hashes[j]) == (pixels[i] == pixels[j])
    assert len(set(hashes)) == 13  # plain trainings draw nothing: one hash for all of them
    assert crops_digest(replace(ALL, lr=9.0, batch=4, opt="sgd"), COUNT, 0) == crops_digest(ALL, COUNT, 0)


def test_labels_are_mixed_as_the_pixels_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every image is as bright as its label says, so that a mixture's brightness tells its share."""
    labels = np.repeat([0, 1], 15)
    bright = Labelled(np.broadcast_to(255 * labels[:, None, None, None], DATA.images.shape).astype(np.uint8), labels)
    batches: list[Batch] = []
    whole = loop._loss

    def watched(run: loop._Run, batch: Batch) -> Tensor:
        batches.append(batch)
        return whole(run, batch)

    monkeypatch.setattr(loop, "_loss", watched)
    fit(Watching(0), bright, PREPROCESS, replace(CROPS, mixup=0.5, cutmix=1.0), seed=0, device="cpu")
    shift, scale = (torch.tensor(part).view(1, 3, 1, 1) for part in (PREPROCESS.mean, PREPROCESS.std))
    for batch in batches:
        assert batch.partners is not None
        assert batch.share is not None
        wanted = batch.share * batch.labels + (1 - batch.share) * batch.partners
        found = (batch.images * scale + shift).mean(dim=(1, 2, 3))
        assert found.numpy() == pytest.approx(wanted.numpy(), abs=1e-5)
    shares = torch.cat([batch.share for batch in batches if batch.share is not None])
    assert len(set(shares.tolist())) > COUNT


def test_the_loss_of_an_epoch_is_that_of_the_mixtures() -> None:
    """A network that always answers alike has the entropy of its answer as its loss, mixed and smoothed or not."""

    class Silent(Watching):
        def forward(self, images: Tensor) -> Tensor:
            return 0 * super().forward(images)

    training = fit(Silent(0), DATA, PREPROCESS, replace(ALL, smoothing=0.1), seed=0, device="cpu")
    assert training.loss == pytest.approx([np.log(5)] * 2, rel=1e-6)
