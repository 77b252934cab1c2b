"""Whom does the average of a well-off authority hide?

Finds the most income-deprived small areas of England (2019) that lie in the less deprived half of
its authorities, and the authorities that are more divided than is usual for places as deprived and
as large. Reads ../shared beside the repository, and with pyarrow installed also counts where the
most and the least deprived are next-door neighbours; without that folder, weekly pay of the
authorities inside every ITL 2 area. Writes 07_hidden_inside_authorities.png.
"""

import warnings
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

import spatial_gaps as sg

FEWEST = 10
data = Path(__file__).resolve().parents[2] / "shared" / "data"
tidy = data / "metrics" / "tidy"
whole = tidy.is_dir()
if whole:
    file = tidy / "imd2019_income_deprivation_lsoa11_england.csv"
    metric = sg.read_metric(file)
    values = metric.at(2019, "lsoa")["value"]
    parent = pd.read_csv(file, index_col="area_code")["parent_code"].reindex(values.index)
    people = sg.read_metric(tidy / "imd2019_population_lsoa11_england.csv").at(2015)["value"]
    rates = sg.read_metric(
        tidy / "income_deprivation_lad19_england.csv", indicator="income_deprivation_rate"
    )
    given = {"higher_is": "worse", "weights": people, "parent_values": rates.at(2019)["value"]}
    places = sg.cartogram("lad", 2019)
    names = places["name"]
    noun, inside = "authorities", "small areas"
else:
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    values = metric.at(2021, "lad")["value"]
    parent = sg.parent_shares(values.index, "itl2", 2023)
    people = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
    # Pay is measured alike in all nations; indices of deprivation are not.
    given = {"higher_is": "better", "weights": people, "comparable": True}
    places = sg.cartogram("lad", 2023)
    names = sg.areas("itl2", 2021)["name"]
    noun, inside = "ITL 2 areas", "authorities"

hidden = sg.hidden_small_areas(values, parent, **given)
found = hidden[hidden["is_hidden"]]
most = found["parent"].value_counts()
print(
    f"{len(found)} of the {hidden['deprived'].sum():,} most deprived {inside} lie in the less "
    f"deprived half of {noun}, with {found['people'].sum():,.0f} people; none of these {noun} has "
    f"more of them than {names[most.index[0]]} ({most.iloc[0]})."
)
table = sg.inside_authorities(values, parent, **given)
# The spread of a handful of areas is an accident of their borders.
disparity = table["disparity"].where(table["n"] >= FEWEST)
widest = disparity.idxmax()
first = table.loc[widest]
finding = (
    f"{names[widest]} is the most divided for its level and size: its {inside} differ "
    f"{first['disparity']:.1f} times as much as usual"
)
print(f"{finding} ({first['spread']:.3g} against {first['usual_spread']:.3g}).")
if whole and find_spec("pyarrow") is not None:
    small = sg.read_boundaries(
        "lsoa", data / "boundaries" / "lsoa_2011_ew_bsc.parquet", vintage=2011
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sg.SpatialGapsWarning)
        graph = sg.neighbours(small.loc[values.index])
    print(sg.border_contrasts(values, parent, graph, higher_is="worse"))

on_map = places.index.to_series() if whole else hidden["parent"].reindex(places.index)
figure = sg.draw_map(
    places.assign(disparity=on_map.map(disparity)),
    "disparity",
    unit="times the usual spread",
    higher_is="worse",
    title=finding + ".",
    subtitle=f"Spread of {metric.title.lower()} between the {FEWEST} or more {inside} of each, over "
    "what is usual",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "07_hidden_inside_authorities.png")
