"""The missions question of a study: the scorecard of those of its metrics that measure missions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from spatial_gaps.errors import InputError
from spatial_gaps.export.scorecard import write_scorecard
from spatial_gaps.study.reading import read_one
from spatial_gaps.study.schema import Study
from spatial_gaps.study.tasks import digest_of, made_with
from spatial_gaps.targets.missions import headline_of
from spatial_gaps.targets.scorecard import scorecard

FOLDER = "missions"


@dataclass(frozen=True)
class Scored:
    """The scorecard of a study, as its record keeps it.

    Attributes
    ----------
    key : str
        Changes with every input, option and version that it depends on; "" where none was asked for.
    finding : str
        Its first sentence.
    left_out : tuple of str
        Which metrics do not count, and why.
    files : mapping
        Path inside the atlas to sha256.
    """

    key: str = ""
    finding: str = ""
    left_out: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def asks_for_missions(study: Study) -> bool:
    """Return whether a study asks for the scorecard, or raise `InputError` if nothing could be scored."""
    if FOLDER not in study.questions:
        return False
    if not any(read_one(each).key in headline_of() for each in study.metrics):
        raise InputError(
            "asks for missions, and no metric of it measures a headline metric of a mission",
            file=study.file, hint='Leave "missions" out of questions; sg.missions() lists the metrics.',
        )  # fmt: skip
    return True


def score(target: Path, study: Study, held: Any, *, overwrite: bool = False) -> Scored:
    """Write the scorecard into an atlas, unless it is there as it would be written.

    Parameters
    ----------
    target : Path
        Folder of the atlas.
    study : Study
        Asks for missions.
    held : object
        What the record of the last run says of its scorecard.
    overwrite : bool
        Whether files that no scorecard has written may go.
    """
    if is_scored(target, study, held):
        return Scored(held["key"], held["finding"], tuple(held["left_out"]), held["files"])
    # Where a file lies is not part of what is said of it.
    metrics = [replace(read_one(each), file=each.file.name) for each in study.metrics]
    card = scorecard(metrics, since=study.since or None)
    written = write_scorecard(target / FOLDER, card, overwrite=overwrite)
    files = {path.relative_to(target).as_posix(): digest_of(path) for path in written}
    return Scored(_key(study), card.finding[0], card.left_out, files)


def is_scored(target: Path, study: Study, held: Any) -> bool:
    """Return whether the scorecard is in an atlas as it would be written.

    Parameters
    ----------
    target, study, held
        As for `score`.
    """
    if not isinstance(held, dict) or held.get("key") != _key(study):
        return False
    files = held.get("files") or {}
    return bool(files) and all(
        (target / name).is_file() and digest_of(target / name) == digest
        for name, digest in files.items()
    )


def _key(study: Study) -> str:
    """Return what changes with the metrics as they are read."""
    content = [(each.options, [digest_of(path) for path in each.inputs]) for each in study.metrics]
    text = json.dumps([content, study.since, made_with()], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
