"""One arm of one cell: trained, and written whole into the run folder."""

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shiftprobe.core import seeding
from shiftprobe.core.digest import index_digest
from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.files import json_bytes, write_folder, written_about
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.core.rows import Rows
from shiftprobe.engine import networks
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.models.checkpoint import save_state, state_digest
from shiftprobe.models.head import head_name, in_head
from shiftprobe.models.placing import placed
from shiftprobe.models.sharing import check_room
from shiftprobe.train.arms import Arm, Context, Layers, Learns, Start, State, find
from shiftprobe.train.batching import augment_of, crops_digest, met
from shiftprobe.train.loop import WHOLE, DivergedError
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.trials import Trial, Trials, run_trials

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import Cell
    from shiftprobe.engine.setup import Setup

ABOUT, BEST = "about.json", "best.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An arm of a cell: its network after the last epoch and after the best one, or the reason why there is none."""

    model: "nn.Module | None" = None
    best: "nn.Module | None" = None  # the same network where the last epoch was the best; None without a validation
    failed: str = ""


def arm_folder(setup: "Setup", cell: "Cell", arm: str) -> Path:
    """Where one arm of a cell is kept; present means finished."""
    return setup.run.cell(cell) / arm


def finished(setup: "Setup", cell: "Cell", arm: str) -> bool:
    """Whether an arm of a cell is in the run folder, whole, and made by today's code."""
    folder = arm_folder(setup, cell, arm)
    return is_of(written_about(folder) or {}, _by(setup, cell, arm))


def _by(setup: "Setup", cell: "Cell", arm: str) -> dict[str, object]:
    """What an arm's folder says of itself: where it belongs, and the code that made it."""
    return {**place(setup.run, cell), "arm": arm, "code": setup.versions.of_arm(cell, arm)}


def make_arm(setup: "Setup", cell: "Cell", arm: str, source: "nn.Module") -> Made:
    """One arm of a cell, from the run folder when it is there.

    Raises:
        RunError: when the device has no memory left for its training.
    """
    folder = arm_folder(setup, cell, arm)
    kept = _kept(folder, setup) if finished(setup, cell, arm) else None
    if kept is not None:
        return kept
    made, about = trained(setup, cell, find(arm), source)
    files = _files(made) if setup.spec.keep == "weights" else {}
    check_room()
    write_folder(folder, {**files, ABOUT: json_bytes(about)}, _by(setup, cell, arm))
    return made


def trained(setup: "Setup", cell: "Cell", arm: Arm, source: "nn.Module") -> tuple[Made, dict[str, object]]:
    """One arm of a cell, made anew, and what a reader may ask about it; nothing is written.

    Raises:
        RunError: when the device has no memory left for its training.
        SpecError: when the arm says of a parameter that is not there how fast it learns, or lets none learn.
    """
    model = networks.fresh(setup, len(setup.classes), seeding.integer(cell.seed or 0, "init"))
    start = networks.start(setup, model, source, cell.seed or 0)
    model.load_state_dict(arm.begin(start))
    about: dict[str, object] = {"pairing": pairing(setup, cell, arm.name, start), "failed": ""}
    best = None
    if cell.seed is not None and arm.learns:
        try:
            trials = _train(setup, cell, model, arm)
        except DivergedError as error:
            return Made(failed=str(error)), {**about, "failed": str(error)}
        about |= _told(setup, cell, arm.name, trials)
        best = _at_best(setup, model, trials)
    for one in [model] if best is None or best is model else [model, best]:
        _finish(setup, cell, one, arm, start)
    return Made(model=model, best=best), about


def _finish(setup: "Setup", cell: "Cell", model: "nn.Module", arm: Arm, start: Start) -> None:
    """What an arm does after training, the same to its last and to its best epoch; then back to the processor."""
    if arm.after is not None:
        pool = open_set(setup.run.images(cell.condition))[: setup.pool]
        context = Context(start=start, images=pool, preprocess=setup.preprocess, device=setup.device)
        arm.after(placed(model, setup.device).eval(), context)
    model.cpu().eval()


def _files(made: Made) -> dict[str, bytes]:
    files = {} if made.model is None else {networks.WEIGHTS: save_state(made.model)}
    if made.best is not None and made.best is not made.model:
        files[BEST] = save_state(made.best)
    return files


def _at_best(setup: "Setup", model: "nn.Module", trials: Trials) -> "nn.Module | None":
    if not trials.training.scores:
        return None
    return model if trials.training.best is None else _with(setup, trials.training.best)


