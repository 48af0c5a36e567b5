"""A checkpoint and two folders -> a first spec that runs: its choices are read off a plan, and it is planned again."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from shiftprobe import data
from shiftprobe.core.errors import SpecError
from shiftprobe.core.words import counted
from shiftprobe.data.places import check_place
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.models.file_reading import AS_IT_IS, FileReading
from shiftprobe.models.guess import takes_one_side
from shiftprobe.models.names import is_published, lies, stem_of
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.results.about import BroughtCheckpoint
from shiftprobe.spec.draft import FIRST_SHARE, Draft, DraftSide, budgets_for, draft_text, share_to_test
from shiftprobe.spec.loading import load_spec, parse
from shiftprobe.spec.model import AUTO
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.schema import Spec

SAMPLE = 200  # images that tell a side


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What somebody has: a checkpoint, and images on one side or both; None is found out."""

    checkpoint: str
    target: str
    source: str | None = None
    arch: str | None = None
    reading: FileReading = AS_IT_IS
    trained: tuple[str, ...] | None = None
    allow_code: bool = False
    download: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A first spec, and what it asks for."""

    text: str
    whole: Plan  # of the spec
    skipped: Mapping[str, str]  # arms that cannot apply, with the reason
    checkpoint: BroughtCheckpoint


def drafted(has: Beginning, file: Path) -> Drafted:
    """The first spec for what somebody has; nothing is written.

    Args:
        has: what there is; paths start at the working folder.
        file: where the spec will lie; its paths start there.

    Raises:
        ShiftprobeError: for the first thing that cannot be read, in one line.
    """
    named = _Named(has, file)
    target = data.load(named.target, named.base)
    source = None if named.source is None else data.load(named.source, named.base)
    share = FIRST_SHARE if target.official is not None else share_to_test(len(target))
    keys = named.keys(share, len(target.classes))
    found = plan(_spec(keys, named.base), replace(named.given, target=target, source=source))
    known = found.facts.checkpoint
    if known is None:
        raise SpecError("--checkpoint: wanted weights that are brought, got train")
    draft = _draft(named, found, known, share)
    text = draft_text(draft)
    whole = plan(_spec(parse(text, str(file)), named.base), named.given)  # what is written can be run
    return Drafted(text=text, whole=whole, skipped=draft.skipped, checkpoint=known)


def _spec(keys: Mapping[str, object], base: Path) -> Spec:
    return load_spec(keys).model_copy(update={"base": base})


class _Named:
    """What somebody has, with paths that start at the spec's folder."""

    def __init__(self, has: Beginning, file: Path) -> None:
        self.has, self.base = has, file.parent
        for flag, name in (("--target", has.target), ("--source", has.source)):
            if name is not None:
                check_place(name, flag)
        self.target = data.from_folder(has.target, self.base)
        self.source = None if has.source is None else data.from_folder(has.source, self.base)
        published = not lies(Path(has.checkpoint)) and is_published(has.checkpoint)
        self.weights = has.checkpoint if published else self._path(has.checkpoint)
        words = {"all", "none"}
        said = has.reading
        head = None if said.head is None else self._path(said.head)
        self.of_file = {"part": said.part, "head_file": head, "rename": dict(said.rename) or None}
        self.trained = has.trained and tuple(
            one if one in words else data.from_folder(one, self.base) for one in has.trained
        )
        self.given = Given(allow_code=has.allow_code, download=has.download)

    def keys(self, test: float, budget: int) -> dict[str, object]:
        """The least that can be planned, to see what the data and the weights say."""
        source = {"data": self.source, "trained": self.trained}
        model = {"weights": self.weights, "arch": self.has.arch or "auto", **self.of_file}
        return {
            "source": {key: value for key, value in source.items() if value is not None},
            "model": {key: value for key, value in model.items() if value is not None},
            "target": {"data": self.target, "budgets": [budget], "test": test},
            "shifts": [],
            "severities": [],
        }

    def _path(self, text: str) -> str:
        """A path from the spec's folder; a whole one stays."""
        return text if Path(text).is_absolute() else Path(os.path.relpath(text, self.base)).as_posix()


