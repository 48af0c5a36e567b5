"""The sentences about what was done: data, shifts, recipe, trials, seeds, what was left out, versions."""

from collections.abc import Iterator

from shiftprobe.core.words import counted, in_percent, listed
from shiftprobe.paper.finished import FinishedRun, data_name, named
from shiftprobe.paper.training import training
from shiftprobe.results.about import Dataset
from shiftprobe.results.arm_texts import arm_text
from shiftprobe.spec.arch_options import bare

DATA = {
    "digits:mnist": "[@lecun1998]",
    "digits:uci": "[@alpaydin1998]",
    "torchvision:MNIST": "[@lecun1998]",
    "torchvision:FashionMNIST": "[@xiao2017]",
    "torchvision:CIFAR10": "[@krizhevsky2009]",
    "torchvision:CIFAR100": "[@krizhevsky2009]",
}  # by the name that a spec writes
ARMS = {
    "bn_adapt": "[@schneider2020]",
    "lp_ft": "[@kumar2022]",
    "mean_var": "[@raghu2019]",
    "linear_probe": "[@alain2016]",
}
PACKAGES = {
    "torch": ("PyTorch", "[@paszke2019]"),
    "torchvision": ("torchvision", "[@torchvision2016]"),
    "albumentations": ("albumentations", "[@buslaev2020]"),
    "captum": ("Captum", "[@kokhlikyan2020]"),
    "umap-learn": ("umap-learn", "[@mcinnes2018]"),
    "scikit-learn": ("scikit-learn", "[@pedregosa2011]"),
    "numpy": ("NumPy", "[@harris2020]"),
    "scipy": ("SciPy", "[@virtanen2020]"),
}


def procedure(run: FinishedRun) -> Iterator[str]:
    """Sentences in the order in which a reader needs them."""
    yield from _data(run)
    yield from _left_out(run)
    yield from _shifts(run)
    yield from _recipe(run)
    yield from _seeds(run)


def _data(run: FinishedRun) -> Iterator[str]:
    target, source = run.summary.data.target, run.summary.data.source
    if target is not None:
        pool = "" if target.pool is None else f"{counted(target.pool, 'image')} may train an arm and "
        yield (
            f"The target is {_of(target)} with {counted(len(target.classes), 'class', 'classes')}: {pool}"
            f"{counted(target.test, 'image')} test it (data seed {run.spec.data_seed})"
        )
    if source is None:
        return
    train = "" if source.train is None else f", {counted(source.train, 'image')} to train the checkpoint"
    held_out = f", {counted(source.test, 'image')} held out" if source.test else ""
    yield f"The source is {_of(source)}{train}{held_out}"
    home = run.summary.source_accuracy
    if home is not None:
        yield (
            f"On {counted(home.n, 'held-out image')} the checkpoint is right on {in_percent(home.value)} % "
            f"(95 % Wilson interval {in_percent(home.low)} to {in_percent(home.high)}) [@wilson1927]"
        )


def _of(data: Dataset) -> str:
    return f"{data_name(data.name)} {DATA.get(data.name, '')}".rstrip()


def _left_out(run: FinishedRun) -> Iterator[str]:
    target, source = run.summary.data.target, run.summary.data.source
    if target is None:
        return
    told = [
        (target.skipped, "target file", "could not be read"),
        (source.skipped if source else None, "source file", "could not be read"),
        (target.refused, "target image", "whose content the source holds"),
        (target.duplicates, "training image", "whose content the test set holds"),
    ]
    found = [f"{counted(count, noun)} {why}" for count, noun, why in told if count]
    if found:
        yield f"Left out were {listed(found)}"
    for side, one in (("target", target), ("source", source)):
        if one is not None and one.reading is not None:
            yield f"As to files of the {side}, {one.reading.facts}"
    if target.near_duplicates:
        seen = counted(target.near_duplicates, "test image")
        yield f"{seen} with a near-duplicate among the training images stayed in"


