"""Spec -> Plan: names resolved, data split, classes matched; nothing is written yet."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.files import file_digest
from shiftprobe.core.types import Cell
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.split import Split, fewer, split
from shiftprobe.engine import plugins
from shiftprobe.engine.applicable_arms import arms_for, columns_of, with_unknown
from shiftprobe.engine.code_version import MAKERS, digest_of
from shiftprobe.engine.device import device_for
from shiftprobe.engine.facts import Facts, counts
from shiftprobe.engine.preprocessing import preprocess_for, suited
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shift_binding import Dosing, bind, check_names
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import read_sizes
from shiftprobe.probes import PROBES
from shiftprobe.results.arm_texts import BUILT_IN
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells, digest
from shiftprobe.train.adaptation import has_batch_norm
from shiftprobe.train.arms import ARMS, Case

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a caller hands over beside the spec: objects that stand in for names, and where runs go."""

    out: Path = Path("runs")
    source: Any = None  # a torch Dataset or a Bundle
    target: Any = None
    model: "nn.Module | None" = None
    allow_code: bool = False
    command: str = "shiftprobe sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A spec ready to be executed."""

    setup: Setup
    facts: Facts
    source: Bundle | None
    target: Bundle
    split: Split
    dosing: Dosing
    cells: tuple[Cell, ...]


def plan(spec: Spec, given: Given) -> Plan:
    """Resolve a spec.

    Raises:
        ShiftprobeError: for the first thing in it that cannot be run, in one line.
    """
    plugins.load(spec, allow_code=given.allow_code)
    _check_names(spec, given)
    target = data.load_given(spec.target.data, given.target, spec.base)
    source = _source(spec, given)
    state = _checkpoint_state(spec, given)
    parts = split(source, target, test=spec.target.test, seed=spec.data_seed, pretrained=state is not None)
    parts = replace(parts, source_train=fewer(source, parts.source_train, spec.source.images, spec.data_seed))
    _check_budgets(spec, len(parts.target_train), len(target.classes))
    dosing = bind(spec, target, parts.target_train)
    setup, skipped = _setup(spec, given, (source, target), parts, state, dosing)
    facts = Facts(
        command=given.command,
        digest=setup.run.path.name.rpartition("-")[2],
        classes=target.classes,
        skipped_arms=skipped,
        data=counts(source, target, parts),
        device=setup.device,
        preprocess=asdict(setup.preprocess),
        scale=dosing.scale.told() if dosing.scale else None,
        toward=dosing.left,
        arms_about={name: ARMS[name].about for name in spec.arms if name not in BUILT_IN},
    )
    trained = "arms" in setup.arms.values()
    cells = (*checkpoint_cells(spec), *(arm_cells(spec) if trained else ()))
    if state is not None and given.model is None:
        _check_fit(setup)
    return Plan(setup=setup, facts=facts, source=source, target=target, split=parts, dosing=dosing, cells=cells)


def _check_names(spec: Spec, given: Given) -> None:
    check_names(spec)
    for registry, names in ((PROBES, spec.probes), (ARMS, spec.arms)):
        for name in names:
            registry[name]  # an unknown name is refused, and says which was meant
    if given.model is None:
        check_arch(spec.model.arch)


def _source(spec: Spec, given: Given) -> Bundle | None:
    if spec.source.data is not None or given.source is not None:
        return data.load_given(spec.source.data or "memory:source", given.source, spec.base)
    if spec.model.weights == "train" and given.model is None:
        raise SpecError(
            "source.data: this key is needed to train the source model; name the data, or give model.weights a file"
        )
    return None


def _check_budgets(spec: Spec, pool: int, classes: int) -> None:
    if min(spec.target.budgets) < classes:
        raise DataError(
            f"target.budgets: wanted at least {classes} images, one of each class, got {min(spec.target.budgets)}; "
            "raise the budget"
        )
    if max(spec.target.budgets) > pool:
        raise DataError(
            f"target.budgets: wanted at most {pool:,} images, the target's training pool, "
            f"got {max(spec.target.budgets):,}; lower the budget or target.test"
        )


