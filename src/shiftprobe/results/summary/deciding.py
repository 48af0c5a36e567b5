"""Verdicts of the pairs -> what to do: an arm that nothing beats, the cheapest where they are equal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shiftprobe.core.words import listed
from shiftprobe.metrics.scores import SCORES, ScoreName
from shiftprobe.results.decision import WAYS, Choice, Decision, PlaceChoice
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Best, Contrast, Headline, Verdict, widest
from shiftprobe.results.summary.accuracies import ArmPair
from shiftprobe.results.summary.headline import LEVEL
from shiftprobe.results.summary.one_recipe import told_apart
from shiftprobe.stats import Verdict as Judgement
from shiftprobe.stats.comparison import amount

DOING: Mapping[str, str] = {"zero_shot": "leaving it", "transfer": "fine-tuning", "scratch": "training anew"}
ORDER: Mapping[Choice, str] = {"leave_it": "Leave it as it is", "fine_tune": "Fine-tune it", "train_anew": "Train anew"}
Words = Mapping[ArmPair, Judgement]  # both directions of every pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What takes their meaning from comparisons."""

    weak: frozenset[str] = frozenset()  # arms that sit at the commonest class: being ahead of one says nothing
    void: str = ""  # why no comparison with this checkpoint says anything; empty where they do


def decision(
    verdicts: Sequence[Verdict],
    contrasts: Iterable[Contrast],
    doubt: Doubt = Doubt(),
    score: ScoreName = "top1",
) -> Decision:
    """What to do with the checkpoint.

    Args:
        verdicts: of every pair over all conditions; those of other arms are not asked.
        contrasts: of the same pairs in every condition at the largest label budget.
        doubt: what takes their meaning from them.
        score: in which they are.
    """
    weak = doubt.weak
    if doubt.void:
        return Decision(choice="cannot_tell", sentence=f"No decision: {doubt.void}.", void=doubt.void)
    asked = [one for one in verdicts if set(one.pair) <= set(WAYS)]
    amounts = {one.pair: one.contrast for one in asked if one.contrast is not None}
    if not amounts and any(one.word == "inconclusive" for one in asked):
        return Decision(choice="cannot_tell", sentence="Cannot tell: no seed has both arms in every condition.")
    if not amounts:
        ways = ", ".join(WAYS)
        return Decision(
            choice="no_comparison", sentence="No decision: nothing was compared.", reason=f"It needs two of {ways}."
        )
    words = both_ways({pair: one.verdict for pair, one in amounts.items()})
    left = unbeaten(words)
    choice = chosen(left, words)
    lead = _lead(choice, left)
    met = {arm for pair in amounts for arm in pair}
    if choice in ORDER and (lead in weak or met - {lead} <= weak):
        poor = " and ".join(DOING[arm] for arm in WAYS if arm in met and arm in weak)
        return Decision(
            choice="cannot_tell",
            sentence=f"Cannot tell yet: {poor} is not shown to beat always naming the commonest class.",
            open=left,
        )
    hanging = {one.pair: one.one_recipe for one in asked if one.one_recipe is not None and one.one_recipe.decides}
    telling = {pair: one for pair, one in amounts.items() if not set(pair) & weak and pair not in hanging}
    said, reason = _in_score(_sentence(choice, left, telling, lead), score), _reason(choice, left, amounts, weak)
    for pair, hangs in hanging.items():  # one at most: the two ways that are trained
        hung = told_apart(hangs, pair, DOING)
        first, *rest = (hung, said, reason) if set(pair) <= set(left) else (said, reason, hung)  # or one is out anyway
        said, reason = first, " ".join(filter(None, rest))
    return Decision(
        choice=choice,
        sentence=said,
        reason=reason,
        open=left,
        pair=_deciding(lead, amounts),
        places=_places(list(contrasts), list(hanging)),
    )


def epoch_marks(last: Decision | None, best: Best | None) -> tuple[Mark, ...]:
    """A doubt where the same trainings say something else when each is judged at its best epoch."""
    other = best.decision if best else None
    if last is None or other is None or "no_comparison" in {last.choice, other.choice} or last.choice == other.choice:
        return ()
    return (
        Mark(
            kind="epoch_decides",
            text=f"Judged at each arm's best epoch on the validation part the answer is another: {other.sentence}",
        ),
    )


def both_ways(words: Words) -> Words:
    """A verdict on (a, b) says the opposite of (b, a)."""
    turned: Mapping[Judgement, Judgement] = {"better": "worse", "worse": "better"}
    return {**words, **{(b, a): turned.get(word, word) for (a, b), word in words.items()}}


def unbeaten(words: Words) -> tuple[str, ...]:
    """The ways that no other is better than, the cheapest first."""
    met = [arm for arm in WAYS if any(arm in pair for pair in words)]
    beaten = {b for (a, b), word in words.items() if a in WAYS and word == "better"}
    return tuple(arm for arm in met if arm not in beaten)


def chosen(left: Sequence[str], words: Words) -> Choice:
    """One way that is left, the cheapest of equals, or nothing yet."""
    if len(left) == 1:
        return WAYS[left[0]]
    equal = all(words.get((a, b)) == "equivalent" for a in left for b in left if a != b)
    if not left or not equal:
        return "cannot_tell"
    return "leave_it" if "zero_shot" in left else "either"


