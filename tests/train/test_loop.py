from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe import data
from shiftprobe.core.errors import RunError
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe, batches
from shiftprobe.train import loop, pixels
from shiftprobe.train.batching import order
from shiftprobe.train.loop import WHOLE, DivergedError, fit
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled

pytestmark = pytest.mark.usefixtures("one_thread")

PREPROCESS = Preprocess(8, 1, (0.3,), (0.38,))
BRIEF = Recipe(epochs=2, batch=16)


@pytest.fixture(scope="module")
def digits() -> Labelled:
    bundle = data.load("digits:uci", Path())
    return Labelled(PREPROCESS.images(bundle.images[:300]), bundle.labels[:300])


def network(seed: int = 0) -> nn.Module:
    return build("small_cnn", classes=10, channels=1, size=8, seed=seed)


def trained(
    some: Labelled, train: Recipe = BRIEF, *, seed: int = 0, model: nn.Module | None = None
) -> tuple[str, list[float]]:
    model = model or network()
    training = fit(model, some, PREPROCESS, train, seed=seed, device="cpu")
    return state_digest(model.state_dict()), list(training.loss)


def first(some: Labelled, n: int) -> Labelled:
    return Labelled(some.images[:n], some.labels[:n])


class Watching(nn.Module):
    """A linear network that notes which images it is trained on, by their brightness."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.met: list[list[float]] = []
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.head = nn.Linear(64, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.met.append(images.mean(dim=(1, 2, 3)).tolist())
        logits: torch.Tensor = self.head(images.flatten(1))
        return logits


def test_two_arms_of_a_seed_meet_the_same_images_in_the_same_order(digits: Labelled) -> None:
    arms = [Watching(1), Watching(2)]
    for arm in arms:
        trained(first(digits, 50), model=arm)
    other = Watching(1)
    trained(first(digits, 50), model=other, seed=1)
    assert arms[0].met == arms[1].met
    assert arms[0].met != other.met


def test_every_epoch_meets_every_image_once_in_an_order_of_its_own(digits: Labelled) -> None:
    watching = Watching(0)
    trained(first(digits, 50), model=watching)
    assert [len(met) for met in watching.met] == [13, 13, 12, 12] * 2
    epochs = [[image for met in half for image in met] for half in (watching.met[:4], watching.met[4:])]
    assert sorted(epochs[0]) == sorted(epochs[1])
    assert epochs[0] != epochs[1]


def test_an_order_is_a_permutation_that_seed_and_epoch_move() -> None:
    assert sorted(order(9, 0, 0).tolist()) == list(range(9))
    assert len({tuple(order(30, seed, epoch).tolist()) for seed in (0, 1) for epoch in (0, 1)}) == 4


@pytest.mark.parametrize("size", [2, 3, 16, 64])
def test_no_batch_is_a_single_image_and_none_is_far_above_its_size(size: int) -> None:
    for n in range(2, 300):
        parts = [len(part) for part in np.array_split(np.arange(n), batches(n, size))]
        assert min(parts) >= 2
        assert max(parts) <= size + 1
        assert max(parts) - min(parts) <= 1
    assert batches(1, size) == 1


def test_an_odd_budget_in_the_smallest_batches_can_be_trained(digits: Labelled) -> None:
    _, history = trained(first(digits, 11), Recipe(epochs=1, batch=2))
    assert np.isfinite(history).all()


def test_the_same_training_gives_the_same_bits(digits: Labelled) -> None:
    some = first(digits, 100)
    assert trained(some) == trained(some)
    assert trained(some)[0] != trained(some, seed=1)[0]


def test_the_streams_of_the_process_are_neither_read_nor_moved(digits: Labelled) -> None:
    class Dropping(Watching):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(nn.functional.dropout(images, 0.5, self.training))

    digests = set()
    for stream in (1, 2):
        torch.manual_seed(stream)
        before = torch.random.get_rng_state()
        digests.add(trained(first(digits, 40), model=Dropping(0))[0])
        assert torch.equal(torch.random.get_rng_state(), before)
    assert len(digests) == 1


def test_the_model_learns(digits: Labelled) -> None:
    model = network()
    history = fit(model, digits, PREPROCESS, Recipe(epochs=12), seed=0, device="cpu").loss
    assert len(history) == 12
    assert history[-1] < 0.3 * history[0]
    rest = data.load("digits:uci", Path())
    images, labels = PREPROCESS.images(rest.images[300:700]), rest.labels[300:700]
    view = extract(model, images, labels, PREPROCESS, taps=(), head="head", device="cpu")
    assert (view.logits.argmax(axis=1) == labels).mean() > 0.7


def test_a_loss_that_is_no_number_ends_the_training_with_epoch_and_rate(digits: Labelled) -> None:
    with pytest.raises(DivergedError, match=r"diverged at epoch 1, lr 1e\+30; try a smaller train.lr"):
        trained(digits, Recipe(epochs=3, lr=1e30))
    with pytest.raises(DivergedError, match=r"diverged at epoch 2, lr 1e\+30; try a smaller train.lr"):
        trained(first(digits, 16), Recipe(epochs=3, lr=1e30))


class Steep(Watching):
    """Its loss is a number and its gradient is none."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images) + (0 * self.head.bias).sqrt()


