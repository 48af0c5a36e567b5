"""How work is spread: in this process, or side by side in several. Another way is one file here."""

from importlib import import_module
from pkgutil import iter_modules

from shiftprobe.engine.executors.base import EXECUTORS, Demand, Engine, Executor

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["EXECUTORS", "Demand", "Engine", "Executor"]
