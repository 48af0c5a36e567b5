"""Slices and shortcuts in words: one spelling for the check and the page."""

from shiftprobe.auditing.measurements import FailingSlice, Shortcut
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed, percent, whole_percent

PX = ("size",)
NAMES = {
    "brightness": "brightness",
    "contrast": "contrast",
    "sharpness": "sharpness",
    "rim": "brightness of the rim",
    "margin": "even margins",
    "saturation": "saturation",
    "size": "shorter side",
    "aspect": "width over height",
    "colour": "main colour",
    "domain": "domain",
}
ENDS = {  # of each property: pictures that have little of it, pictures that have much
    "brightness": ("dark pictures", "bright pictures"),
    "contrast": ("flat pictures", "pictures of high contrast"),
    "sharpness": ("blurred pictures", "grainy or very sharp pictures"),
    "rim": ("pictures with a dark rim", "pictures with a bright rim"),
    "margin": ("pictures that fill their frame", "pictures with even margins"),
    "saturation": ("pale pictures", "vivid pictures"),
    "size": ("small files", "large files"),
    "aspect": ("tall pictures", "wide pictures"),
}
MORE = {  # as a trait of a cluster: less of it, more of it
    "brightness": ("darker", "brighter"),
    "contrast": ("flatter", "of higher contrast"),
    "sharpness": ("blurrier", "sharper"),
    "rim": ("with a darker rim", "with a brighter rim"),
    "margin": ("with less margin", "with wider margins"),
    "saturation": ("paler", "more vivid"),
    "size": ("smaller", "larger"),
    "aspect": ("taller", "wider"),
}
OTHER = ("with less", "with more")
LABEL = "collect and label more of them and train on them, or turn them away"
FIXES = {
    "size": "bring files to one size before the network as in training, or turn small ones away",
    "class": "label more images of this class, and look at what it is taken for",
    "domain": "label more images of this domain and train on them",
    "features": "look at the pictures for what they share; " + LABEL,
}
SHIFTS = {("brightness", "below"): "darken", ("sharpness", "below"): "motion_blur", ("contrast", "below"): "contrast"}
MOSTLY = 0.25  # share of a slice's wrong answers that makes a class worth naming


def spelt(by: str) -> str:
    """A property in words; one that another version measured as it is called."""
    return NAMES.get(by, escape(by, 40))


def amount(by: str, value: float, digits: int = 3) -> str:
    """'0.3', '96 px'."""
    return f"{value:,.0f} px" if by in PX else f"{value:.{digits}g}"


def chance(p: float) -> str:
    """'p 0.012', 'p < 0.001'."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"  # noqa: PLR2004 -- what is smaller says no more


def called(one: FailingSlice) -> str:
    """'dark pictures, brightness below 0.3'."""
    if not isinstance(one.bound, str):
        ends, bound = ENDS.get(one.by), amount(one.by, one.bound)
        pictures = f"{ends[one.relation == 'at least']}, " if ends else ""
        side = f"below {bound}" if one.relation == "below" else f"of {bound} or more"
        return f"{pictures}{spelt(one.by)} {side}"
    named = escape(one.bound, 60)
    if one.by == "features":
        return f"a cluster of features{_wholly(one)}"
    if one.by == "colour":
        return "pictures without a main colour" if named == "grey" else f"pictures that are mostly {named}"
    return f"{spelt(one.by)} {named}"


def _wholly(one: FailingSlice) -> str:
    """What the wrong answers of a cluster of features are, and how its pictures differ."""
    wrong = sum(c.n - c.right for c in one.classes)
    mostly = [c for c in one.classes if wrong and c.n - c.right >= MOSTLY * wrong][:2]
    taken = listed([f"{escape(c.name, 30)} taken for {escape(c.taken_for or '', 30)}" for c in mostly])
    parts = [f"mostly {taken}"] if taken else []
    return ": " + ", ".join([*parts, _traits(one) or "no property here sets them apart"])


def apart(one: FailingSlice) -> str:
    """What else sets the pictures of a slice apart: 'its pictures are also darker (brightness 0.02 against 0.13)'."""
    said = "" if one.by == "features" else _traits(one)
    return f"its pictures are also {said}" if said else ""


def _traits(one: FailingSlice) -> str:
    return listed(
        [
            f"{MORE.get(t.name, OTHER)[t.here > t.elsewhere]} ({spelt(t.name)} {amount(t.name, t.here, 2)} against "
            f"{amount(t.name, t.elsewhere, 2)})"
            for t in one.traits
        ]
    )


def accuracy(one: FailingSlice) -> str:
    """'61.0 % right (54.0 to 68.0), n = 84, against 88.0 %'."""
    ends = f"{100 * one.low:.1f} to {100 * one.high:.1f}"
    return f"{percent(one.accuracy)} right ({ends}), n = {one.n:,}, against {percent(one.rest)}"


def beside(one: FailingSlice, below: float) -> str:
    """Whether its classes explain it, and whether the checkpoint knows; empty where neither is known."""
    said = []
    if one.same_classes is not None and one.by != "class":
        more = one.same_classes - one.accuracy
        word = ", so its classes do not explain it" if more >= below else ", which explains it" if more > -below else ""
        said.append(f"other images of the same classes reach {percent(one.same_classes)}{word}")
    if one.sure is not None:
        said.append(f"its answers are {whole_percent(one.sure)} sure on average")
    return "; ".join(said)


def fix(one: FailingSlice) -> str:
    """What to do about a slice."""
    shift = SHIFTS.get((one.by, one.relation))
    known = FIXES.get(one.by, LABEL)
    return f"{known}; `shiftprobe preview {shift}` shows a shift to train with" if shift else known


def named(one: Shortcut) -> str:
    """'shorter side alone names 71.0 % of classes rightly (64.0 to 77.0, n = 300; the commonest class: 20.0 %)'."""
    ends = f"{100 * one.low:.1f} to {100 * one.high:.1f}, n = {one.n:,}"
    if one.label is None:
        told, most = "names", f"of classes rightly ({ends}; the commonest class: {percent(one.majority)})"
        return f"{spelt(one.by)} alone {told} {percent(one.accuracy)} {most}"
    told = f"alone tells class {escape(one.label, 40)} from all others in {percent(one.accuracy)} of images"
    return f"{spelt(one.by)} {told} ({ends}; always one answer: {percent(one.majority)})"


def followed(one: Shortcut, level: float) -> str:
    """Whether the checkpoint's errors follow the property."""
    if one.misled is None or one.aligned is None or one.misled_p is None:
        return "no image here goes against it, so whether the checkpoint uses it cannot be told"
    said = f"where it misleads the checkpoint is right in {percent(one.misled)} of {one.misled_n:,} images, "
    said += f"elsewhere in {percent(one.aligned)} of {one.aligned_n:,} ({chance(one.misled_p)})"
    ending = "its errors go with it" if one.misled_p <= level else "that its errors go with it is not shown"
    return f"{said}: {ending}"
