"""A request with every name resolved, before any image is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from shiftprobe import data
from shiftprobe.auditing import sides
from shiftprobe.auditing.baseline import from_audit
from shiftprobe.auditing.both_ways import Whole
from shiftprobe.auditing.check_request import check_request
from shiftprobe.auditing.check_scores import check_scores
from shiftprobe.auditing.checks import check_own
from shiftprobe.auditing.contradictions import contradictions, without_target
from shiftprobe.auditing.doors import opened_with_names
from shiftprobe.auditing.doubles import told_apart
from shiftprobe.auditing.evidence import Side, Subject, dose_of
from shiftprobe.auditing.few_labels.incoming import Incoming, labels_for
from shiftprobe.auditing.other_weights import OtherWeights, other_weights
from shiftprobe.auditing.pixel_notes import choices, reading, working
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import Task
from shiftprobe.auditing.request import FOLDERS, Request, is_audit
from shiftprobe.auditing.subject import subject
from shiftprobe.auditing.trained_on import TrainedOn, trained
from shiftprobe.auditing.types import Note
from shiftprobe.core.digest import digest
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import check_folder
from shiftprobe.core.types import Condition
from shiftprobe.engine.device import device_for
from shiftprobe.engine.shifted_sets import Dose
from shiftprobe.models.file_reading import FileReading
from shiftprobe.models.names import stem_of
from shiftprobe.models.own_preprocess import own_reader
from shiftprobe.results.reading_choices import ReadingChoices
from shiftprobe.shifts import find


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An audit whose every name is resolved."""

    request: Request
    subject: Subject
    data: Side
    target: Side | None
    other: Subject | None  # the baseline, where it is a checkpoint
    whole: Whole | None = None  # both sides with the images that only a file beside the checkpoint leaves out
    name: str  # of the checkpoint and what it is looked at with; the same wherever it is written
    folder: Path
    notes: tuple[Note, ...]
    incoming: Incoming = field(default_factory=Incoming)  # labels beside the target
    towards: tuple[OtherWeights, ...] = ()  # to mix its weights with
    reading: Mapping[str, ReadingChoices] = field(default_factory=dict)  # by side, where pictures hang on their reader

    @property
    def looks(self) -> Path:
        """Where answers are kept."""
        return self.folder / "looks" if self.subject.precision == "float32" else self.folder / "looks" / "bf16"

    @property
    def in_float32(self) -> "Ready":
        """The same audit with looks in float32."""
        exact = replace(self.subject, precision="float32")
        other = None if self.other is None else replace(self.other, precision="float32")
        return replace(self, subject=exact, other=other)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every set of predictions on the data: clean first, then the dials."""
        policy = self.request.policy
        dial = [Task(side=self.data, condition=Condition(shift, s)) for shift in policy.shifts for s in policy.asked]
        return (Task(side=self.data), *dial)

    @property
    def unlabelled(self) -> Side | None:
        """The target, where it has no labels: its accuracy is estimated."""
        return None if self.target is None or self.target.labels is not None else self.target

    @property
    def working(self) -> int | None:
        """Px to which larger images are brought before a shift; None where all are smaller, or keep all pixels."""
        side = self.subject.preprocess.working_side
        return side if not self.request.native and self.data.larger(side) else None

    def dose(self, condition: Condition) -> Dose:
        """What is done to the images in a condition."""
        return dose_of(condition, self.request.policy.seed, self.working)

    @property
    def with_all(self) -> "Ready | None":
        """The same audit with all images; None where no file beside the checkpoint leaves any out."""
        if self.whole is None:
            return None
        return replace(self, data=self.whole.data, target=self.whole.target_like(self.target), whole=None)

    @property
    def sides(self) -> dict[str, Side]:
        """Both sides by name."""
        return {"data": self.data} | ({"target": self.target} if self.target is not None else {})


def prepare(request: Request) -> Ready:
    """Resolve every name of a request; nothing is written, and images are looked at only to tell an architecture.

    Raises:
        ShiftprobeError: for the first thing that cannot be used, in one line that names the flag that cures it.
    """
    check_request(request)
    check_own(policy := request.policy)
    reader = own_reader(_said_reader(request), Path(request.wanted.checkpoint))
    how = sides.How(most=policy.images, seed=policy.seed, reader=reader.name, no_label=request.no_label)
    door = opened_with_names(request.wanted)
    bundle, said = sides.data_of(request.data, request.wanted.classes, how)
    found = _on(subject(request.wanted, bundle, door), request)
    known = trained(request.wanted.checkpoint, request.trained_on, request.run, reader.name)
    seen = replace(how, trained=known.named | known.beside)
    side, notes = sides.labelled(bundle, found.classes, seen)
    found = told_apart(found, request.wanted, bundle, side, policy.seed)
    target, more = sides.target_of(request.target, found.classes, seen, labels=request.labels)
    whole = _whole(request, found, bundle, known, how)
    _check_possible(policy, side, found)
    other = _other(request, found, bundle, side)
    name = f"{stem_of(request.wanted.checkpoint)}-{_identity(found, side, target)[:8]}"
    folder = request.out or FOLDERS / name
    check_folder(folder)
    target, labels = labels_for(request, target, found.classes, folder)
    told = (*said, *notes, *more, *labels.notes, *sides.repeated(side, target), *_further(whole, policy, target))
    ready = Ready(
        request=request,
        subject=found,
        data=side,
        target=target,
        other=other,
        whole=whole,
        name=name,
        folder=folder,
        incoming=labels,
        towards=other_weights(request.towards, found, request.wanted),
        reading=choices(side, target, reader),
        notes=told,
    )
    _check_earlier(ready)
    return replace(ready, notes=(*ready.notes, *reading(ready), *working(ready)))


def _further(whole: Whole | None, policy: Policy, target: Side | None) -> tuple[Note, ...]:
    """What is asked both ways, where the policy contradicts itself, and what it asks of a target that is not there."""
    both_ways = () if whole is None else (whole.note,)
    torn = (Note(about="policy", text=one) for one in contradictions(policy))
    missing = (Note(about="target", text=one) for one in (without_target(policy) if target is None else ()))
    return (*both_ways, *torn, *missing)


def _on(found: Subject, request: Request) -> Subject:
    """The checkpoint on the device that will look, in the arithmetic that was asked for; a black box has its own."""
    if found.head is None:
        return _as_it_is(found, request)
    return replace(found, device=device_for(request.device, "--device"), precision=request.precision)


def _as_it_is(found: Subject, request: Request) -> Subject:
    own = {"device": (request.device, ("auto", "cpu")), "precision": (request.precision, ("float32",))}
    for flag, (given, usual) in own.items():
        if given not in usual:
            name = escape(found.facts.path)
            raise SpecError(f"--{flag} {given}: {name} is a black box and computes as it does; leave --{flag} out")
    return found


def _said_reader(request: Request) -> str | None:
    said = request.wanted.preprocess.get("reader")
    return None if said is None else str(said)


def _whole(request: Request, found: Subject, bundle: data.Bundle, known: TrainedOn, how: sides.How) -> Whole | None:
    """Both sides with every image that the user has not named; None where a file beside the checkpoint adds none."""
    if not known.beside:
        return None
    how = replace(how, trained=known.named)
    side, _ = sides.labelled(bundle, found.classes, how)
    target, _ = sides.target_of(request.target, found.classes, how, labels=request.labels)
    met = [one for one in (side, target) if one is not None and known.beside.intersection(one.bundle.hashes)]
    return Whole(data=side, target=target, folder=known.folder) if met else None


def _other(request: Request, found: Subject, bundle: data.Bundle, side: Side) -> Subject | None:
    """The checkpoint that is the baseline; its outputs must have the same names, in any order."""
    if request.baseline is None or is_audit(Path(request.baseline)):
        return None
    own = FileReading(part=request.wanted.reading.part)  # its head and its names are not the other checkpoint's
    wanted = replace(request.wanted, checkpoint=request.baseline, module=None, reading=own)
    other = _on(subject(wanted, bundle), request)
    if other.classes != found.classes:
        raise SpecError(
            f"--baseline {escape(request.baseline)}: wanted one with the same {len(found.classes)} outputs in the "
            f"same order, got {len(other.classes)}; audit it alone with its own --classes, and give --baseline that "
            "audit's folder"
        )
    return told_apart(other, wanted, bundle, side, request.policy.seed)


def _check_earlier(ready: Ready) -> None:
    """Meet a baseline that cannot be paired before anything is looked at."""
    given = ready.request.baseline
    if given is None or ready.other is not None:
        return
    if Path(given).resolve() == ready.folder.resolve():
        raise SpecError(
            f"--baseline {escape(given)}: wanted an earlier audit, got the folder this one writes to: done again, it "
            "would be compared with itself; give another --out"
        )
    from_audit(Path(given), ready.subject, ready.sides, ready.request.policy.regression.metric)


def _check_possible(policy: Policy, side: Side, found: Subject) -> None:
    """Meet a rule that these images and this head cannot answer before minutes are spent."""
    if side.bundle.channels == 1:
        _check_colour(policy, side)
    if side.labels is not None:
        check_scores(policy, found.classes, side.labels)


def _check_colour(policy: Policy, side: Side) -> None:
    for name in policy.shifts:
        if getattr(find(name), "colour", False):
            raise SpecError(f"policy: shift {escape(name)} needs colour, but {escape(side.name)} is grey; leave it out")


def _identity(found: Subject, side: Side, target: Side | None) -> str:
    """What two audits must share to share a folder: all but the policy."""
    parts = {
        "weights": found.fingerprint,
        "arch": found.facts.arch,
        "preprocess": found.preprocess.to_dict(),
        "classes": list(found.classes),
        "data": side.bundle.digest,
        "target": None if target is None else [target.bundle.digest, target.labels is None],
    }
    return digest(parts)
