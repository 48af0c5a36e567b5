"""What limits a conclusion, as facts: one list of kinds for terminal, Markdown, page and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

MarkKind: TypeAlias = Literal[
    "unfinished",
    "class_names_contradicted",
    "reader_guessed",
    "unnamed_run",
    "at_majority",
    "recipe_decides",
    "short_schedule",
    "late_best_epoch",
    "not_learnt",
    "epoch_decides",
    "seeds_astray",
    "one_seed",
    "plain_recipe",
    "weights_with_recipe",
    "untuned",
    "best_at_edge",
    "control_not_trained",
    "few_validation_images",
    "few_test_images",
    "repeated_images",
    "colours_dropped",
    "source_trained_unknown",
    "rounded_looks",
    "mixed_machines",
    "synthetic_evidence",
    "incomplete",
]

LABELS: Mapping[MarkKind, str] = {
    "unfinished": "not finished",
    "class_names_contradicted": "class names against the file",
    "reader_guessed": "reader guessed",
    "unnamed_run": "judged both ways",
    "at_majority": "not trained out",
    "recipe_decides": "the recipe decides",
    "short_schedule": "short schedule",
    "late_best_epoch": "still improving",
    "not_learnt": "images not learnt",
    "epoch_decides": "the epoch decides",
    "seeds_astray": "seeds astray",
    "one_seed": "one seed",
    "plain_recipe": "plain recipe: not for a paper",
    "weights_with_recipe": "weights with their recipe",
    "untuned": "untuned",
    "best_at_edge": "best at the edge",
    "control_not_trained": "control not trained out",
    "few_validation_images": "few validation images",
    "few_test_images": "few test images",
    "repeated_images": "repeated images",
    "colours_dropped": "colours dropped",
    "source_trained_unknown": "home accuracy n/a",
    "rounded_looks": "looks in bf16",
    "mixed_machines": "mixed machines",
    "synthetic_evidence": "synthetic evidence",
    "incomplete": "incomplete",
}
GRAVE: frozenset[MarkKind] = frozenset(
    {
        "unfinished",
        "class_names_contradicted",
        "unnamed_run",
        "at_majority",
        "recipe_decides",
        "short_schedule",
        "late_best_epoch",
        "not_learnt",
        "seeds_astray",
    }
)

SYNTHETIC = (
    "Holding under synthetic shifts often says little or nothing of natural ones: 204 models under 213 conditions "
    "(Taori et al. 2020, arXiv:2007.00644)."
)
"""What made-up shifts do not show, in every mark of that kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that limits a conclusion: a few words for a badge, and a sentence that says what to do about it."""

    kind: MarkKind
    text: str
    label: str = ""  # empty: the kind's own; a count stands here ("1 seed astray")
    arms: tuple[str, ...] = ()  # whose trainings it concerns; none: the whole run's

    @property
    def badge(self) -> str:
        """The few words beside a headline."""
        return self.label or LABELS[self.kind]

    @property
    def grave(self) -> bool:
        """Whether the conclusion may be wrong in sign, not only in size."""
        return self.kind in GRAVE


def ordered(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Marks in the order in which they weigh, the gravest first; each once."""
    kinds = get_args(MarkKind)
    return tuple(sorted(dict.fromkeys(marks), key=lambda one: (kinds.index(one.kind), one.arms)))
