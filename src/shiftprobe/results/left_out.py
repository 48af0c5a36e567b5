"""What of a run's data gave no image, or hangs on who reads its files, in sentences for terminal and Markdown."""

from shiftprobe.results.about import Datasets


def left_out(data: Datasets) -> str:
    """'Of the target 2 pictures could not be read and 5 files were set aside as no pictures.'; nothing without any."""
    said = []
    for side, one in (("target", data.target), ("source", data.source)):
        if one is None:
            continue
        parts = [f"{one.skipped:,} picture{'s'[: one.skipped > 1]} could not be read"] if one.skipped else []
        if one.set_aside:
            many = one.set_aside > 1
            parts.append(f"{one.set_aside:,} file{'s were' if many else ' was'} set aside as no picture{'s'[:many]}")
        if one.unlabelled:
            parts.append(f"{one.unlabelled:,} image{'s'[: one.unlabelled > 1]} without a label were left out")
        said += [f"Of the {side} {' and '.join(parts)}."] if parts else []
    return " ".join(said)


def reading_told(data: Datasets, *, guessed: bool | None = None) -> str:
    """'Target: of 56 pictures 56 are turned as their EXIF says; ...'; nothing where no picture hangs on its reader.

    Args:
        data: of a run.
        guessed: only where nobody said who reads and it can move an accuracy (a mark), or only elsewhere; None: both.
    """
    sides = {"source": data.source, "target": data.target}
    found = {name: one.reading for name, one in sides.items() if one is not None and one.reading is not None}
    wanted = {name: one for name, one in found.items() if guessed is None or one.is_guess is guessed}
    return " ".join(f"{one.told(name.capitalize(), '--reader')}." for name, one in wanted.items())
