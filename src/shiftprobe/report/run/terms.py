"""The words of a comparison: what they say, and how a word is known in running text."""

from shiftprobe.report.kit.glossary import Term

COMPARED = (
    Term(
        "source",
        "source",
        r"\b[Ss]ource\b",
        "The data the checkpoint was trained on.",
    ),
    Term(
        "target",
        "target",
        r"\b[Tt]arget\b",
        "The data the checkpoint will meet.",
    ),
    Term(
        "checkpoint",
        "checkpoint",
        r"\b[Cc]heckpoint\b",
        "Trained weights; untouched while nothing in them was changed.",
    ),
    Term(
        "shift",
        "shift",
        r"\bshifts?\b",
        "A family of image changes.",
    ),
    Term(
        "severity",
        "severity",
        r"\b[Ss]everit(?:y|ies)\b",
        "The dose of a shift, from 0 to 1. At 0 the images are the target's own, bit for bit.",
    ),
    Term(
        "condition",
        "condition",
        r"\b[Cc]onditions?\b",
        "One shift at one severity; the unshifted target is one too.",
    ),
    Term(
        "image-distance",
        "image distance, SSIM",
        r"\bSSIM\b|\bimages moved\b",
        "Mean of 1 \N{MINUS SIGN} SSIM (structural similarity) over test images, each against itself before the shift: "
        "0 when nothing changed, about 1 when no local structure is left.",
    ),
    Term(
        "feature-distance",
        "feature distance, cosine",
        r"\bcosine\b|\b[Ff]eatures moved\b",
        "Mean of 1 \N{MINUS SIGN} cosine between the features that the checkpoint's head reads before and after the "
        "shift.",
    ),
    Term(
        "dose",
        "dose",
        r"\bdoses?\b",
        "Where a shift's own dial stands, from 0 to 1: the severity itself, unless the run measures "
        "severity by distance.",
    ),
    Term(
        "arm",
        "arm",
        r"\b[Aa]rms?\b",
        "A way for weights to begin and be trained. All arms of one seed see the same images in the same order.",
    ),
    Term(
        "seed",
        "seed",
        r"\b[Ss]eeds?\b",
        "One repetition of a training. The test images are the same for all seeds.",
    ),
    Term(
        "budget",
        "budget, labelled images",
        r"\b[Bb]udgets?\b|\blabelled (?:target )?images\b",
        "How many labelled target images an arm may train on.",
    ),
    Term(
        "mean",
        "68.6 (1.0)",
        r"\bmean \(std\)|\bstandard deviations?\b",
        "Mean and sample standard deviation over seeds, in percent. A dash stands where there is one run: "
        "it has no spread.",
    ),
    Term(
        "points",
        "points",
        r"\bpoints\b",
        "Hundredths of the test images, or of the score that arms are judged in: 68 % and 70 % lie 2 points apart.",
    ),
    Term(
        "images",
        "test-image interval (Wilson)",
        r"\btest-image intervals?\b|\bover test images\b",
        "The 95 % interval (Wilson) of an accuracy over test images. It says what other test images would "
        "change; the standard deviation says what another training would change.",
    ),
    Term(
        "interval",
        "95 % interval",
        r"95 % interval\b",
        "Of a difference: paired by seed (t). In 95 of 100 repetitions of the whole run such an interval "
        "holds the true value.",
    ),
    Term(
        "margin",
        "margin",
        r"\bmargin\b",
        "The largest difference that counts as equivalent. It is fixed before the run.",
    ),
    Term(
        "better",
        "better, worse",
        r"\bbetter\b|\bworse\b",
        "The 95 % interval of the difference does not hold 0. With many conditions some do so by chance; "
        "Holm's correction accounts for it.",
    ),
    Term(
        "holm",
        "Holm, uncorrected",
        r"\bHolm\b|\buncorrected\b",
        "Of 20 conditions without any difference about one looks better or worse by luck. Holm's correction "
        "asks more of each the more there are. A condition that does not survive it is marked uncorrected: "
        "its triangle is hollow.",
    ),
    Term(
        "equivalent",
        "equivalent, TOST",
        r"\b[Ee]quivalent\b|\bTOST\b|\b[Ee]quivalence\b",
        "Two one-sided tests (TOST) at 5 %: the 90 % interval of the difference lies inside the margin.",
    ),
    Term(
        "inconclusive",
        "inconclusive",
        r"\b[Ii]nconclusive\b",
        "Neither a difference nor equivalence is shown. It does not mean that the arms are the same.",
    ),
    Term(
        "certified",
        "certified",
        r"\b[Cc]ertif(?:ied|y)\b",
        "The smallest margin for which these seeds would have shown equivalence.",
    ),
    Term(
        "needed",
        "seeds needed, power",
        r"\b[Ss]eeds needed\b|\bpower\b|\bwould settle it\b",
        "How many seeds in all would show equivalence in 80 of 100 runs (power), if the arms are truly the "
        "same. A range, because the spread is itself estimated from few seeds.",
    ),
    Term(
        "epoch",
        "matched epoch, best epoch",
        r"\b[Mm]atched epoch\b|\b[Bb]est epoch\b",
        "Arms judged after the same number of epochs, or each training where its validation accuracy was highest.",
    ),
    Term(
        "validation",
        "validation part",
        r"\bvalidation (?:part|accuracy)\b",
        "Labelled images of the budget that train nothing: they choose the best epoch, and the learning "
        "rate where it is tuned.",
    ),
    Term(
        "pairing",
        "paired, unpaired (Welch)",
        r"\b[Pp]air(?:ed|ing)\b|\b[Uu]npaired\b|\bWelch\b",
        "Pairing compares the two arms within a seed, so that luck they share drops out. The unpaired "
        "interval (Welch) is what the same numbers would leave without it.",
    ),
    Term(
        "mcnemar",
        "McNemar",
        r"\bMcNemar\b",
        "A test on the test images that only one of two arms has right: whether they fall evenly on both.",
    ),
    Term(
        "worth",
        "worth in labels (Fieller)",
        r"\bworth in labels\b|\blabels? worth\b|\b[Ww]orth(?= (?:at least |at most |about )?\d)",
        "How many labelled images the arm without the checkpoint needs for the accuracy that the arm with "
        "it reaches. Its interval (Fieller: all budgets that the seeds do not contradict) is open where it "
        "runs beyond the budgets tried.",
    ),
    Term(
        "chance",
        "chance",
        r"\b[Cc]hance\b",
        "The accuracy of a guess: one over the number of classes.",
    ),
)
"""In the order in which the glossary has them."""
