"""What replaced what: changes of district codes since 2011, and who belongs to which body."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

# The sources know the codes from 2011 on, so an area that is older than that has this first date.
START = "2011-01-01"
NI_START = "2015-04-01"  # eleven districts of Northern Ireland replaced twenty-six
ITL_2021, ITL_2025 = "2021-01-01", "2025-01-01"

# The districts of Northern Ireland before 2015, in the order of their codes 95AA, 95BB, ... 95ZZ.
NI_BEFORE = (
    "Antrim", "Ards", "Armagh", "Ballymena", "Ballymoney", "Banbridge", "Belfast", "Carrickfergus",
    "Castlereagh", "Coleraine", "Cookstown", "Craigavon", "Derry", "Down",
    "Dungannon and South Tyrone", "Fermanagh", "Larne", "Limavady", "Lisburn", "Magherafelt",
    "Moyle", "Newry and Mourne", "Newtownabbey", "North Down", "Omagh", "Strabane",
)  # fmt: skip

# old codes -> new code, day of the change, kind. Boundary changes that moved a few households
# between two neighbours (Fife, Glasgow, Northumberland, Hertfordshire) are recodes.
CHANGES = (
    ("E07000100", "E07000240", "2012-04-01", "recode"),
    ("E07000104", "E07000241", "2012-04-01", "recode"),
    ("E06000048", "E06000057", "2013-04-01", "recode"),
    ("E07000097", "E07000242", "2013-04-01", "recode"),
    ("E07000101", "E07000243", "2013-04-01", "recode"),
    ("E08000020", "E08000037", "2013-04-01", "recode"),
    ("S12000015", "S12000047", "2018-02-02", "recode"),
    ("S12000024", "S12000048", "2018-02-02", "recode"),
    ("E07000112", "E07000112", "2018-04-01", "rename"),
    ("E06000028 E06000029 E07000048", "E06000058", "2019-04-01", "merge"),
    ("E07000049 E07000050 E07000051 E07000052 E07000053", "E06000059", "2019-04-01", "merge"),
    ("E07000205 E07000206", "E07000244", "2019-04-01", "merge"),
    ("E07000201 E07000204", "E07000245", "2019-04-01", "merge"),
    ("E07000190 E07000191", "E07000246", "2019-04-01", "merge"),
    ("S12000046", "S12000049", "2019-04-01", "recode"),
    ("S12000044", "S12000050", "2019-04-01", "recode"),
    ("E07000004 E07000005 E07000006 E07000007", "E06000060", "2020-04-01", "merge"),
    ("E07000150 E07000152 E07000153 E07000156", "E06000061", "2021-04-01", "merge"),
    ("E07000151 E07000154 E07000155", "E06000062", "2021-04-01", "merge"),
    ("E07000026 E07000028 E07000029", "E06000063", "2023-04-01", "merge"),
    ("E07000027 E07000030 E07000031", "E06000064", "2023-04-01", "merge"),
    (
        "E07000163 E07000164 E07000165 E07000166 E07000167 E07000168 E07000169",
        "E06000065",
        "2023-04-01",
        "merge",
    ),
    ("E07000187 E07000188 E07000189 E07000246", "E06000066", "2023-04-01", "merge"),
    ("E08000016", "E08000038", "2025-04-01", "recode"),
    ("E08000019", "E08000039", "2025-04-01", "recode"),
)

# Counties that ended: code -> name, the districts they had, last day.
ENDED_COUNTIES = {
    "E10000009": ("Dorset", "E07000048 E07000049 E07000050 E07000051 E07000052 E07000053",
                  "2019-03-31"),
    "E10000002": ("Buckinghamshire", "E07000004 E07000005 E07000006 E07000007", "2020-03-31"),
    "E10000021": ("Northamptonshire", "E07000150 E07000151 E07000152 E07000153 E07000154 "
                  "E07000155 E07000156", "2021-03-31"),
    "E10000006": ("Cumbria", "E07000026 E07000027 E07000028 E07000029 E07000030 E07000031",
                  "2023-03-31"),
    "E10000023": ("North Yorkshire", "E07000163 E07000164 E07000165 E07000166 E07000167 E07000168 "
                  "E07000169", "2023-03-31"),
    "E10000027": ("Somerset", "E07000187 E07000188 E07000189 E07000190 E07000191 E07000246",
                  "2023-03-31"),
}  # fmt: skip

# code -> name, upper tier members, first day, last day ("" while in force)
COMBINED_AUTHORITIES = {
    "E47000001": ("Greater Manchester", "E08000001 E08000002 E08000003 E08000004 E08000005 "
                  "E08000006 E08000007 E08000008 E08000009 E08000010", "2011-04-01", ""),
    "E47000002": ("South Yorkshire", "E08000016 E08000017 E08000018 E08000019 E08000038 E08000039",
                  "2014-04-01", ""),
    "E47000003": ("West Yorkshire", "E08000032 E08000033 E08000034 E08000035 E08000036",
                  "2014-04-01", ""),
    "E47000004": ("Liverpool City Region", "E06000006 E08000011 E08000012 E08000013 E08000014 "
                  "E08000015", "2014-04-01", ""),
    "E47000005": ("North East", "E06000047 E06000057 E08000021 E08000022 E08000023 E08000024 "
                  "E08000037", "2014-04-15", "2018-11-01"),
    "E47000006": ("Tees Valley", "E06000001 E06000002 E06000003 E06000004 E06000005",
                  "2016-04-01", ""),
    "E47000007": ("West Midlands", "E08000025 E08000026 E08000027 E08000028 E08000029 E08000030 "
                  "E08000031", "2016-06-17", ""),
    "E47000008": ("Cambridgeshire and Peterborough", "E06000031 E10000003", "2017-03-03", ""),
    "E47000009": ("West of England", "E06000022 E06000023 E06000025", "2017-02-09", ""),
    "E47000010": ("North East", "E06000047 E08000023 E08000024 E08000037",
                  "2018-11-02", "2024-05-06"),
    "E47000011": ("North of Tyne", "E06000057 E08000021 E08000022", "2018-11-02", "2024-05-06"),
    "E47000012": ("York and North Yorkshire", "E06000014 E06000065", "2024-02-01", ""),
    "E47000013": ("East Midlands", "E06000015 E06000018 E10000007 E10000024", "2024-02-27", ""),
    "E47000014": ("North East", "E06000047 E06000057 E08000021 E08000022 E08000023 E08000024 "
                  "E08000037", "2024-05-07", ""),
    "E47000015": ("Devon and Torbay", "E06000027 E10000008", "2025-02-05", ""),
    "E47000016": ("Hull and East Yorkshire", "E06000010 E06000011", "2025-02-05", ""),
    "E47000017": ("Greater Lincolnshire", "E06000012 E06000013 E10000019", "2025-02-05", ""),
    "E47000018": ("Lancashire", "E06000008 E06000009 E10000017", "2025-02-05", ""),
}  # fmt: skip


# Members of the Core Cities group; two have had two codes.
CORE_CITIES = (
    "E06000018 E06000023 E08000003 E08000012 E08000019 E08000021 E08000025 E08000035 E08000039 "
    "N09000003 S12000046 S12000049 W06000015"
)


def day_before(day: str) -> str:
    """Return the day before, ISO."""
    return (pd.Timestamp(day) - pd.Timedelta(days=1)).date().isoformat()


def read_text(path: Path) -> pd.DataFrame:
    """Return a CSV with every cell as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def ni_codes() -> list[str]:
    """Return the codes of the districts of Northern Ireland before 2015."""
    return [f"95{letter}{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def ni_areas(folder: Path) -> pd.DataFrame:
    """Return one row per super output area of 2011: its district before 2015, and since."""
    zones = read_text(folder / "boundaries" / "lookups" / "soa11_lgd14_ni.csv")
    return pd.DataFrame({"old": zones["SOA11CD"].str[:4], "new": zones["LGD14CD"]})


def recodes(folder: Path) -> pd.DataFrame:
    """Return one row per old and new code, with the share of the old area that went there."""
    rows = [
        (old, new, date, kind, 1.0) for olds, new, date, kind in CHANGES for old in olds.split()
    ]
    pairs = ni_areas(folder).value_counts().rename("count").reset_index()
    pairs["share"] = pairs["count"] / pairs.groupby("old")["count"].transform("sum")
    for old, new, _, share in pairs.itertuples(index=False):
        rows.append((old, new, NI_START, "merge" if share == 1 else "split", share))
    table = pd.DataFrame(rows, columns=["old", "new", "date", "kind", "share"])
    table["share"] = table["share"].round(6)
    table["share"] += (1 - table.groupby("old")["share"].transform("sum")).where(
        ~table.duplicated("old", keep="last"), 0.0
    )
    table["share"] = table["share"].round(6)
    return table.sort_values(["date", "old", "new"], ignore_index=True)


def counties(folder: Path) -> dict[str, str]:
    """Return the county of every district that has or had one, by any of its codes."""
    register = read_text(folder / "boundaries" / "lookups" / "lad_all_codes_drkane.csv")
    known = register[
        register["UTLACD"].str.startswith("E10") & register["LADCD"].str.startswith("E07")
    ]
    found = dict(zip(known["LADCD"], known["UTLACD"], strict=True))
    for code, (_, districts, _) in ENDED_COUNTIES.items():
        found |= dict.fromkeys(districts.split(), code)
    for olds, new, _, _ in CHANGES:
        for old in olds.split():
            if old.startswith("E07") and new.startswith("E07"):
                found.setdefault(old, found[new])
    return found


def members() -> pd.DataFrame:
    """Return one row per body and upper-tier member, with the dates of the body."""
    rows = [
        ("combined_authority", code, name, member, first, last)
        for code, (name, listed, first, last) in COMBINED_AUTHORITIES.items()
        for member in listed.split()
    ]
    rows += [
        ("core_cities", "core_city", "Core city", member, START, "")
        for member in CORE_CITIES.split()
    ]
    names = ["level", "parent", "name", "member", "first", "last"]
    return pd.DataFrame(rows, columns=names).sort_values(["parent", "member"], ignore_index=True)
