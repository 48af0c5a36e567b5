"""Arms: how weights begin, which of them learn, and what follows. A new arm is one file here."""

from importlib import import_module
from pkgutil import iter_modules

from shiftprobe.train.arms.base import ARMS, Arm, Case, Context, Layers, Learns, Start, State, find

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["ARMS", "Arm", "Case", "Context", "Layers", "Learns", "Start", "State", "find"]
