"""Which authorities of the affluent South East and East of England are paid less than the UK?

Prints who lies below the UK's median weekly pay of 2021 on the figures that were public when the
missions were made, and how surely, and writes 11_pay_by_home.png, a map of Great Britain by where
people live. That release has no limits, no regions and no UK figure: those come from the revised
series. Reads the series and the boundaries in ../shared beside the repository; without that folder,
the packaged revised series alone, on hexagons.
"""

import warnings
from pathlib import Path

import spatial_gaps as sg

SOUTH_EAST, EAST = "E12000008", "E12000006"
data = Path(__file__).resolve().parents[2] / "shared" / "data"
tidy = data / "metrics" / "tidy"
revised = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
if tidy.is_dir():
    first = sg.read_metric(tidy / "earnings_weekly_median_residence_2021_first_release.csv")
    areas = sg.read_boundaries("lad", data / "boundaries" / "lad_2021_uk_buc.gpkg", vintage=2021)
    vintage, release = 2021, "first release"
else:
    print(
        "The real series are not beside the repository: the revised figures stand in for the first release."
    )
    first, areas, vintage, release = revised, sg.cartogram("lad", 2023), 2023, "revised"
published = revised.at(2021)
pay = first.at(2021).reindex(areas.index)["value"]
region = sg.parents(areas.index, "region", vintage)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    population = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
    people = sg.recode(population, to=vintage).reindex(areas.index)

uk = published.loc["K02000001"]
pockets = sg.find_pockets(
    pay,
    region,
    higher_is="better",
    weights=people,
    # Errors of the first release are as large, in percent, as those of the revised figure.
    se=(published["se"] / published["value"]).reindex(areas.index) * pay,
    parent_values=published["value"],
    parent_se=published["se"],
    benchmark=float(uk["value"]),
    benchmark_se=float(uk["se"]),
)
southern = pockets[region.isin([SOUTH_EAST, EAST])].assign(name=areas["name"])
below = southern[southern["value"] < uk["value"]]
likely, confirmed = below["is_pocket"].sum(), (below["verdict"] == "confirmed").sum()
finding = (
    f"{len(below)} of the {southern['value'].count()} authorities of the South East and the East "
    f"of England were paid less than the UK, though their regions rank second and third"
)
print(f"{finding}: {likely} likely, {confirmed} of these confirmed ({release}, UK £{uk['value']}).")
regions = published[published["level"] == "region"]["value"].sort_values(ascending=False)
names = sg.areas("region")["name"]
print("Regions:", ", ".join(f"{names[code]} £{v:.0f}" for code, v in regions.items()))
old = published[published["level"] == "lad"]["value"].reindex(southern.index).dropna()
print(f"By the revised figures it is {(old < uk['value']).sum()} of {len(old)}.")
shown = below.sort_values("p_pocket", ascending=False)[["name", "value", "p_pocket", "verdict"]]
print(shown.to_string(formatters={"value": "{:.1f}".format, "p_pocket": "{:.3f}".format}))

britain = ~areas.index.str.startswith("N")
breaks = sg.class_breaks(
    pay[britain],
    "user",
    edges=[float(pay[britain].min()), 450, float(uk["value"]), 550, 600, float(pay[britain].max())],
    higher_is="better",
    unit=revised.unit,
)
itl1 = sg.parents(areas.index, "itl1", vintage)
figure = sg.draw_map(
    areas.assign(value=pay, itl1=itl1)[britain],
    breaks=breaks,
    title=f"{finding}.",
    subtitle=f"Median gross weekly pay by home authority, 2021 ({release}); UK £{uk['value']:.0f}",
    source=f"{revised.source}. {revised.licence}"
    + (" Contains OS data © Crown copyright and database right 2021." if tidy.is_dir() else ""),
)
sg.save_figure(figure, "11_pay_by_home.png")
