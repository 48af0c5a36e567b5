"""`shiftprobe init`: a spec to start from, of a preset or for a checkpoint, and what to do with it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.findings import skipped
from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import UNSHIFTED

if TYPE_CHECKING:
    from shiftprobe.engine.drafting import Drafted
    from shiftprobe.engine.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The flags of `init`; None is found out."""

    preset: str | None = None
    checkpoint: str | None = None
    source: str | None = None
    target: str | None = None
    arch: str | None = None
    part: str | None = None
    head: str | None = None
    rename: Sequence[str] = ()
    trained: Sequence[str] = ()
    download: bool = False
    allow_code: bool = False


def write_first(file: Path, asked: Asked) -> None:
    """Write a first spec into a new file; never over one that is there.

    Raises:
        ShiftprobeError: when the flags do not go together, or something that they name cannot be read.
    """
    from shiftprobe.core.files import write_bytes

    _check(file, asked)
    if asked.checkpoint is None or asked.target is None:
        write_bytes(file, _preset(asked.preset or "digits").encode())
        say(f"Wrote {escape(file)}; change it, then: shiftprobe sweep {shlex.quote(str(file))}")
        return
    found = _drafted(file, asked, asked.checkpoint, asked.target)
    write_bytes(file, found.text.encode())
    _tell(file, asked, found)


def _check(file: Path, asked: Asked) -> None:
    if file.exists() or file.is_symlink():
        raise SpecError(f"{escape(file)} is there already; choose another name or remove it first")
    if asked.checkpoint is not None and not file.parent.is_dir():  # paths of the spec start there
        raise SpecError(f"{escape(file)}: wanted a folder that is there, got {escape(file.parent)}; make it first")
    of_checkpoint = {
        "--source": asked.source, "--target": asked.target, "--arch": asked.arch, "--part": asked.part,
        "--head": asked.head, "--rename": asked.rename,
        "--trained-on": asked.trained,
    }  # fmt: skip
    said = [flag for flag, value in of_checkpoint.items() if value]
    if asked.checkpoint is None and said:
        raise SpecError(f"{said[0]}: goes with --checkpoint, and none was given; name the checkpoint")
    if asked.checkpoint is not None and asked.target is None:
        raise SpecError("--checkpoint: wanted --target beside it, the labelled images that it will meet, got none")
    if asked.checkpoint is not None and asked.preset is not None:
        raise SpecError("--preset: wanted a preset or --checkpoint, got both; leave one of them out")
    if asked.trained and asked.source is None:
        raise SpecError("--trained-on: says which images of --source trained the checkpoint, and none was given")


def _preset(name: str) -> str:
    from shiftprobe.spec.loading import preset_text, presets

    if name not in presets():
        raise UnknownNameError(
            f"no preset named {escape(name)}{suggest(name, presets())} (known: {', '.join(presets())})"
        )
    return preset_text(name)


def _drafted(file: Path, asked: Asked, checkpoint: str, target: str) -> "Drafted":
    from shiftprobe.data.places import check_place
    from shiftprobe.models.names import check_given_arch, check_weights

    check_weights(Path(checkpoint), checkpoint)  # what is misspelt is answered before seconds of imports
    if asked.arch is not None:
        check_given_arch(asked.arch, allow_code=asked.allow_code)
    for flag, name in (("--source", asked.source), ("--target", target)):
        if name is not None:
            check_place(name, flag)
    from shiftprobe.engine.drafting import Beginning, drafted
    from shiftprobe.models.file_reading import FileReading, renames

    has = Beginning(
        checkpoint=checkpoint,
        target=target,
        source=asked.source,
        arch=asked.arch,
        reading=FileReading(part=asked.part, head=asked.head, rename=renames(asked.rename)),
        trained=tuple(asked.trained) or None,
        allow_code=asked.allow_code,
        download=asked.download,
    )
    return drafted(has, file)


def _tell(file: Path, asked: Asked, found: "Drafted") -> None:
    """What was found out, what is still to be said, the estimate, the next commands."""
    known, name = found.checkpoint, shlex.quote(str(file))
    code = " --allow-code" if asked.allow_code else ""
    say(f"Wrote {escape(file)}")
    for told in known.told:
        say(f"  {told}")
    skipped(found.skipped)
    if asked.source is not None and not asked.trained:
        say(
            "Say in source.trained which images of the source trained the checkpoint (all, none or a CSV of them): "
            "only the others can judge it at home."
        )
    for what, estimate in _estimates(found.whole).items():
        say(f"{what}: {estimate}")
    say("Next:")
    say(f"  shiftprobe compare {name}{code}")
    say(f"  shiftprobe sweep {name} --dry-run{code}")
    say(f"  shiftprobe sweep {name}{code}")


def _estimates(ready: "Plan") -> dict[str, str]:
    """What the target as it is costs, and the whole; the network is timed once for both."""
    from shiftprobe.engine.cost import cost_of, prices_of
    from shiftprobe.engine.side_by_side import workers_for

    setup, found = ready.setup, {}
    prices = prices_of(setup)
    still = tuple(cell for cell in ready.cells if cell.condition == UNSHIFTED)
    for what, cells in (("compare", still), ("sweep", ready.cells)):
        workers = workers_for(setup, len(cells), None)
        cost = cost_of(setup, cells, cells, workers, prices)
        found[what] = progress.estimate(cost, workers, setup.device)
    return found