def _checkpoint_state(spec: Spec, given: Given) -> "Mapping[str, Tensor] | None":
    """The weights of a checkpoint that somebody brings; None when the source is trained here."""
    from shiftprobe.models.checkpoint import load_state

    if given.model is not None:
        return given.model.state_dict()
    if spec.model.weights == "train":
        return None
    return load_state(Path(spec.base, spec.model.weights))


def _setup(  # noqa: PLR0917 - what planning has found so far
    spec: Spec,
    given: Given,
    bundles: tuple[Bundle | None, Bundle],
    parts: Split,
    state: "Mapping[str, Tensor] | None",
    dosing: Dosing,
) -> tuple[Setup, dict[str, str]]:
    """The setup, and the arms left out, each with the reason."""
    source, target = bundles
    seen = (source, parts.source_train) if source is not None else (target, parts.target_train)
    preprocess = preprocess_for(spec, *seen)
    skeleton = _skeleton(spec, given, len(target.classes), preprocess)
    checkpoint = None if state is None else read_sizes(state, skeleton)
    names = spec.source.classes or (source.classes if source else None)
    columns = columns_of(names, target.classes)
    case = Case(columns=columns, keep_head=spec.model.head == "source", batch_norm=has_batch_norm(skeleton))
    arms, skipped = arms_for(spec, case)
    device = device_for(spec.train.device)
    setup = Setup(
        spec=spec,
        run=RunDir(given.out / f"{spec.name}-{_digest(spec, given, bundles, device, dosing)[:8]}"),
        preprocess=preprocess if checkpoint is None else suited(spec, preprocess, checkpoint),
        classes=target.classes,
        source_classes=len(names) if names else checkpoint.classes if checkpoint else 0,
        columns=columns,
        arms=arms,
        probes={probe: PROBES[probe].scope for probe in spec.probes},
        labels=target.labels[np.concatenate([parts.target_train, parts.target_test])],
        pool=len(parts.target_train),
        source_labels=_source_labels(source, parts),
        source_train=len(parts.source_train),
        device=device,
        allow_code=given.allow_code,
        module=given.model,
    )
    return setup, with_unknown(skipped, names, target.classes) if columns is None else skipped


def _skeleton(spec: Spec, given: Given, classes: int, preprocess: Preprocess) -> "nn.Module":
    """A network of the spec's architecture, to know what it is made of and which of its weights is which."""
    if given.model is not None:
        return given.model
    arch, size, channels = spec.model.arch, preprocess.size, preprocess.channels
    if arch.startswith("torchvision:"):
        size, channels = 224, 3  # as they were published, whatever the images are
    return build(arch, classes=classes, channels=channels, size=size, seed=0, allow_code=given.allow_code)


def _source_labels(source: Bundle | None, parts: Split) -> NDArray[np.int64]:
    if source is None:
        return np.empty(0, np.int64)
    labels: NDArray[np.int64] = source.labels[np.concatenate([parts.source_train, parts.source_test])]
    return labels


def _digest(spec: Spec, given: Given, bundles: tuple[Bundle | None, Bundle], device: str, dosing: Dosing) -> str:
    """The identity of a run folder: all that two runs must share to share their cells."""
    import torch

    from shiftprobe.models.checkpoint import state_digest

    source, target = bundles
    weights = spec.model.weights
    return digest(
        {
            "spec": spec.identity(),
            "source": source.digest if source else None,
            "target": target.digest,
            "weights": None if weights == "train" else file_digest(Path(spec.base, weights)),
            "model": state_digest(given.model.state_dict()) if given.model is not None else None,
            "device": device,
            "plugins": plugins.digests(spec),
            "doses": dosing.identity(),
            "code": digest_of(MAKERS),
            "torch": torch.__version__,
        }
    )


def _check_fit(setup: Setup) -> None:
    """Meet a checkpoint that does not fit before anything is paid for."""
    from shiftprobe.engine.networks import checkpoint

    checkpoint(setup)
