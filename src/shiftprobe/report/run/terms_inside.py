"""The words of what lies inside a network."""

from shiftprobe.report.kit.glossary import Term
from shiftprobe.report.run.terms import COMPARED
from shiftprobe.report.run.terms_diagnosis import TRIED

WITHIN = (
    Term(
        "features",
        "features",
        r"\b[Ff]eatures\b",
        "The numbers inside a network from which its last layer reads the answer.",
    ),
    Term(
        "tap",
        "tap",
        r"\b[Tt]aps?\b",
        "A named place in a network where features are read.",
    ),
    Term(
        "penultimate",
        "penultimate",
        r"\bpenultimate\b",
        "The deepest tap: what the head, the last layer, is given.",
    ),
    Term(
        "cka",
        "CKA",
        r"\bCKA\b",
        "Centred kernel alignment, debiased: 1 when two sets of features are the same up to rotation and "
        "scale, about 0 when unrelated. Slightly below 0 happens by chance.",
    ),
    Term(
        "null-band",
        "null band",
        r"\bgrey band\b|\bnull band\b|\bscratch seeds (?:among|held)\b",
        "The similarity of scratch seeds to each other: what two networks share that never met. Transfer "
        "and scratch inside it end up in the same place.",
    ),
    Term(
        "reuse",
        "reuse",
        r"\b[Rr]eused?\b",
        "Fine-tuning keeps the checkpoint's features: transfer stays nearer to the checkpoint than scratch "
        "comes by itself.",
    ),
    Term(
        "readout",
        "linear readout",
        r"\b[Ll]inear (?:readout|reader)\b",
        "A linear classifier on the features of one tap. The control reads the same tap of a network that "
        "was never trained; only what lies above it was learnt (selectivity).",
    ),
    Term(
        "auc",
        "AUC, domain AUC",
        r"\bAUC\b",
        "How well a linear classifier tells two sets of features apart, by the area under its ROC curve: "
        "0.5 is not at all, 1 is always.",
    ),
    Term(
        "mmd",
        "MMD effect",
        r"\bMMD\b",
        "Maximum mean discrepancy as a share: how much of the features' variance, as a Gaussian kernel sees "
        "it, lies between the two sets. 0 is none.",
    ),
    Term(
        "procrustes",
        "Procrustes",
        r"\bProcrustes\b",
        "Similarity of two sets of features after the best rotation and scaling: 1 is the same shape.",
    ),
    Term(
        "neighbours",
        "neighbours kept",
        r"\b[Nn]eighbours kept\b",
        "Of an image's 10 nearest neighbours among the features, the share that it keeps under the shift.",
    ),
    Term(
        "frechet",
        "Fréchet distance",
        r"\bFréchet\b",
        "Distance of two sets of features as if each were a Gaussian cloud, in units of the clean features' variance.",
    ),
    Term(
        "confidence",
        "confidence",
        r"\b[Cc]onfidence\b",
        "The probability that a network gives its own answer.",
    ),
    Term(
        "overconfidence",
        "overconfidence",
        r"\b[Oo]verconfiden(?:ce|t)\b",
        "Mean confidence less accuracy, in points: above 0 the network is surer than it is right.",
    ),
    Term(
        "ece",
        "ECE",
        r"\bECE\b|\bcalibration error\b",
        "Expected calibration error: the mean gap between confidence and accuracy over bins of confidence. "
        "0 is calibrated.",
    ),
    Term(
        "logme",
        "LogME, LEEP, H-score",
        r"\bLogME\b|\bLEEP\b|\bH-score\b",
        "Rough scores that rank checkpoints for one target without training: how well labels can be read "
        "off features (LogME, H-score) or off the source's answers (LEEP). They predict no accuracy.",
    ),
    Term(
        "ig",
        "integrated gradients (IG)",
        r"\b[Ii]ntegrated gradients\b",
        "A map of pixels: the answer's gradients summed on the way from the mean image to this one.",
    ),
    Term(
        "gradcam",
        "Grad-CAM",
        r"\bGrad-CAM\b",
        "A map of regions: where features of the last convolution speak for the class.",
    ),
    Term(
        "occlusion",
        "occlusion",
        r"\b[Oo]cclusion\b",
        "A map of patches: how far the answer falls when a patch is covered.",
    ),
    Term(
        "rank",
        "rank correlation",
        r"\b[Rr]ank correlation\b",
        "Whether two maps order all pixels alike: 1 is the same order, 0 is none.",
    ),
    Term(
        "umap",
        "UMAP, PCA",
        r"\bUMAP\b|\bPCA\b",
        "Two ways to lay points with many numbers out in the plane: UMAP keeps neighbours together, PCA the "
        "two directions of largest variance.",
    ),
    Term(
        "trust",
        "trustworthiness, continuity",
        r"\b[Tt]rustworthiness\b|\b[Cc]ontinuity\b",
        "How faithful a layout is, 1 at best: whether neighbours in the picture are neighbours in the "
        "features, and whether neighbours in the features stay neighbours in the picture.",
    ),
    Term(
        "strong",
        "strong, suggestive",
        r"\b[Ss]trong\b|\b[Ss]uggestive\b|\bsuggests\b",
        "Of a reading: it holds, with its intervals, in at least 8 of 10 conditions looked at; or in more than "
        "half, or nearly. Of a diagnosis: its repair works beyond the sham; or without an interval, or by few images.",
    ),
)
"""In the order in which the glossary has them, after those of a comparison."""

TERMS = (*COMPARED, *WITHIN, *TRIED)
"""Every word that the page of a run may explain."""
