"""Diagnoses whose answer is known, made up: of every kind that a page, a terminal and a paper must tell."""

from collections.abc import Mapping

from shiftprobe.results.diagnosis import (
    Cause,
    Diagnosis,
    Effect,
    Experiment,
    Lack,
    NotLooked,
    Outcome,
    Stage,
)

STATISTICS = Experiment(
    name="batch_statistics",
    stage="file",
    cause="moved_batch_statistics",
    title="batch statistics re-estimated on the target",
    at="target",
    before=0.412,
    after=0.789,
    sham=0.415,
    sham_title="those of the other half at home",
    effect=Effect(value=0.374, low=0.341, high=0.406, n=1000),
    gap=0.41,
    recovers=0.912,
    p=0.0,
    p_holm=0.0,
    outcome="cause",
    details=("blocks.0.norm", "blocks.1.norm"),
)
LEFT = (
    NotLooked(name="width2", title="twice the width", units=6.0, why="beyond the budget of 12 trainings"),
    NotLooked(name="half_labels", title="half the labels", units=6.0, why="beyond the budget of 12 trainings"),
    NotLooked(name="leak", title="target images that trained the checkpoint", units=0.0, why="nobody knows its images"),
)


def tried(
    title: str,
    at: str,
    before: float,
    after: float,
    *,
    sham: float | None = None,
    stage: Stage = "file",
    outcome: Outcome = "ruled_out",
    cause: str = "",
    number: int = 0,
    half: float = 0.02,
    n: int = 1000,
    seeds: int | None = None,
    gap: float = 0.41,
    units: float = 0.0,
    reason: str = "",
    details: tuple[str, ...] = (),
) -> Experiment:
    """One experiment whose effect has an interval of a given half width."""
    beside = before if sham is None else sham
    value = after - beside
    return Experiment(
        name=title.replace(" ", "_"),
        stage=stage,
        cause=cause or title.replace(" ", "_"),
        title=title,
        at=at,
        round=number,
        before=before,
        after=after,
        sham=beside,
        sham_title="the same change without the cause",
        effect=Effect(value=value, low=value - half, high=value + half, n=n, seeds=seeds),
        gap=gap,
        recovers=value / gap if gap else None,
        p=0.5 if outcome == "ruled_out" else 0.001,
        p_holm=1.0 if outcome == "ruled_out" else 0.006,
        units=units,
        outcome=outcome,
        reason=reason,
        details=details,
    )


def refused(title: str, why: str, *, at: str = "target", stage: Stage = "file") -> Experiment:
    """An experiment that could not be tried."""
    name = title.replace(" ", "_")
    return Experiment(name=name, stage=stage, cause=name, title=title, at=at, outcome="not_possible", reason=why)


