"""What planning found out about a run, and where its numbers were made: `about.json`, `environment.json`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.results.reading_choices import ReadingChoices
from shiftprobe.spec.recipes import Family

TrainedBy: TypeAlias = Literal["here", "none", "all", "named", "unknown"]
"""What trained the checkpoint: the run itself, on its training part; none or all of the source; images that somebody
named; nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityScale:
    """Severities that mean equal distances: at severity s, s times `common` (mean 1 - SSIM)."""

    common: float
    reach: Mapping[str, float]  # per shift, the part of the common distance that it can reach
    doses: Mapping[str, Mapping[str, float]]  # per shift, the dose behind each severity

    def dose(self, shift: str, severity: float) -> float | None:
        """Where the shift's own dial stands at one severity of the run."""
        return self.doses.get(shift, {}).get(repr(severity))


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where the numbers were made; no times, so that two runs give one page."""

    python: str
    platform: str
    device: str
    versions: Mapping[str, str]
    code: str | None = None  # digest of the code that makes numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Counts of one side of the data; what does not apply is None."""

    name: str
    classes: tuple[str, ...]
    test: int
    train: int | None = None
    pool: int | None = None
    skipped: int | None = None
    refused: int | None = None
    duplicates: int | None = None
    near_duplicates: int | None = None
    skipped_examples: tuple[str, ...] | None = None
    set_aside: int | None = None  # files that never claimed to be pictures, where there are any
    set_aside_examples: tuple[str, ...] | None = None
    groups: int | None = None  # how many independent draws the target's test images are, where some belong together
    unlabelled: int | None = None  # images that were left out as they have no label, where there are any
    reading: ReadingChoices | None = None  # what hangs on who read their files, where anything does
    majority: float | None = None  # share of the commonest class among the target's test images


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasets:
    """Both sides of a run's data; no source where weights came from elsewhere."""

    target: Dataset | None = None
    source: Dataset | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Preprocessing as resolved: side in px, moments as fractions of the grey levels."""

    channels: int
    crop: str = "round"
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = ()
    order: str = "RGB"
    resize: int | None = None
    size: int
    std: tuple[float, ...] = ()
    reader: Reader = VIEWER  # of the picture files


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingResolution:
    """Where shifts fall on images that are larger than a network needs."""

    side: int  # px of the shorter side: twice what the network looks at
    larger: int  # of the images
    images: int

    @property
    def told(self) -> str:
        """What a reader must know of it, in one sentence."""
        return (
            f"Shifts fall on images brought to {self.side:,} px (shorter side), twice what the network sees: "
            f"{self.larger:,} of {self.images:,} are larger; --native keeps all their pixels."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TowardGap:
    """How far the target lies from the images that a shift moves to, before and at dose 1."""

    levels: tuple[float, float]  # grey levels
    spectrum: tuple[float, float]  # log amplitude


@dataclass(frozen=True, slots=True, kw_only=True)
class NameConflict:
    """A class that two lists of a head's outputs put at different places."""

    given: int  # output that the user's list calls so, from 0
    carried: int  # output that the checkpoint's own list calls so
    name: str
    count: int  # how many classes differ in their place

    @property
    def told(self) -> str:
        """'the checkpoint itself calls output 0 "dog", the names given call output 2 so, and 1 more differ'."""
        more = f", and {self.count - 1:,} more differ" if self.count > 1 else ""
        return (
            f"the checkpoint's own list calls output {self.carried} {escape(self.name, 40)!r}, the names given call "
            f"output {self.given} so{more}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtCheckpoint:
    """Weights that came from elsewhere: what they are, and who says so."""

    weights: str  # as the spec names them
    sha256: str  # of the file's bytes; of the weights where they were in memory
    format: str
    bytes: int | None
    dtypes: tuple[str, ...]  # as they stood in the file
    arch: str
    arch_from: str  # "given", or how it was guessed
    outputs: int
    names_from: str  # who says what they mean
    home_known: bool  # whether every class of the source's data is one of them, so that its images can judge
    preprocess_from: str
    preprocess_guessed: bool = False  # whether nobody said how images were prepared when it was trained
    notes: tuple[str, ...] = ()  # what was bent on the way, a sentence each

    @property
    def told(self) -> tuple[str, ...]:
        """What a reader must know before anything is paid for, a sentence each."""
        guessed = self.arch_from not in {"given", "published with the weights"}
        arch = f"the architecture is {self.arch}, {self.arch_from}" if guessed else f"the architecture is {self.arch}"
        names = f"what its {self.outputs:,} outputs mean is said by {self.names_from}"
        return (*self.notes, arch, f"preprocessing is {self.preprocess_from}", names)

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What a paper's supplement lists of it."""
        return (
            ("source weights are", f"{self.format}, SHA-256 {self.sha256[:12]}"),
            ("architecture is", self.arch_from),
            ("preprocessing is", self.preprocess_from),
            ("outputs are named by", self.names_from),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What planning found out, as far as a summary tells it; `about.json`."""

    command: str
    digest: str
    skipped_arms: Mapping[str, str]
    data: Datasets
    device: str
    preprocess: Prepared | None = None
    scale: SeverityScale | None = None
    toward: Mapping[str, TowardGap] = field(default_factory=dict)
    arms_about: Mapping[str, str] = field(default_factory=dict)  # what an arm of one's own says of itself
    conflict: NameConflict | None = None  # a class that the names given and the checkpoint's file place apart
    colours_dropped: bool = False  # the network takes one channel, and the target's images have colours
    working: WorkingResolution | None = None  # None where shifts fall on all pixels of every image
    family: Family | None = None  # of the network; None in folders that did not say
    source_brought: bool | None = None  # the weights came from elsewhere; None in folders that did not say
    left: tuple[str, ...] = ()  # keys of cells that --minutes left for later
    checkpoint: BroughtCheckpoint | None = None  # what they are; None where they are trained here, and in older folders


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAccuracy:
    """An accuracy with its 95 % interval over n test images, fractions."""

    value: float
    low: float
    high: float
    n: int
