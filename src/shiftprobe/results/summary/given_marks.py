"""What limits a run before anything is trained, as marks: what the data, the network and the spec bring."""

from collections.abc import Mapping

from shiftprobe.results.about import About
from shiftprobe.results.left_out import reading_told
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.marks import SYNTHETIC, Mark
from shiftprobe.spec.schema import Spec


def machine_marks(machines: Mapping[MachineKind, int]) -> tuple[Mark, ...]:
    """That arms were trained on machines of several kinds.

    Args:
        machines: how many on each.
    """
    if len(machines) < 2:  # noqa: PLR2004 - of several kinds
        return ()
    first, *others = machines
    moved = "; ".join(f"{machines[one]:,} with {first.hardware_moved(one) or 'other versions'}" for one in others)
    text = (
        f"Arms were trained on {1 + len(others)} kinds of machines ({moved}): another kind may round otherwise, so the "
        "same command on one kind may give other last digits."
    )
    return (Mark(kind="mixed_machines", text=text),)


def given_marks(about: About, spec: Spec) -> tuple[Mark, ...]:
    """Names that contradict the file, a guessed reader, colours that nobody sees, rounded looks, and dials alone.

    Args:
        about: of the run.
        spec: what was asked for.
    """
    found = []
    if about.conflict is not None:
        text = f"{about.conflict.told}: the names given were used. Leave source.classes out where the file is right."
        found.append(Mark(kind="class_names_contradicted", text=text))
    if read := reading_told(about.data, guessed=True):
        found.append(Mark(kind="reader_guessed", text=read))
    if about.colours_dropped:
        text = "The network takes one channel: the colours of the target's images were dropped before any arm saw them."
        found.append(Mark(kind="colours_dropped", text=text))
    if spec.looks != "float32":
        text = (
            "Networks were looked at in bfloat16, which gives a few images in a thousand another answer than float32: "
            "a difference of that size proves nothing. The same command without --precision looks in float32."
        )
        found.append(Mark(kind="rounded_looks", text=text))
    return (*found, *_synthetic(spec))


def _synthetic(spec: Spec) -> tuple[Mark, ...]:
    """A target that is the source's own data, changed by dials alone."""
    if spec.source.data != spec.target.data or not spec.shifts or max(spec.severities) == 0:
        return ()
    text = (
        f"Source and target are both {spec.target.data}, and only made-up changes lie between them. {SYNTHETIC} Next: "
        "the same with labelled images of the real target as target.data."
    )
    return (Mark(kind="synthetic_evidence", text=text),)
