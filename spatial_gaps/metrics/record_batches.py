"""Records of people, firms or events, a batch at a time, out of files larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spatial_gaps.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

ROWS = 1_000_000
_FORMATS = {".parquet": "parquet", ".csv": "csv", ".gz": "csv"}


def record_batches(
    file: Path, columns: Sequence[str], text: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Read columns of a CSV, Parquet or GeoParquet file a million rows at a time.

    Parameters
    ----------
    file : Path
        By its ending.
    columns : sequence of str
        What is wanted.
    text : sequence of str
        Those that are read as text whatever is in them.

    Yields
    ------
    DataFrame
        The columns, in the order of the file.

    Raises
    ------
    InputError
        If pyarrow is not installed, the file cannot be read, or lacks a column.
    """
    try:
        import pyarrow as pa
        import pyarrow.csv
        import pyarrow.dataset
    except ImportError as error:
        raise InputError(
            "records are read with the package pyarrow",
            hint="pip install 'spatial-gaps[scale]'.",
        ) from error
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None:
        raise InputError("records are read from .csv and .parquet", file=file)
    try:
        given = (
            pyarrow.dataset.CsvFileFormat(
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types={name: pa.string() for name in text}, strings_can_be_null=True
                )
            )
            if kind == "csv"
            else kind
        )
        source = pyarrow.dataset.dataset(str(file), format=given)
        lacking = [name for name in columns if name not in source.schema.names]
        if lacking:
            raise InputError(
                "the file lacks columns", file=file, offenders=lacking,
                choices=tuple(source.schema.names), hint="It has these",
            )  # fmt: skip
        for batch in source.to_batches(columns=list(columns), batch_size=ROWS):
            if batch.num_rows:
                yield batch.to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"records cannot be read: {error}", file=file) from error
