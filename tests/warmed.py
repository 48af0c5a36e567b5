"""What every command works out alike, worked out once: imported by the process that commands are forked from."""

import os
from pathlib import Path

from tests.unsynced import unsynced

from shiftprobe.data import load
from shiftprobe.engine.versions import origin_version, training_version, versions_of
from shiftprobe.probes import PROBES
from shiftprobe.report.kit.assemble import templates
from shiftprobe.shifts import SHIFTS
from shiftprobe.train.arms import ARMS

os.fsync = unsynced  # in every process that is forked from this one
versions_of(arms=ARMS, shifts=SHIFTS, probes=PROBES)
training_version()
origin_version("digits:uci")
for digits in ("digits:mnist", "digits:uci"):
    load(digits, Path()).digest  # noqa: B018 - it is kept with the images
for name in templates().list_templates(extensions=["html"]):
    templates().get_template(name)