HOME = (
    tried("other mean and std", "home", 0.971, 0.968, sham=0.969, gap=0.01, cause="preprocessing"),
    tried("order of the channels", "home", 0.971, 0.951, sham=0.95, gap=0.01, cause="channel_order"),
    tried("batch statistics re-estimated at home", "home", 0.971, 0.97, gap=0.01, cause="stale_batch_statistics"),
    refused("layers like fresh draws", "every layer is far from fresh draws", at="home"),
)
TARGET = (
    tried("classes renamed", "target", 0.412, 0.416, sham=0.413, cause="renamed_classes", half=0.03),
    tried("turned back", "target", 0.412, 0.38, sham=0.37, cause="turned"),
    tried("inverted back", "target", 0.412, 0.21, sham=0.22, cause="inverted"),
    tried("moments matched", "target", 0.412, 0.49, sham=0.45, cause="moved_moments", half=0.05, outcome="unclear"),
)
GAPS = (
    Lack(at="home", now=0.971, reach=0.978, reached_by="the best readout of its features", n=2000),
    Lack(at="target", now=0.412, reach=0.822, reached_by="a new head on its features", n=1000),
    Lack(at="gain", now=0.021, reach=None, n=1000),
)
ON_TOP = (
    tried("moments matched", "target", 0.789, 0.791, cause="moved_moments", number=1, gap=0.033),
    tried("turned back", "target", 0.789, 0.61, sham=0.6, cause="turned", number=1, gap=0.033),
)
NEXT = tried(
    "classes renamed",
    "target",
    0.789,
    0.815,
    sham=0.787,
    cause="renamed_classes",
    number=1,
    gap=0.033,
    half=0.012,
    outcome="cause",
    details=("4 -> 9", "9 -> 4"),
)
STRONG = Diagnosis(
    answer="cause",
    sentence="The target moves the batch statistics: re-estimated on its images, they bring back 91 % of the gap.",
    causes=(
        Cause(
            name="moved_batch_statistics",
            grade="strong",
            claim="The target moves the batch statistics: re-estimated on its images they bring accuracy "
            "back, without labels.",
            do="Re-estimate the batch statistics on target images: add the arm bn_adapt (--arms).",
            experiment=8,
        ),
    ),
    gaps=GAPS,
    path=(*HOME, *TARGET, STATISTICS, *ON_TOP),
    left=LEFT,
    budget=12.0,
    condition="brightness_contrast~0.8",
    labels=300,
    command="shiftprobe diagnose runs/made-up-00000000 --trainings 12",
)
TWO = Diagnosis(
    answer="cause",
    sentence="Two causes: the target moves the batch statistics, and the outputs of 4 and 9 stand for each other.",
    causes=(
        *STRONG.causes,
        Cause(
            name="renamed_classes",
            grade="strong",
            claim="The outputs stand for other classes than the labels say (4 -> 9 and 9 -> 4): renamed, "
            "they are right more often.",
            do="Correct the class names of the checkpoint or of the target's folders: 4 -> 9 and 9 -> 4.",
            experiment=11,
        ),
    ),
    gaps=GAPS,
    path=(
        *HOME,
        *TARGET,
        STATISTICS,
        *ON_TOP,
        NEXT,
        tried("moments matched", "target", 0.815, 0.816, number=2, gap=0.007),
    ),
    left=LEFT[:1],
    labels=300,
)
FEW = Diagnosis(
    answer="cause",
    sentence="Probably the target's images are inverted: 43 images judge, too few for a strong cause.",
    causes=(
        Cause(
            name="inverted",
            grade="suggestive",
            claim="Dark and bright are swapped on the target: inverted back, its images are recognised more often.",
            do="Invert the target's images before they reach the checkpoint.",
            experiment=0,
        ),
    ),
    gaps=(Lack(at="target", now=0.233, reach=0.814, reached_by="a new head on its features", n=43),),
    path=(
        tried(
            "inverted back", "target", 0.233, 0.744, sham=0.21, half=0.15, n=43, gap=0.581, outcome="suggestive",
            cause="inverted", reason="21 and 22 images in the halves, 100 wanted",
        ),
        refused("classes renamed", "the head does not know the target's classes"),
    ),
    labels=20,
)  # fmt: skip
TRAINED = (
    tried(
        "a readout of the source against random ones",
        "target",
        0.871,
        0.612,
        sham=0.61,
        stage="worth",
        cause="source_learnt_nothing",
        gap=0.3,
    ),
    tried(
        "three times the steps", "gain", 0.152, 0.148, stage="schedule", units=6.0, cause="short_schedule", gap=0.152
    ),
    tried("ten times the rate", "gain", 0.152, 0.12, stage="schedule", units=2.0, cause="rate_too_low", gap=0.152),
    tried(
        "a tenth of the rate",
        "gain",
        0.152,
        0.21,
        stage="schedule",
        units=2.0,
        cause="rate_too_high",
        gap=0.152,
        half=0.06,
        outcome="unclear",
    ),
    tried(
        "all blocks drawn anew",
        "gain",
        0.004,
        0.152,
        sham=0.021,
        stage="where",
        units=9.0,
        cause="reused",
        gap=0.152,
        outcome="cause",
        seeds=3,
        half=0.025,
    ),
)
NO_FAULT = Diagnosis(
    answer="no_fault",
    sentence="Nothing is wrong: transfer gains 15.2 points because it reuses the source's features.",
    causes=(
        Cause(
            name="reused",
            grade="strong",
            claim="Nothing is wrong: transfer gains because it reuses the source's features; drawn anew, "
            "the gain is gone.",
            do="Keep fine-tuning: there is nothing to repair.",
            experiment=8,
        ),
    ),
    gaps=(GAPS[0], Lack(at="gain", now=0.152, reach=None, n=1000)),
    path=(*HOME, *TRAINED),
    units=19.0,
    screened=10.0,
    budget=24.0,
    labels=300,
)
OPEN = Diagnosis(
    answer="open",
    sentence="No repair that was tried closes the gap of 41.0 points; three experiments were not done.",
    gaps=GAPS,
    path=(*HOME, *TARGET, *TRAINED[1:4]),
    left=LEFT,
    units=10.0,
    screened=10.0,
    budget=12.0,
    labels=300,
)
NOTHING = Diagnosis(
    answer="open",
    sentence="Nothing could be tried here: the run kept no weights and the head does not know the target's classes.",
    path=(
        refused("batch statistics re-estimated", "the network has no batch statistics"),
        refused("classes renamed", "the head does not know the target's classes"),
        refused("three times the steps", "the run kept no recipe", at="gain", stage="schedule"),
    ),
)
DIAGNOSES: Mapping[str, Diagnosis] = {
    "strong": STRONG,
    "two": TWO,
    "few": FEW,
    "no_fault": NO_FAULT,
    "open": OPEN,
    "nothing": NOTHING,
}
