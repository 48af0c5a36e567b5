"""What a run knows of its checkpoint before anything is built: its images, its outputs, its network's side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from shiftprobe.data.bundle import Bundle
from shiftprobe.engine.applicable_arms import columns_of
from shiftprobe.engine.brought import Brought, outputs, said_names, sizes_in
from shiftprobe.engine.preprocessing import preprocess_for, preprocess_of_brought
from shiftprobe.models.build import build
from shiftprobe.models.guess import side_for
from shiftprobe.models.logits import TAKEN, settled
from shiftprobe.models.names import runs_code
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.results.about import BroughtCheckpoint
from shiftprobe.spec.arch_options import bare
from shiftprobe.spec.schema import Spec

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCheckpoint:
    """What is known of a checkpoint, whether it is trained here or brought."""

    preprocess: Preprocess
    names: tuple[str, ...] | None  # of the head's outputs; None where nobody says
    outputs: int
    source_columns: tuple[int, ...] | None = None  # per class of the source's data its output, of one that is brought
    side: int | None = None  # px that its network is built for, where weights say so
    checkpoint: BroughtCheckpoint | None = None  # the same for a reader
    module: "nn.Module | None" = None  # the network itself, in float32, where it is in memory

    @property
    def unsure(self) -> str:
        """Why nobody knows what the outputs mean, where more than a name is missing."""
        said = "" if self.checkpoint is None else self.checkpoint.names_from
        who, _, why = said.partition(": ")
        return why if who == "nobody" else ""

    def network(self, arch: str, classes: int, *, allow_code: bool) -> "nn.Module":
        """The run's network for some classes, its weights drawn from seed 0; one in memory as it is."""
        if self.module is not None:
            return self.module
        size, channels = self.side or self.preprocess.size, self.preprocess.channels
        return build(arch, classes=classes, channels=channels, size=size, seed=0, allow_code=allow_code)


def known_of(
    spec: Spec,
    found: Brought | None,
    source: Bundle | None,
    fitted_on: tuple[Bundle, NDArray[np.int64]],
    *,
    allow_code: bool,
) -> KnownCheckpoint:
    """What a checkpoint says of itself where somebody brings it, and what follows from the data where it is trained.

    Args:
        spec: what was asked for, its architecture resolved.
        found: the checkpoint that is brought; None where the run trains its source.
        source: what trained it, where it is at hand.
        fitted_on: images, and which of them tell a preprocessing that nobody knows.
        allow_code: whether its architecture may be code of the user's own.

    Raises:
        ShiftprobeError: when its weights are not those of its network, or its outputs have another number of names.
    """
    if found is None:
        names = said_names(spec, source) or (source.classes if source else None)
        return KnownCheckpoint(preprocess=preprocess_for(spec, *fitted_on), names=names, outputs=len(names or ()))
    sizes = sizes_in(found, allow_code=allow_code, fitted=lambda: preprocess_for(spec, *fitted_on))
    head = outputs(spec, found, source, sizes)
    how = preprocess_of_brought(spec, found, sizes, *fitted_on)
    home = None if source is None else columns_of(head.names, source.classes)
    weights = found.weights
    return KnownCheckpoint(
        preprocess=how.preprocess,
        names=head.names,
        outputs=head.count,
        source_columns=home,
        module=found.module,
        side=None if found.module is not None else side_for(found.arch, found.state, how.preprocess.size),
        checkpoint=BroughtCheckpoint(
            weights=weights.path if found.module is not None else spec.model.weights,
            sha256=weights.sha256,
            format=weights.format,
            bytes=weights.bytes,
            dtypes=weights.dtypes or tuple(sorted({str(value.dtype) for value in weights.state.values()})),
            arch=bare(found.arch),
            arch_from=found.arch_from,
            outputs=head.count,
            names_from=head.names_from,
            home_known=home is not None,
            preprocess_from=how.told,
            preprocess_guessed=how.guessed,
            notes=(*weights.notes, *_settled(found, how.preprocess, head.count, allow_code=allow_code)),
        ),
    )


def _settled(found: Brought, how: Preprocess, outputs: int, *, allow_code: bool) -> tuple[str, ...]:
    """That the network answers probabilities, whose logarithm is taken; those that we know by name give logits."""
    model = found.module
    if model is None and runs_code(found.arch):
        model = build(found.arch, classes=outputs, channels=how.channels, size=how.size, seed=0, allow_code=allow_code)
    if model is None:
        return ()
    noise = np.random.default_rng(0).integers(0, 256, (2, how.size, how.size, how.channels), dtype=np.uint8)
    return (TAKEN,) if settled(model, how.normalise(torch.from_numpy(noise))) else ()