def _draft(named: _Named, found: Plan, known: BroughtCheckpoint, share: float) -> Draft:
    setup, has = found.setup, named.has
    pool = setup.labels[: setup.pool]
    budgets = budgets_for(tuple(np.bincount(pool, minlength=len(setup.classes)).tolist()))
    arms = tuple(arm for arm in ("zero_shot", "scratch", "transfer") if arm in setup.arms)
    trained = [arm for arm in arms if setup.arms[arm] == "arms"]
    return Draft(
        command=_command(has),
        name=stem_of(has.checkpoint).lstrip("_"),
        weights=named.weights,
        weights_told=(f"{known.format}, {_size(known)}", *known.notes),
        arch=AUTO if setup.spec.model.arch != known.arch else known.arch,
        arch_told=_sentence(f"The architecture was {known.arch_from}"),
        preprocess=_written(setup.preprocess),
        preprocess_told=_sentence(f"Preprocessing is {known.preprocess_from}"),
        smaller=_smaller(found, known),
        outputs_told=_outputs(known),
        of_file={key: value for key, value in named.of_file.items() if value is not None},
        source=_source(named, found),
        trained=named.trained,
        target=DraftSide(data=named.target, classes=len(setup.classes), told=_target(found)),
        test=share,
        test_told=_test(found),
        budgets=budgets,
        budgets_told=_budgets(budgets, setup.pool, len(setup.classes)),
        arms=arms,
        skipped={arm: reason for arm, reason in found.facts.skipped_arms.items() if "@" not in arm},
        recipes={arm: _recipe(setup.recipe(arm, budgets[-1]), budgets[-1]) for arm in trained},
    )


def _written(preprocess: Preprocess) -> Mapping[str, object]:
    """As `model.preprocess` takes it; who reads the files is a key of its own."""
    return {key: value for key, value in preprocess.to_dict().items() if key != "reader"}


def _smaller(found: Plan, known: BroughtCheckpoint) -> Mapping[str, object] | None:
    """A preprocessing at the images' own side, where a guess enlarges them and pays for pixels that are not there.

    A network that was trained for one side has no other.
    """
    how, images = found.setup.preprocess, found.target.images
    step = -(-len(images) // SAMPLE)
    own = int(np.median([min(images[i].shape[:2]) for i in range(0, len(images), step)]))
    if how.resize is None or own >= how.size or not known.preprocess_guessed or takes_one_side(known.arch):
        return None
    return _written(replace(how, size=own, resize=None))


def _source(named: _Named, found: Plan) -> DraftSide | None:
    if named.source is None or found.source is None:
        return None
    count, images = len(found.source.classes), len(found.source)
    return DraftSide(
        data=named.source, classes=count, told=f"{counted(images, 'image')} of {counted(count, 'class', 'classes')}"
    )


def _target(found: Plan) -> str:
    target, parts = found.target, found.split
    return (
        f"{counted(len(target), 'image')} of {counted(len(target.classes), 'class', 'classes')}, "
        f"{len(parts.target_train):,} to train on and {len(parts.target_test):,} to judge"
    )


def _test(found: Plan) -> str:
    if found.target.official is not None:
        return "Which images judge is as the data divides itself; this share is not used."
    return "The share of every class that judges and never trains."


def _budgets(budgets: tuple[int, ...], pool: int, classes: int) -> str:
    each = " and ".join(f"{budget / classes:.3g}" for budget in budgets)
    return f"at most {pool:,} of the {counted(classes, 'class', 'classes')} together; these are {each} per class"


def _outputs(known: BroughtCheckpoint) -> str:
    if known.names_from.startswith("nobody:"):
        return f"{known.names_from.removeprefix('nobody: ').capitalize()}."
    if known.names_from == "nobody":
        return (
            f"Nobody says what the checkpoint's {known.outputs:,} outputs mean, so it cannot answer untrained; name "
            "them in their order: classes: [...]"
        )
    return f"What its {known.outputs:,} outputs mean is said by {known.names_from}; classes: [...] says otherwise."


def _recipe(recipe: Recipe, images: int) -> str:
    course = recipe.course(images)
    return (
        f"recipe {recipe.name}, {recipe.opt}, rate {recipe.lr:g}, {recipe.sched}, {course.steps:,} steps with "
        f"{images:,} labels, augmentation {recipe.aug}"
    )


def _size(known: BroughtCheckpoint) -> str:
    return f"{(known.bytes or 0) / 1e6:.1f} MB of {', '.join(known.dtypes)}"


def _sentence(text: str) -> str:
    return f"{text}."


def _command(has: Beginning) -> str:
    said = {"--checkpoint": has.checkpoint, "--source": has.source, "--target": has.target, "--arch": has.arch,
            "--part": has.reading.part, "--head": has.reading.head}  # fmt: skip
    words = [f"{flag} {shlex.quote(name)}" for flag, name in said.items() if name]
    renamed = [f"--rename {shlex.quote(f'{old}={new}')}" for old, new in has.reading.rename]
    return " ".join(["shiftprobe init", *words, *renamed])