def _with(setup: "Setup", weights: State) -> "nn.Module":
    twin = networks.fresh(setup, len(setup.classes), 0)
    twin.load_state_dict(weights)
    return twin


def _kept(folder: Path, setup: "Setup") -> Made | None:
    """What the run folder holds of this arm; None when it must be trained."""
    try:
        about = read_json(folder / ABOUT)
    except (FileNotFoundError, RunError):
        return None
    if not isinstance(about, dict) or "failed" not in about:
        return None
    if about["failed"]:
        return Made(failed=str(about["failed"]))
    if not is_there(folder / networks.WEIGHTS):
        return None
    last, *best = (
        networks.loaded(networks.fresh(setup, len(setup.classes), 0), folder / name)
        for name in (networks.WEIGHTS, BEST)
        if is_there(folder / name)
    )
    if best:
        return Made(model=last, best=best[0])
    return Made(model=last, best=last if about.get("validation") else None)


def _train(setup: "Setup", cell: "Cell", model: "nn.Module", arm: Arm) -> Trials:
    """The arm's trials; the model is left as the chosen one."""
    images = open_set(setup.run.images(cell.condition))
    train, validation = (Labelled(Rows(images, part), setup.labels[part]) for part in setup.parts(cell))
    names = tuple(name for name, _ in model.named_parameters())
    layers = Layers(parameters=names, head=head_name(model, len(setup.classes)))
    phases = [phase_of(arm.name, learns, layers) for learns in arm.learns]
    recipe, tune = setup.recipe(arm.name, len(train.labels)), setup.spec.train.tune
    placed(model, setup.device)
    return run_trials(
        model,
        (train, validation),
        setup.preprocess,
        recipe,
        tune.lr if tune else (recipe.lr,),
        seed=cell.seed or 0,
        device=setup.device,
        phases=phases,
        head=layers.head,
    )


def phase_of(arm: str, learns: Learns, layers: Layers) -> Phase:
    """One entry of an arm's `learns` for a network.

    Raises:
        SpecError: when it is no part we know, or names a parameter that is not there or a factor that is no number from
            0 up, or lets nothing learn.
    """
    if not callable(learns):
        phases = {"all": WHOLE, "head": Phase(layers.head)}
        if learns not in phases:
            raise SpecError(f"arm {arm}: wanted 'all', 'head' or a function of the layers to learn, got {learns!r}")
        return phases[learns]
    factors = learns(layers)
    wrong = [name for name, factor in factors.items() if name not in layers.parameters or not 0 <= factor < math.inf]
    if wrong:
        raise SpecError(
            f"arm {arm}: wanted parameters of the network, each with a factor of the rate from 0 up, "
            f"got {wrong[0]}: {factors[wrong[0]]}"
        )
    if not any(factors.get(name, 1.0) for name in layers.parameters):
        raise SpecError(f"arm {arm}: wanted a phase in which something learns, got none; leave the phase out")
    return Phase("", factors)


def _told(setup: "Setup", cell: "Cell", arm: str, trials: Trials) -> dict[str, object]:
    """What a reader may ask about a training: its curves, its rate, what else was tried."""
    training = trials.training
    train, validation = setup.parts(cell)
    return {
        "loss": training.loss,
        "validation": [score.accuracy for score in training.scores],
        "best_epoch": training.best_epoch,
        "lr": trials.lr,
        "recipe": asdict(replace(setup.recipe(arm, len(train)), lr=trials.lr)),
        "train_accuracy": training.train_accuracy,
        "trials": [_trial(one) for one in trials.all],
        "images": len(train),
        "validation_images": len(validation),
    }


def _trial(one: Trial) -> dict[str, object]:
    best = max(one.training.scores, default=None) if one.training else None
    return {"lr": one.lr, "accuracy": best.accuracy if best else None, "failed": one.failed}


def pairing(setup: "Setup", cell: "Cell", arm: str, start: Start) -> dict[str, str]:
    """Hashes of what two arms of one seed must share to be compared: images, order, the drawn head."""
    if cell.seed is None:
        return {}
    train, validation = setup.parts(cell)
    test = np.arange(setup.pool, len(setup.labels))
    recipe = setup.recipe(arm, len(train))
    orders = (met(recipe, setup.labels[train], cell.seed, epoch) for epoch in range(recipe.course(len(train)).epochs))
    crops = {"crops": crops_digest(recipe, len(train), cell.seed)} if augment_of(recipe).changes else {}
    drawn = {key: value for key, value in start.fresh.items() if in_head(key, start.head)}
    return {
        "split": index_digest([train, validation, test]),
        "order": index_digest(orders),
        "head": state_digest(drawn),
        **crops,
    }
