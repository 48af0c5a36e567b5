"""The words of the page, each explained once."""

ARMS = {
    "transfer": "starts from the source's weights, all layers trained",
    "scratch": "starts from random weights, all layers trained",
    "zero_shot": "the checkpoint as it is, nothing trained",
    "linear_probe": "source features frozen, only a new head trained",
    "frozen_random": "random features frozen, only a new head trained",
    "lp_ft": "a new head first, then all layers trained",
    "mean_var": "only the target's feature mean and variance used",
    "bn_adapt": "batch-norm statistics taken from target images",
}

TERMS = (
    ("source, target", "The data the checkpoint was trained on, and the data it will meet."),
    ("shift, severity", "A family of image changes, and its dose from 0 to 1. At 0 the images are the target's own, "
     "bit for bit."),
    ("arm", "A way for weights to begin and be trained. All arms of one seed see the same images in the same order."),
    ("seed", "One repetition of a training. The test images are the same for all seeds."),
    ("budget", "How many labelled target images an arm may train on."),
    ("68.6 (1.0)", "Mean and sample standard deviation over seeds, in percent. A dash stands where there is one run: it "
     "has no spread."),
    ("test-image interval", "The 95 % interval (Wilson) of an accuracy over test images. It says what other test images "
     "would change; the standard deviation says what another training would change."),
    ("difference and its interval", "Paired by seed, with a 95 % t interval, in points: hundredths of the test images."),
    ("margin", "The largest difference that counts as equivalent. It is fixed before the run."),
    ("better, worse", "The 95 % interval of the difference does not hold 0. With many conditions some do so by chance; Holm's "
     "correction accounts for it. 'Alone' marks a condition that does not survive it."),
    ("equivalent", "Two one-sided tests (TOST) at 5 %: the 90 % interval of the difference lies inside the margin."),
    ("inconclusive", "Neither a difference nor equivalence is shown. It does not mean that the arms are the same."),
    ("certified", "The smallest margin for which these seeds would have shown equivalence."),
    ("seeds needed", "How many seeds in all would show equivalence with 80 % power, if the arms are truly the same. A "
     "range, because the spread is itself estimated from few seeds."),
    ("tap", "A named place in a network where features are read."),
    ("CKA", "Centred kernel alignment, debiased: 1 when two sets of features are the same up to rotation and scale, about "
     "0 when unrelated. Slightly below 0 happens by chance."),
    ("linear readout", "A linear classifier on the features of one tap. The control reads the same tap of a network that "
     "was never trained; only what lies above it was learnt."),
)  # fmt: skip
