"""The words of a diagnosis."""

from shiftprobe.report.kit.glossary import Term

TRIED = (
    Term(
        "intervention",
        "intervention",
        r"\b[Ii]nterventions?\b",
        "A change that is made to test a cause: everything else stays, and the same images are judged again.",
    ),
    Term(
        "repair",
        "repair",
        r"\b[Rr]epairs?\b",
        "An intervention that would be kept, because it brings accuracy back.",
    ),
    Term(
        "sham",
        "sham",
        r"\b[Ss]hams?\b",
        "The same change without the cause, such as a random renaming of classes: what a change of that size does by "
        "itself.",
    ),
    Term(
        "effect",
        "effect",
        r"\b[Ee]ffects?\b(?! of the shift)",
        "What a change brings beyond its sham, image by image on the same images.",
    ),
    Term(
        "gap",
        "gap",
        r"\bof the gap\b|\bthe gap\b",
        "What there is to explain: the best accuracy that anything reached there, less the one now; or what transfer "
        "gains on scratch.",
    ),
    Term(
        "unit",
        "unit",
        r"\b[Uu]nits?\b(?= spent| in all|:|,| is one)",
        "The price of one training: one arm, one seed, at the run's recipe. Three times the steps are three units.",
    ),
)
"""In the order in which the glossary has them, after those of what lies inside a network."""
