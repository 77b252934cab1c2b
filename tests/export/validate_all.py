"""Check every GeoPackage of a folder against the standard; run with the Python that has GDAL's.

usage: validate_all.py FOLDER
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from osgeo_utils.samples.validate_gpkg import GPKGChecker


def main() -> None:
    """Print how many are right, and all that is wrong."""
    files = sorted(Path(sys.argv[1]).glob("*.gpkg"))
    wrong = 0
    for file in files:
        checker = GPKGChecker(
            str(file), abort_at_first_error=False, extra_checks=True, warning_as_error=True
        )
        try:
            checker.check()
        except sqlite3.OperationalError as error:
            # Its own query has twice the columns of a layer, and SQLite stops it at 2,000.
            if "too many columns" not in str(error):
                raise
        wrong += bool(checker.errors)
        for problem in checker.errors:
            print(f"{file}: {problem}")  # noqa: T201
    print(f"{len(files) - wrong} of {len(files)} GeoPackages are right by the standard")  # noqa: T201
    sys.exit(wrong > 0 or not files)


if __name__ == "__main__":
    main()
