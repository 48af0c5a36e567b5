"""How the arms were trained: what was tuned, what the curves say about the schedule."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from shiftprobe.spec.schema import Spec

LEARNT = 0.1  # nats; a network whose loss is lower has learnt its training images
FALLING = 0.8

Curve = Mapping[str, Any]  # one training, an entry of `curves.json`


def training(spec: Spec, curves: Sequence[Curve], about: Mapping[str, Any]) -> dict[str, Any]:
    """The `training` part of `summary.json`."""
    tune = spec.train.tune
    return {
        "validation": spec.train.validation,
        "epochs": spec.train.epochs,
        "sentence": _sentence(spec),
        "tune": {"lr": list(tune.lr)} if tune else None,
        "hyperparameters": _hyperparameters(spec, about),
        "chosen": [_chosen(group) for group in _groups(curves)] if tune else [],
        "converged": [_converged(group, spec) for group in _groups(curves) if group[0]["best_epoch"]],
        "schedule": _schedule(_groups(curves)),
    }


def _schedule(groups: Iterable[Sequence[Curve]]) -> str:
    """Which trainings ended too early to be compared; empty when all had learnt their images."""
    early = [(group[0], sum(map(unfinished, group)), len(group)) for group in groups]
    said = [f"{one['arm']} in {k} of {n} trainings with {one['budget']:,} labels" for one, k, n in early if 2 * k > n]
    if not said:
        return ""
    return (
        f"Not converged: the training loss was still falling at the last epoch of {', '.join(said)}. A short schedule "
        "flatters the arm that learns faster, which is usually transfer: raise train.epochs before you trust the "
        "difference there."
    )


def unfinished(curve: Curve) -> bool:
    """Whether a training stopped on its way down: its loss fell by a fifth over the last fifth of the epochs."""
    loss = curve["loss"]
    earlier = loss[-1 - max(1, len(loss) // 5)] if len(loss) > 1 else float("inf")
    return bool(loss[-1] > LEARNT and loss[-1] < FALLING * earlier)


def _sentence(spec: Spec) -> str:
    share = f"{100 * spec.train.validation:g} % of every budget"
    if spec.train.tune:
        rates = ", ".join(f"{rate:g}" for rate in spec.train.tune.lr)
        return (
            f"Every arm tried the learning rates {rates} in every cell and kept the one that was best on its "
            f"validation part ({share}): the same number of trials for all."
        )
    untuned = f"Nothing was tuned: all arms train at one learning rate, {spec.train.lr:g}"
    advice = "the verdict may move with it, and --tune lr=1e-3,3e-3,1e-2 gives every arm the same trials"
    if not spec.train.validation:
        return f"{untuned}; {advice}, with a validation part."
    return f"{untuned}; {advice}. The validation part ({share}) picks the best epoch and trains nothing."


def _hyperparameters(spec: Spec, about: Mapping[str, Any]) -> list[list[str]]:
    """What a paper's supplement lists."""
    train, seen = spec.train, about["preprocess"]
    rates = ", ".join(f"{rate:g}" for rate in train.rates)
    return [
        ["architecture", spec.model.arch],
        ["source weights", spec.model.weights],
        ["head of transfer", "drawn anew, the same as scratch's" if spec.model.head == "new" else "the checkpoint's"],
        ["optimiser", "Adam, betas 0.9 and 0.999, no weight decay"],
        ["learning rate", f"{rates} (chosen on the validation part)" if train.tune else rates],
        ["schedule", "linear warm-up over the first epoch, then constant"],
        ["epochs", str(train.epochs)],
        ["epochs of the source", str(spec.source.epochs or train.epochs)],
        ["batch", str(train.batch)],
        ["loss", "cross-entropy"],
        ["augmentation", "none beside the shift"],
        ["validation part", f"{100 * train.validation:g} % of the budget"],
        ["precision", train.precision],
        ["image size", f"{seen['size']} px, {seen['channels']} channels" if seen else "unknown"],
        ["seeds", ", ".join(map(str, spec.seeds))],
        ["device, threads per process", f"{about['device']}, {train.threads}"],
    ]


def _groups(curves: Iterable[Curve]) -> list[list[Curve]]:
    """The trainings of one arm and budget, over all doses and seeds."""
    found: dict[tuple[int, str], list[Curve]] = {}
    for one in curves:
        found.setdefault((one["budget"], one["arm"]), []).append(one)
    return [found[place] for place in sorted(found)]


def _chosen(group: Sequence[Curve]) -> dict[str, Any]:
    """The rate that most trainings of an arm kept; the smallest of those that tie."""
    rates = [one["lr"] for one in group]
    most = min(sorted(set(rates)), key=lambda rate: -rates.count(rate))
    here = {"arm": group[0]["arm"], "budget": group[0]["budget"]}
    return {**here, "values": {"lr": most}, "count": rates.count(most), "n": len(rates)}


def _converged(group: Sequence[Curve], spec: Spec) -> dict[str, Any]:
    """When an arm was best, and how often the last epoch was above all others: still improving in accuracy."""
    epochs = [one["best_epoch"] for one in group]
    here = {"arm": group[0]["arm"], "budget": group[0]["budget"]}
    last = sum(one["validation"][-1] > max(one["validation"][:-1], default=0.0) for one in group)
    return {**here, "median_best_epoch": median(epochs), "last": last, "n": len(epochs), "epochs": spec.train.epochs}