def _lead(choice: Choice, left: Sequence[str]) -> str:
    """The arm that the sentence speaks of."""
    return next((arm for arm, way in WAYS.items() if way == choice), left[0] if left else "transfer")


def _deciding(lead: str, pairs: Collection[ArmPair]) -> ArmPair | None:
    """The comparison with the cheapest other way: leaving it, where the checkpoint can answer."""
    return next((pair for other in WAYS for pair in pairs if set(pair) == {lead, other} and other != lead), None)


def _sentence(choice: Choice, left: Sequence[str], amounts: Mapping[ArmPair, Headline], lead: str) -> str:
    if choice in ORDER:
        told = [_ahead(lead, pair, one) for pair, one in amounts.items() if lead in pair]
        return f"{ORDER[choice]}: {' and '.join(told)}."
    if choice == "either":
        return f"Fine-tune it or train anew: {_gap(amounts, 'transfer', 'scratch')}."
    pair = next((pair for pair in amounts if set(pair) <= set(left)), None)
    open_ = f": {_gap(amounts, *pair)}" if pair else ""
    return f"Cannot tell yet between {listed([DOING[arm] for arm in left]) if len(left) > 1 else 'the ways'}{open_}."


def _in_score(sentence: str, score: ScoreName) -> str:
    """The sentence, with the score where it is another than accuracy."""
    return sentence if score == "top1" else f"{sentence.removesuffix('.')}, in {SCORES[score].judged}."


def _gap(amounts: Mapping[ArmPair, Headline], a: str, b: str) -> str:
    one = amounts.get((a, b)) or amounts.get((b, a))
    if one is None:
        return "not compared"
    if one.verdict == "equivalent" and one.margin is not None:
        return f"equivalent within ±{amount(one.margin)}"
    turned = (a, b) not in amounts
    return f"{_points(one, turned=turned)} points{_interval(one, turned=turned)}"


def _ahead(lead: str, pair: ArmPair, one: Headline) -> str:
    """'12.3 points above training anew (95 % 10.1 to 14.5)', or that both are equal."""
    other = pair[1] if pair[0] == lead else pair[0]
    if one.verdict == "equivalent":
        return f"equivalent to {DOING[other]} within ±{amount(one.margin or 0.0)}"
    if one.verdict == "inconclusive":
        return f"not shown to differ from {DOING[other]}"
    turned = pair[0] != lead
    return f"{_points(one, turned=turned).lstrip('+')} points above {DOING[other]}{_interval(one, turned=turned)}"


def _points(one: Headline, *, turned: bool) -> str:
    return f"{100 * (-one.difference if turned else one.difference):+.1f}"


def _interval(one: Headline, *, turned: bool) -> str:
    low, high = widest(one)
    if low is None or high is None:
        return ""
    ends = (-high, -low) if turned else (low, high)
    return f" (95 % {100 * ends[0]:z.1f} to {100 * ends[1]:z.1f})"


def _reason(
    choice: Choice, left: Sequence[str], amounts: Mapping[ArmPair, Headline], weak: Collection[str] = ()
) -> str:
    """What the first sentence does not say: on what it hangs, and which ways are out."""
    lost = {arm.arm: arm.count for one in amounts.values() for arm in one.astray if arm.arm in left and arm.count}
    count = sum(lost.values())
    if choice == "cannot_tell" and count:
        return f"It hangs on {count} {'training' if count == 1 else 'trainings'} that went astray."
    if choice in ORDER and weak:
        return f"Against {' and '.join(DOING[arm] for arm in WAYS if arm in weak)} nothing is shown: not trained out."
    beaten = [arm for arm in WAYS if any(arm in pair for pair in amounts) and arm not in left]
    if choice in ORDER or not beaten:
        return ""
    return f"{' and '.join(DOING[arm] for arm in beaten).capitalize()} {'is' if len(beaten) == 1 else 'are'} behind."


def _places(contrasts: Sequence[Contrast], hanging: Collection[ArmPair]) -> tuple[PlaceChoice, ...]:
    """Every condition alone; a pair whose word hangs on the recipe chooses nowhere."""
    conditions = dict.fromkeys(one.condition for one in contrasts)
    return tuple(
        _place([one for one in contrasts if one.condition == here and {one.a, one.b} <= set(WAYS)], hanging)
        for here in sorted(conditions, key=lambda one: one.order)
    )


def _place(here: Sequence[Contrast], hanging: Collection[ArmPair]) -> PlaceChoice:
    known = {(one.a, one.b): one for one in here if one.difference is not None}
    open_: Judgement = "inconclusive"
    words = both_ways({pair: open_ if pair in hanging else _after_holm(one) for pair, one in known.items()})
    left = unbeaten(words)
    choice = chosen(left, words) if words else "no_comparison"
    pair = _deciding(_lead(choice, left), known)
    one = known[pair] if pair else None
    return PlaceChoice(
        shift=here[0].shift,
        severity=here[0].severity,
        choice=choice,
        open=left,
        pair=pair,
        difference=one.difference if one else None,
        low=one.both_low if one else None,
        high=one.both_high if one else None,
    )


def _after_holm(one: Contrast) -> Judgement:
    """A condition's word, where it survives the correction over all conditions of its pair."""
    if one.verdict in {"better", "worse"} and (one.p_holm is None or one.p_holm >= LEVEL):
        return "inconclusive"
    return one.verdict
