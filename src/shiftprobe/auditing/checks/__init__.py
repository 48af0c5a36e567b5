"""The checks of an audit: a file each; importing one is what registers it."""

import importlib
import pkgutil

from shiftprobe.auditing.checks.base import QUESTIONS, Question, check_own

__all__ = ["QUESTIONS", "Question", "check_own"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
