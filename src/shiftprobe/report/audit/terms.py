"""The words of an audit's page: what they say, and how each is known in running text."""

from shiftprobe.report.kit.glossary import Term

TERMS = (
    Term(
        "gate",
        "gate",
        r"\bgates?\b",
        "A check that decides. It passes or fails where its whole interval lies on one side of the threshold.",
    ),
    Term(
        "cannot-tell",
        "cannot tell",
        r"\bcannot tell\b",
        "The interval holds the threshold, so neither a pass nor a failure is shown; as a verdict, exit code 3.",
    ),
    Term("warn", "warn", r"\bwarns?\b", "A check that failed and does not decide."),
    Term("policy", "policy", r"\b[Pp]olicy\b", "What a checkpoint must show: every question with its threshold."),
    Term(
        "interval",
        "31.2 % (28.2 to 34.2, n = 800)",
        "",
        "A share of images, its interval at the policy's confidence, and how many images it rests on.",
    ),
    Term("points", "points", r"\bpoints\b", "Hundredths of the images: the unit of a difference of two shares."),
    Term(
        "power",
        "power of a gate",
        r"\bthis gate misses\b",
        "How often it would notice a loss of a given size with the images it has.",
    ),
    Term(
        "checkpoint", "checkpoint", r"\b[Cc]heckpoint\b", "The trained weights that are audited; nothing changes them."
    ),
    Term("target", "target", r"\btarget\b", "The domain that the checkpoint is to enter."),
    Term("shift", "shift", r"\bshifts?\b", "A family of image changes."),
    Term(
        "severity",
        "severity",
        r"\b[Ss]everity\b",
        "The dose of a shift, from 0 to 1. At 0 the images are as they were.",
    ),
    Term("floor", "floor", r"\bfloor\b", "The accuracy that a shift must leave."),
    Term(
        "break-point",
        "break-point",
        r"\b[Bb]reak-point\b",
        "The largest severity up to which a shift is shown to leave the floor.",
    ),
    Term(
        "overconfidence",
        "overconfidence",
        r"\b[Oo]verconfidence\b",
        "Mean confidence above the share of answers that are right.",
    ),
    Term(
        "atc",
        "ATC",
        r"\bATC\b",
        "Average thresholded confidence: accuracy is the share of images surer than a threshold fitted to labelled "
        "ones (Garg et al., 2022).",
    ),
    Term(
        "doc",
        "DoC",
        r"\bDoC\b",
        "Difference of confidences: accuracy falls as mean confidence does (Guillory et al., 2021).",
    ),
    Term(
        "cot",
        "COT",
        r"\bCOTT?\b",
        "Confidence optimal transport: confidence once each class is given out only as often as it occurs; COTT counts "
        "images above a threshold of it (Lu et al., 2023).",
    ),
    Term(
        "nuclear-norm",
        "nuclear norm",
        r"\b[Nn]uclear norm\b",
        "One number of the table of predictions: large when they are sure and name many classes (Deng et al., 2023).",
    ),
    Term(
        "agreement",
        "agreement",
        r"\b[Aa]greement\b",
        "How often two readouts of the same features give one answer; it falls with accuracy (Baek et al., 2022).",
    ),
    Term("slice", "slice", r"\b[Ss]lices?\b", "Images that share a property, such as dark ones."),
    Term("drift", "drift", r"\b[Dd]rift\b", "A difference between the labelled images and the target's."),
    Term(
        "auc",
        "AUC of domains",
        r"\bAUC\b",
        "How well a classifier tells the labelled images from the target's: 0.5 is by chance, 1 always.",
    ),
    Term(
        "mmd",
        "MMD",
        r"\bMMD\b",
        "A two-sample test on features (maximum mean discrepancy). A small p says they differ, not that it matters.",
    ),
    Term(
        "harm",
        "harm",
        r"\bharm\b",
        "How surely the domains differ times the accuracy lost: drift that costs nothing has none.",
    ),
    Term(
        "batch-statistics",
        "batch statistics",
        r"\b[Bb]atch statistics\b",
        "Means and variances that normalisation layers keep. They can be taken from target images without labels.",
    ),
    Term(
        "temperature",
        "temperature scaling",
        r"\b[Tt]emperature scaling\b",
        "One number that divides all logits: it changes confidence, no answer.",
    ),
    Term(
        "ece", "ECE", r"\bECE\b", "Expected calibration error: the mean gap between confidence and accuracy over bins."
    ),
    Term(
        "confidence",
        "confidence",
        r"\bconfidence\b",
        "Of an answer: its largest softmax value. Of an interval: how often it holds.",
    ),
    Term("attribution", "attribution map", r"\b[Mm]aps\b", "Which places of an image an answer rests on."),
    Term("mcnemar", "McNemar", r"\bMcNemar\b", "A test on the images that only one of two checkpoints has right."),
    Term("holm", "Holm", r"\bHolm\b", "A correction of p for the number of questions in one family."),
)