def test_what_the_very_last_step_broke_is_seen(digits: Labelled) -> None:
    with pytest.raises(DivergedError, match="diverged at epoch 1"):
        trained(first(digits, 16), Recipe(epochs=1, lr=1e30))
    with pytest.raises(DivergedError, match="diverged at epoch 1"):
        trained(first(digits, 16), Recipe(epochs=1), model=Steep(0))


def test_a_trained_model_is_ready_to_look(digits: Labelled) -> None:
    model = network()
    fit(model, first(digits, 60), PREPROCESS, BRIEF, seed=0, device="cpu", phases=[Phase("head"), WHOLE])
    assert not any(part.training for part in model.modules())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_phase_moves_its_part_alone_batch_statistics_included(digits: Labelled) -> None:
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, first(digits, 60), PREPROCESS, BRIEF, seed=0, device="cpu", phases=[Phase("head")])
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"head.weight", "head.bias"}


def test_data_on_a_read_only_map_can_train(digits: Labelled, tmp_path: Path) -> None:
    some = first(digits, 40)
    np.save(tmp_path / "images.npy", some.images)
    mapped = Labelled(np.load(tmp_path / "images.npy", mmap_mode="r"), some.labels)
    assert trained(mapped) == trained(some)


def test_looking_at_a_validation_part_moves_no_weight(digits: Labelled) -> None:
    some, judges = first(digits, 60), Labelled(digits.images[60:90], digits.labels[60:90])
    model = network()
    training = fit(model, some, PREPROCESS, BRIEF, seed=0, device="cpu", validation=judges)
    assert (state_digest(model.state_dict()), list(training.loss)) == trained(some)
    assert len(training.scores) == BRIEF.epochs


def test_bf16_is_another_training_that_learns_too(digits: Labelled) -> None:
    exact, rough = (trained(digits, Recipe(epochs=6, precision=precision)) for precision in ("float32", "bf16"))
    assert exact[0] != rough[0]
    assert rough[1][-1] < 0.5 * rough[1][0]
    assert rough[1] == pytest.approx(exact[1], rel=0.2)


def test_a_gpu_without_memory_fails_with_advice_and_the_batch_stays(
    digits: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(loop, "_epoch", full)
    with pytest.raises(RunError, match=r"out of memory on cpu with a batch of 16; lower train.batch"):
        trained(digits)


@pytest.mark.parametrize(("free", "fits"), [(1000, True), (999, False)])
def test_images_live_on_a_gpu_where_they_fill_at_most_half_of_it(
    free: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2000))
    assert pixels.fits(500, "cuda") is fits
    assert pixels.fits(10**15, "cpu")
