"""The optimiser of a phase against torch's own schedulers and updates written by hand."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, MultiStepLR, SequentialLR

from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe, Schedule
from shiftprobe.train.loop import WHOLE, fit
from shiftprobe.train.optimizer import Phase, learning, optimizer, set_rate
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.schedule import rate_factor

PLAIN = Preprocess(8, 1, (0.0,), (1.0,))
STEPS, WARMUP = 50, 10


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))


def some(n: int) -> Labelled:
    rng = np.random.default_rng(0)
    return Labelled(rng.integers(0, 256, (n, 8, 8, 1), dtype=np.uint8), np.arange(n) % 3)


def torchs(after: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]) -> list[float]:
    """Factors of the rate that torch's schedulers give after a linear warm-up."""
    made = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    rising = LinearLR(made, 1 / WARMUP, 1.0, WARMUP - 1)
    whole = SequentialLR(made, [rising, after(made)], [WARMUP])
    factors = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own call of `step` with an epoch
        for _ in range(STEPS):
            factors.append(made.param_groups[0]["lr"])
            made.step()
            whole.step()
    return factors


@pytest.mark.parametrize(
    ("sched", "after"),
    [
        ("constant", lambda made: LambdaLR(made, lambda _: 1.0)),
        ("cosine", lambda made: CosineAnnealingLR(made, STEPS - WARMUP)),
        ("step", lambda made: MultiStepLR(made, [20 - WARMUP, 30 - WARMUP, 40 - WARMUP])),
    ],
)
def test_rates_are_those_of_torchs_schedulers(
    sched: Schedule, after: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]
) -> None:
    ours = [rate_factor(sched, step, STEPS, WARMUP) for step in range(STEPS)]
    assert ours == pytest.approx(torchs(after), abs=1e-12)


@pytest.mark.parametrize("sched", ["constant", "cosine", "step"])
def test_without_a_warm_up_the_first_step_has_the_whole_rate(sched: Schedule) -> None:
    assert rate_factor(sched, 0, 5, 0) == 1.0
    assert rate_factor(sched, 0, 1, 1) == 1.0


@pytest.mark.parametrize(
    ("opt", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW), ("sgd", torch.optim.SGD)]
)
def test_every_optimiser_is_torchs_own_with_the_fields_usual_settings(opt: str, kind: type) -> None:
    made = optimizer(network(), WHOLE, Recipe(opt=opt), "")  # type: ignore[arg-type]
    assert type(made) is kind
    usual = {"momentum": 0.9, "nesterov": False} if opt == "sgd" else {"betas": (0.9, 0.999)}
    assert {key: made.defaults[key] for key in usual} == usual


def test_norms_and_biases_do_not_decay_and_all_the_rest_does() -> None:
    model = network()
    made = optimizer(model, WHOLE, Recipe(weight_decay=0.1), "")
    decays = {id(one): group["weight_decay"] for group in made.param_groups for one in group["params"]}
    assert {name: decays[id(one)] for name, one in model.named_parameters()} == {
        "0.weight": 0.1, "0.bias": 0.0, "1.weight": 0.0, "1.bias": 0.0, "4.weight": 0.1, "4.bias": 0.0,
    }  # fmt: skip


def test_what_does_not_learn_in_a_phase_is_frozen_and_factors_multiply_the_rate() -> None:
    model = network()
    made = optimizer(model, Phase("0", {"0.bias": 0.0}), Recipe(), "")
    assert [name for name, one in model.named_parameters() if one.requires_grad] == ["0.weight"]
    assert len(learning(made)) == 1
    half = optimizer(model, Phase("", {"4.weight": 0.5}), Recipe(), "")
    set_rate(half, 0.2)
    assert sorted(group["lr"] for group in half.param_groups) == [0.1, 0.2]


def test_clipping_makes_the_first_step_of_sgd_as_long_as_it_says() -> None:
    """Without momentum yet, a step is the rate times the clipped gradient."""
    model = network()
    before = [one.detach().clone() for one in model.parameters()]
    recipe = Recipe(opt="sgd", lr=0.5, clip_grad=1e-3, epochs=1, batch=6)
    fit(model, some(6), PLAIN, recipe, seed=0, device="cpu")
    moved = (
        sum(float(((new.detach() - old) ** 2).sum()) for old, new in zip(before, model.parameters(), strict=True))
        ** 0.5
    )
    assert moved == pytest.approx(0.5 * 1e-3, rel=1e-3)


def test_the_average_of_weights_is_the_one_that_is_kept() -> None:
    """A decay of .5: after three steps the weights are 1/4 of the first, 1/4 of the second, 1/2 of the third."""
    each = []
    for steps in (1, 2, 3):
        model = network()
        fit(model, some(6), PLAIN, Recipe(steps=steps, warmup=1, batch=6, lr=0.01), seed=0, device="cpu")
        each.append(model.state_dict()["4.weight"])
    averaged = network()
    recipe = Recipe(steps=3, warmup=1, batch=6, lr=0.01, ema=0.5)
    fit(averaged, some(6), PLAIN, recipe, seed=0, device="cpu")
    wanted = each[0] / 4 + each[1] / 4 + each[2] / 2
    torch.testing.assert_close(averaged.state_dict()["4.weight"], wanted)


def test_frozen_batch_statistics_stand_still_while_scales_learn() -> None:
    for frozen in (True, False):
        model = network()
        fit(model, some(6), PLAIN, Recipe(epochs=1, batch=6, freeze_bn=frozen), seed=0, device="cpu")
        state = model.state_dict()
        assert bool((state["1.running_mean"] == 0).all()) is frozen
        assert not bool((state["1.weight"] == 1).all())


def test_smoothing_is_torchs_and_raises_the_first_loss_as_it_should() -> None:
    data = some(6)
    losses = {
        share: fit(network(), data, PLAIN, Recipe(epochs=1, batch=6, smoothing=share), seed=0, device="cpu").loss[0]
        for share in (0.0, 0.3)
    }
    images = torch.from_numpy(data.images).permute(0, 3, 1, 2) / 255
    logs = network().train()(images).log_softmax(1)
    own = -logs[range(6), torch.from_numpy(data.labels)].mean().item()
    assert losses[0.0] == pytest.approx(own, rel=1e-5)
    assert losses[0.3] == pytest.approx(0.7 * own - 0.3 * logs.mean().item(), rel=1e-5)


def test_a_training_is_asked_at_its_end_about_the_images_it_learnt() -> None:
    model, data = network(), some(30)
    told = fit(model, data, PLAIN, Recipe(epochs=3, batch=10, lr=0.01), seed=0, device="cpu").train_accuracy
    images = torch.from_numpy(data.images).permute(0, 3, 1, 2) / 255
    assert told == pytest.approx((model(images).argmax(1).numpy() == data.labels).mean())