def _shifts(run: FinishedRun) -> Iterator[str]:
    summary = run.summary
    if not summary.shifts:
        yield "The arms meet the target as it is"
        return
    doses = [f"{severity:g}" for severity in summary.severities if severity > 0]
    names = listed([named(shift) for shift in summary.shifts])
    kind = "severity" if len(doses) == 1 else "severities"
    yield (
        f"The arms meet the target in {run.conditions} conditions: unshifted, and under {names} at {kind} "
        f"{listed(doses)} of shiftprobe's dials; image by image the draws are those of the data seed, the same for all "
        "arms"
    )
    if summary.working is not None:
        yield (
            f"Before a shift larger images are brought to {summary.working.side:,} px (shorter side), twice what the "
            "network sees; unshifted ones are prepared from all their pixels"
        )
    if summary.scale is not None:
        yield (
            f"Equal severities are equal distances: severity 1 is a mean 1 - SSIM of {summary.scale.common:.3f} "
            "on the target's training images [@wang2004]"
        )


def _recipe(run: FinishedRun) -> Iterator[str]:
    spec, summary = run.spec, run.summary
    size = summary.preprocess
    images = f" on images of {size.size} px and {counted(size.channels, 'channel')}" if size else ""
    brought = run.source_epochs == 0
    network = "one in memory" if brought and spec.model.weights == "train" else named(bare(spec.model.arch))
    weights = (
        "" if run.source_epochs is None else f", its source weights {'brought along' if brought else 'trained here'}"
    )
    yield f"The network is {network}{images}{weights}"
    told = [_arm(run, arm) for arm in summary.arms]
    yield f"The arms are {listed(told)}"
    yield from training(run)


def _arm(run: FinishedRun, arm: str) -> str:
    said = named(arm_text(arm, run.summary.arms_about))
    return f"{named(arm)} ({said}) {ARMS.get(arm, '')}".rstrip() if said else named(arm)


def _seeds(run: FinishedRun) -> Iterator[str]:
    seeds, unshared = run.summary.seeds, run.summary.unshared
    own = f", but for {listed(unshared)}, which are a recipe's own" if unshared else ""
    yield (
        f"Every training is repeated with {counted(len(seeds), 'seed')} ({_ranges(seeds)}); a seed moves the training "
        f"images, their order and the drawn weights, and all arms of a seed share them{own}"
    )


def _ranges(seeds: tuple[int, ...]) -> str:
    """'0 to 9' where they follow each other."""
    following = len(seeds) > 2 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))  # noqa: PLR2004 - two are named
    return f"{seeds[0]} to {seeds[-1]}" if following else listed([str(seed) for seed in seeds])


def software(run: FinishedRun) -> Iterator[str]:
    """What computed it: packages that this run used, with their versions where the folder keeps them."""
    versions, used = run.environment.versions, _used(run)
    told = [
        f"{label} {version} {cite}" if (version := versions.get(name)) else f"{label} {cite}"
        for name, (label, cite) in PACKAGES.items()
        if name in used
    ]
    own = f"shiftprobe {versions.get('shiftprobe', '')}".rstrip()
    yield (
        f"Computed by {own} on {named(run.environment.device)} with Python {named(run.environment.python)}, "
        f"{listed(told)}; the run is {named(run.summary.name)}-{run.summary.digest}"
    )


def _used(run: FinishedRun) -> set[str]:
    spec, sides = run.spec, run.summary.data
    names = {side.name for side in (sides.target, sides.source) if side is not None}
    found = {"torch", "numpy", "scipy"}
    found |= {"albumentations"} if run.summary.shifts else set()
    found |= {"captum"} if "attribution" in spec.probes else set()
    found |= {"umap-learn", "scikit-learn"} if "umap" in spec.probes else set()
    found |= {"scikit-learn"} if "digits:uci" in names else set()
    found |= {"torchvision"} if any("torchvision:" in one for one in (spec.model.arch, *names)) else set()
    return found
