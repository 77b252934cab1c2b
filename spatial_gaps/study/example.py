"""The study that `spatial-gaps study init` writes."""

EXAMPLE = """\
# A study: which metrics, in which periods, for which kinds of area. Run it with
#   spatial-gaps run study.toml
# All paths are inside this file's folder, so that the folder can be moved.

title = "Pay and jobs of local places"

# Kinds of area: "lad" local authorities, "utla" upper-tier, "itl3", "itl2", and "itl1" for the gaps
# between the twelve regions. A metric is assessed for those that it has figures of.
levels = ["lad"]

# "latest", "all", or a list such as ["2015", "2018/19", "2020-2022"].
periods = "latest"

# What is asked: how wide are the gaps, where do they cluster, which pockets are hidden. "missions" adds
# the scorecard of the levelling-up missions, of those metrics that measure one.
questions = ["gaps", "where", "pockets"]

# What is written: tables of everything, a GeoPackage for QGIS and a page per metric of the last periods.
outputs = ["tables", "geopackage", "pages"]

# An earlier period with which every area is compared.
# since = "2015"

# People per area; the packaged population of the year unless given.
# weights = "people.csv"

# Hold areas against these groups in place of regions: greater_south_east, combined_authority,
# core_cities, london, urban_rural.
# group = "urban_rural"

# Areas without neighbours: "keep" them alone, "link" them by real links, or to the "nearest".
# islands = "keep"

# One seed, one answer.
seed = 0

# Real boundaries; hexagons unless given.
# [areas.lad]
# boundaries = "LAD_2023_BUC.gpkg"
# vintage = 2023

[[metrics]]
file = "pay.csv"                # .csv, .xlsx, .xls, .ods, as a department published it
name = "pay"                    # names of pages and layers; the file's unless given
# indicator = "..."             # which one, where the file holds several; also sheet, table, value, code
# higher_is = "better"          # "worse" where high figures are bad; needed unless the catalogue knows it
# basis = "residence"           # or "workplace"
# cv = "pay_cv.xlsx"            # the publisher's coefficients of variation
# period = "2024"               # for a file that does not say its period
# periods = "all"               # other than those above
# levels = ["lad", "itl3"]
# Small areas (levels "lsoa", "msoa", "data_zone", "soa") stand inside their authorities, each nation apart:
# parents = {file = "lookup.csv", code = "LSOA21CD", parent = "LAD24CD"}
# boundaries = "lsoa_2021.gpkg"
# weights = "people.csv"
# comparable = true             # only for one measure that is the same in all nations

# [[metrics]]
# file = "jobs.xlsx"
# sheet = "Table 1"
# higher_is = "better"
"""
