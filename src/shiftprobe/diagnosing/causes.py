"""What every cause is called, claims and asks for, in words; nothing is decided by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shiftprobe.core.escape import escape
from shiftprobe.results.model import Grade

MAX_WORDS = 25  # of a claim
MAX_NAMED = 3  # details in a claim
MAX_DETAIL = 60  # characters of one detail


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseText:
    """The words of one cause. `{what}` in a text is where details go in brackets, where there are any."""

    title: str  # for a table, at most five words
    claim: str  # what the experiment showed, at most 25 words with its details
    do: str  # one sentence, with the command or the key where there is one
    weak: str = ""  # the claim where it is suggestive only and says less; empty: the same
    fault: bool = True  # False: nothing is wrong, there is nothing to repair


IN_THE_FILE: Mapping[str, CauseText] = {
    "preprocessing": CauseText(
        title="preprocessing",
        claim="Images are prepared otherwise than the checkpoint expects{what}: prepared anew, they are "
        "recognised more often.",
        do="Set model.preprocess accordingly{what} and run the same command again.",
    ),
    "channel_order": CauseText(
        title="order of the channels",
        claim="Colour channels come in another order than the checkpoint expects{what}: swapped, images "
        "are recognised more often.",
        do="Swap the channels where the target's images are read; where home is as wrong, set order in "
        "model.preprocess to the other one.",
    ),
    "stale_batch_statistics": CauseText(
        title="stale batch statistics",
        claim="The file's batch statistics do not fit its weights: re-estimated, they repair accuracy at home too.",
        do="Re-estimate the batch statistics on images of the source, save the checkpoint anew and run again.",
    ),
    "moved_batch_statistics": CauseText(
        title="batch statistics moved",
        claim="The target moves the batch statistics: re-estimated on its images they bring accuracy back, "
        "without labels.",
        do="Re-estimate the batch statistics on target images: add the arm bn_adapt (--arms).",
    ),
    "renamed_classes": CauseText(
        title="classes renamed",
        claim="The outputs stand for other classes than the labels say{what}: renamed, they are right more often.",
        do="Correct the class names of the checkpoint or of the target's folders{what}, then run again.",
    ),
    "turned": CauseText(
        title="images turned",
        claim="The target's images are turned: turned back{what}, they are recognised more often.",
        do="Turn the target's images{what} before they reach the checkpoint.",
    ),
    "mirrored": CauseText(
        title="images mirrored",
        claim="The target's images are mirrored: mirrored back, they are recognised more often.",
        do="Mirror the target's images before they reach the checkpoint.",
    ),
    "inverted": CauseText(
        title="images inverted",
        claim="Dark and bright are swapped on the target: inverted back, its images are recognised more often.",
        do="Invert the target's images before they reach the checkpoint.",
    ),
    "moved_moments": CauseText(
        title="brightness and contrast moved",
        claim="Brightness and contrast differ from home's: with both matched, the target is recognised more often.",
        do="Match the target's brightness and contrast to the source's: mean and std of model.preprocess.",
    ),
    "half_loaded": CauseText(
        title="checkpoint loaded in part",
        claim="Some layers are like fresh random draws or do not fit their neighbours{what}: without them "
        "more is read.",
        do="Load the checkpoint again with every key matched, and look in the file for the names of "
        "these layers{what}.",
    ),
    "untrained_source": CauseText(
        title="checkpoint not trained",
        claim="The checkpoint holds no training: its weights cannot be told from fresh random draws.",
        do="Take another checkpoint, or train the source first (source.epochs).",
    ),
    "dead_units": CauseText(
        title="dead units",
        claim="Some units give the same for every image{what}: revived or left out, the network reads more.",
        do="Train the source again with a smaller rate or a warm-up (train.lr, train.warmup).",
    ),
    "leak": CauseText(
        title="test images trained it",
        claim="Test images of the target trained the checkpoint{what}: without them it is right less often.",
        weak="The target is recognised far more often than home: its test images may have trained the checkpoint.",
        do="Leave those images out of the test: name them in source.trained and run again.",
    ),
    "twin_classes": CauseText(
        title="twin classes",
        claim="Some classes cannot be told apart{what}: counted as one, more answers are right than with other pairs.",
        do="Merge such classes{what} where nobody needs them apart, else say what sets them apart and label again.",
    ),
    "label_noise": CauseText(
        title="wrong labels",
        claim="Some labels of the target are wrong: without the suspected ones more is right than without "
        "as many random ones.",
        do="Look at the images that the diagnosis suspects, correct their labels and run again.",
    ),
    "class_shares": CauseText(
        title="shares of the classes",
        claim="Classes come in other shares than the checkpoint learnt: weighed by them, its answers are "
        "right more often.",
        do="Correct the answers by the target's class shares, or train with train.balance.",
    ),
    "wrong_head": CauseText(
        title="head does not fit",
        claim="The features tell the target's classes apart, the head does not: a new head brings accuracy back.",
        weak="A new head on the same features brings accuracy back: the old one may not fit, or the features moved.",
        do="Train a new head on frozen features: add the arm linear_probe (--arms).",
    ),
}
IN_TRAINING: Mapping[str, CauseText] = {
    "short_schedule": CauseText(
        title="schedule too short",
        claim="The schedule decides{what}: longer, the gain of transfer moves by half or both arms rise.",
        do="Train three times as long (train.steps, or train.epochs) before you trust the comparison.",
    ),
    "rate_too_low": CauseText(
        title="learning rate too low",
        claim="The learning rate is too low{what}: a larger one moves the gain by half, or lifts both arms.",
        do="Raise train.lr{what}, or let both arms choose theirs: --tune.",
    ),
    "rate_too_high": CauseText(
        title="learning rate too high",
        claim="The learning rate is too high{what}: a smaller one moves the gain by half, or lifts both arms.",
        do="Lower train.lr{what}, or let both arms choose theirs: --tune.",
    ),
    "scales_only": CauseText(
        title="only scales of weights",
        claim="Only the scales of the weights help: drawn anew with the source's mean and variance, they "
        "keep the gain.",
        do="Start from the arm mean_var, or scale the random start better: the source's content is not needed.",
    ),
    "statistics_not_meaning": CauseText(
        title="image statistics, not classes",
        claim="What transfers is not what the classes mean: a source trained on shuffled labels keeps the gain.",
        do="A cheaper source does as well: its labels do not matter here, its images do.",
    ),
    "erased": CauseText(
        title="training erases the features",
        claim="Fine-tuning at this rate erases useful features: at a smaller one{what} they are kept.",
        do="Lower the rate of transfer alone (train.lr by arm), or train the head first: add the arm lp_ft.",
    ),
    "overfits_body": CauseText(
        title="few labels overfit the body",
        claim="So few labels overfit the whole network: with the body frozen, a new head alone does better.",
        do="Train the head alone with so few labels: the arm linear_probe; fine-tune with more of them.",
    ),
    "few_labels": CauseText(
        title="too few labels",
        claim="Labels are what is short: with half of them accuracy falls by as much as is missing.",
        do="Label more images of the target: raise target.budgets.",
    ),
    "labels_plentiful": CauseText(
        title="labels are plentiful",
        claim="Enough labels replace what the source knew: with fewer of them transfer gains more.",
        do="With so many labels either way does; with fewer of them fine-tune the checkpoint.",
        fault=False,
    ),
    "narrow_network": CauseText(
        title="network too narrow",
        claim="The network is too narrow: with twice the width scratch rises clearly, by half of the gain or more.",
        do="Take a network of twice the width (model.arch).",
    ),
    "easy_task": CauseText(
        title="easy task",
        claim="The task is easy: features of random networks read as well as the best arm, so little can be gained.",
        weak="The task is easy: training from scratch comes as near to the best as matters, so little can be gained.",
        do="Ask a harder question: fewer labels, stronger shifts or finer classes.",
        fault=False,
    ),
    "source_learnt_nothing": CauseText(
        title="source learnt nothing useful",
        claim="The source has nothing to give: its features read no better than those of random networks.",
        weak="The source has little to give: its features read hardly better than those of random networks.",
        do="Take another checkpoint, or train the source longer and on more images (source.epochs, source.images).",
    ),
    "reused": CauseText(
        title="features are reused",
        claim="Transfer gains because it reuses the source's features: weights without their meaning gain less.",
        do="Keep fine-tuning.",
        fault=False,
    ),
}
CAUSES: Final[Mapping[str, CauseText]] = {**IN_THE_FILE, **IN_TRAINING}
"""Every cause that an experiment may prove."""


def title(cause: str) -> str:
    """What a table calls a cause; of one that we do not know its own name."""
    return CAUSES[cause].title if cause in CAUSES else escape(cause, MAX_DETAIL).replace("_", " ")


def claim(cause: str, details: Sequence[str] = (), grade: Grade = "strong") -> str:
    """The claim of a cause with its details, at most 25 words.

    Args:
        cause: a key of `CAUSES`.
        details: layers, classes or settings by name; so many are named as there is room for.
        grade: of the cause; a suggestive one may claim less.

    Raises:
        KeyError: when no cause has this key.
    """
    known = CAUSES[cause]
    text = known.weak if grade == "suggestive" and known.weak else known.claim
    tries = (text.replace("{what}", _named(details, most)) for most in range(min(MAX_NAMED, len(details)), -1, -1))
    return next(said for said in tries if len(said.split()) <= MAX_WORDS)


def what_to_do(cause: str, details: Sequence[str] = ()) -> str:
    """What to do about a cause, one sentence.

    Args:
        cause: a key of `CAUSES`.
        details: layers, classes or settings by name.

    Raises:
        KeyError: when no cause has this key.
    """
    return CAUSES[cause].do.replace("{what}", _named(details, min(MAX_NAMED, len(details))))


def _named(details: Sequence[str], most: int) -> str:
    """' (a, b and 3 more)'; empty where none is named."""
    if not most:
        return ""
    shown = [escape(one, MAX_DETAIL) for one in details[:most]]
    more = f" and {len(details) - most} more" if len(details) > most else ""
    return f" ({', '.join(shown)}{more})"
