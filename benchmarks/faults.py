"""Small faults: which can be planted, where, and what a file looks like with one of them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator
from parso.python.tree import Name, PythonNode

Node: TypeAlias = Any  # of the parser

ROOT = Path(__file__).resolve().parents[1]
SWAPS = {"all": "any", "any": "all", "min": "max", "max": "min"}
COMPARISONS = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_Gt", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_Lt", "GtE_Gt", "GtE_LtE",
               "Is_IsNot", "IsNot_Is")  # fmt: skip
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul", "BitAnd_BitOr",
              "BitOr_BitAnd")  # fmt: skip
OTHERS = ("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue",
          "ReplaceContinueWithBreak", "ReplaceBreakWithContinue", "ReplaceUnaryOperator_Delete_Not",
          "ReplaceUnaryOperator_Delete_USub", "NumberReplacer", "ExceptionReplacer",
          "ZeroIterationForLoop")  # fmt: skip


class LeaveOut(Operator):  # type: ignore[misc] # cosmic-ray has no types
    """A call made for what it does, not for what it returns, becomes `pass`."""

    def mutation_positions(self, node: Node) -> Iterator[tuple[object, object]]:
        """The statement, where it is such a call."""
        if node.type == "simple_stmt" and node.children[0].type in {"atom_expr", "power"}:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Node, _index: int) -> Node:
        """The same place without the call."""
        call = node.children[0]
        gone = Name("pass", call.start_pos, prefix=call.get_first_leaf().prefix)
        return PythonNode("simple_stmt", [gone, *node.children[1:]])

    @classmethod
    def examples(cls) -> tuple[()]:
        """None; cosmic-ray asks for them in its own tests."""
        return ()


class Swap(Operator):  # type: ignore[misc] # cosmic-ray has no types
    """`all` for `any`, `min` for `max`, and back."""

    def mutation_positions(self, node: Node) -> Iterator[tuple[object, object]]:
        """The name, where it is called and is nobody's attribute or keyword."""
        after, before = node.get_next_leaf(), node.get_previous_leaf()
        called = node.type == "name" and after is not None and after.value == "("
        if called and node.value in SWAPS and (before is None or before.value != "."):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Node, _index: int) -> Node:
        """Its opposite."""
        return Name(SWAPS[node.value], node.start_pos, prefix=node.prefix)

    @classmethod
    def examples(cls) -> tuple[()]:
        """None; cosmic-ray asks for them in its own tests."""
        return ()


OPERATORS = {
    "LeaveOut": LeaveOut,
    "Swap": Swap,
    **{name: get_operator(f"core/{name}") for name in OTHERS},
    **{name: get_operator(f"core/ReplaceComparisonOperator_{name}") for name in COMPARISONS},
    **{name: get_operator(f"core/ReplaceBinaryOperator_{name}") for name in ARITHMETIC},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault, where it stands, and what became of it."""

    file: str
    line: int
    operator: str
    occurrence: int  # of the operator in the file
    before: str
    after: str
    outcome: str = ""  # killed, survived, timeout; empty: not tried yet
    seconds: str = ""
    by: str = ""  # the test that died
    note: str = ""  # by hand: why it is equivalent, or that it is open


def said_only_to_tools(node: Node) -> bool:
    """Whether a place decides nothing at run time: an annotation, a decorator, `strict=` of a zip."""
    while node is not None and node.type not in {"expr_stmt", "suite", "file_input", "simple_stmt", "if_stmt"}:
        keyword = node.type == "argument" and node.children[0].get_code().strip() == "strict"
        if keyword or node.type in {"annassign", "tfpdef", "decorator", "funcdef"}:
            return True
        node = node.parent
    return node is not None and node.type == "if_stmt" and "TYPE_CHECKING" in node.children[1].get_code()


def places(file: Path) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """Every place of a file where a fault can be planted, each with the operators and their occurrences."""
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    nodes = list(ast_nodes(get_ast(file.read_text())))
    for name, make in OPERATORS.items():
        operator, count = make(), 0
        for node in nodes:
            for _ in operator.mutation_positions(node):
                if not said_only_to_tools(node):
                    found.setdefault(node.start_pos, []).append((name, count))
                count += 1
    return found


def mutant(file: Path, operator: str, occurrence: int) -> tuple[Mutant, str]:
    """A fault, and the text of the file with it.

    Raises:
        SyntaxError: when it is no Python, as where the star of `*arguments` becomes another sign.
    """
    text = file.read_text()
    changed: str = mutate_code(text, OPERATORS[operator](), occurrence)
    compile(changed, file, "exec")
    pairs = zip(text.splitlines(), changed.splitlines(), strict=False)
    line, before, after = next((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b)
    path = file.relative_to(ROOT).as_posix()
    return Mutant(
        file=path, line=line, operator=operator, occurrence=occurrence, before=before.strip(), after=after.strip()
    ), changed


def drawn(package: str, many: int, seed: int) -> list[Mutant]:
    """Places of a package, each as likely as any other, and one fault at each."""
    rng = np.random.default_rng(seed)
    files = sorted((ROOT / "src" / "shiftprobe" / package).rglob("*.py"))
    every = [(file, choices) for file in files for _, choices in sorted(places(file).items())]
    found: dict[int, Mutant] = {}
    for i in rng.permutation(len(every)).tolist():
        file, choices = every[i]
        with suppress(SyntaxError):
            found[i] = mutant(file, *choices[rng.integers(len(choices))])[0]
        if len(found) == many:
            break
    return [found[i] for i in sorted(found)]
