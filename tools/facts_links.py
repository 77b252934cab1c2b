"""Crossings that join places without a shared border: written by hand, not derived from a layer.

Fixed crossings stand only where the ultra generalised layers of LAD 2021 or LAD 2023 leave water
between the two authorities. Ferries are year-round services that carry vehicles or, for Scilly,
the sailing that the islands depend on. All codes are in force in LAD 2021 and LAD 2023.
"""

from __future__ import annotations

import pandas as pd

CROSSINGS = (
    # Islands without a neighbour in any LAD layer.
    ("W06000001", "W06000002", "bridge", "Menai Suspension Bridge"),
    ("W06000001", "W06000002", "bridge", "Britannia Bridge"),
    ("E06000046", "E06000044", "ferry", "Fishbourne to Portsmouth"),
    ("E06000046", "E06000045", "ferry", "East Cowes to Southampton"),
    ("E06000046", "E07000091", "ferry", "Yarmouth to Lymington"),
    ("E06000053", "E06000052", "ferry", "St Mary's to Penzance"),
    ("S12000013", "S12000017", "ferry", "Stornoway to Ullapool"),
    ("S12000013", "S12000017", "ferry", "Tarbert and Lochmaddy to Uig"),
    ("S12000013", "S12000017", "ferry", "Lochboisdale to Mallaig"),
    ("S12000013", "S12000035", "ferry", "Castlebay to Oban"),
    ("S12000023", "S12000017", "ferry", "Stromness to Scrabster"),
    ("S12000023", "S12000017", "ferry", "St Margaret's Hope to Gills Bay"),
    ("S12000023", "S12000033", "ferry", "Kirkwall to Aberdeen"),
    ("S12000027", "S12000033", "ferry", "Lerwick to Aberdeen"),
    ("S12000027", "S12000023", "ferry", "Lerwick to Kirkwall"),
    # Northern Ireland to Great Britain.
    ("N09000003", "S12000006", "ferry", "Belfast to Cairnryan"),
    ("N09000008", "S12000006", "ferry", "Larne to Cairnryan"),
    ("N09000003", "E08000015", "ferry", "Belfast to Birkenhead (Liverpool)"),
    # Estuaries: a fixed crossing, and no shared border in the layer of one vintage at least.
    ("S12000042", "S12000047", "bridge", "Tay Road Bridge and Tay Bridge"),
    (
        "S12000036",
        "S12000047",
        "bridge",
        "Queensferry Crossing, Forth Road Bridge and Forth Bridge",
    ),
    ("S12000014", "S12000047", "bridge", "Kincardine Bridge"),
    ("E08000012", "E08000015", "tunnel", "Queensway, Kingsway and railway tunnels, Mersey"),
    ("E08000022", "E08000023", "tunnel", "Tyne Tunnel"),
    ("E07000107", "E06000034", "bridge", "Queen Elizabeth II Bridge, Dartford"),
    ("E07000107", "E06000034", "tunnel", "Dartford Tunnel"),
    ("E06000025", "W06000021", "bridge", "Prince of Wales Bridge, Severn"),
    ("E06000025", "W06000021", "tunnel", "Severn Tunnel"),
    ("E06000026", "E06000052", "bridge", "Tamar Bridge and Royal Albert Bridge"),
    ("S12000018", "S12000035", "ferry", "Gourock to Dunoon"),
    ("S12000018", "S12000035", "ferry", "Wemyss Bay to Rothesay"),
)


def links() -> pd.DataFrame:
    """Return one row per crossing: a, b (a < b), kind and name, sorted."""
    rows = [(min(a, b), max(a, b), kind, name) for a, b, kind, name in CROSSINGS]
    table = pd.DataFrame(rows, columns=["a", "b", "kind", "name"])
    return table.sort_values(["a", "b", "kind", "name"], ignore_index=True)
