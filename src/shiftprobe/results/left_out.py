"""What of a run's data gave no image, in one sentence for terminal and Markdown."""

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
        said += [f"Of the {side} {' and '.join(parts)}."] if parts else []
    return " ".join(said)
