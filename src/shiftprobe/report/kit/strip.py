"""Sample images along a dial: one column per dose, each below its step."""

from collections.abc import Sequence

from markupsafe import Markup

from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.charts import CLOSEST, Axis
from shiftprobe.report.kit.samples import Sample

PICTURE = 46.0  # largest side of a sample, user units


def strip(ident: str, axis: Axis, samples: Sequence[Sample | None], shift: str) -> Markup:
    """The same test images under every dose, each column below its step."""
    gaps = [b - a for a, b in zip(axis.xs, axis.xs[1:], strict=False) if b - a >= CLOSEST]
    side = min([PICTURE, *(gap - 4 for gap in gaps)])
    rows = max((len(one.uris) for one in samples if one), default=0)
    marks = [_column(axis, i, sample, side) for i, sample in enumerate(samples) if sample]
    said = f"{rows} test images under {wording.name(shift)}, one column per severity: {', '.join(axis.labels)}."
    return svg.chart(ident, max(rows * (side + 4) - 4, 1.0), f"Sample images under {wording.name(shift)}", said, *marks)


def _column(axis: Axis, i: int, sample: Sample, side: float) -> Markup:
    """One dose's images; where there is no room they wait, unseen, for the slider."""
    images = []
    for row, (uri, label) in enumerate(zip(sample.uris, sample.labels, strict=True)):
        tip = svg.tag("title", f"{wording.name(label)}, severity {axis.labels[i]}")
        place = {"x": axis.xs[i] - side / 2, "y": row * (side + 4), "width": side, "height": side}
        rendering = "pixelated" if sample.pixelated else None
        seen = None if i in axis.apart else "none"
        images.append(svg.tag("image", tip, href=uri, data_step=i, image_rendering=rendering, display=seen, **place))
    return Markup("").join(images)
