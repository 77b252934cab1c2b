"""Inside which authorities do poor neighbourhoods lie together?

Computes Moran's I of income deprivation between the small areas of every English authority (2019)
and, where ONS has published the same figure, says how close it comes. Reads ../shared beside the
repository, for which pyarrow has to be installed; without either, weekly pay of the authorities
inside every region. Writes 06_inside_authorities.png.
"""

import warnings
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

import spatial_gaps as sg

data = Path(__file__).resolve().parents[2] / "shared" / "data"
tidy = data / "metrics" / "tidy"
whole = tidy.is_dir() and find_spec("pyarrow") is not None
if whole:
    file = tidy / "imd2019_income_deprivation_lsoa11_england.csv"
    metric = sg.read_metric(file)
    values = metric.at(2019, "lsoa")["value"]
    small = sg.read_boundaries(
        "lsoa", data / "boundaries" / "lsoa_2011_ew_bsc.parquet", vintage=2011
    )
    parent = pd.read_csv(file, index_col="area_code")["parent_code"].reindex(values.index)
    places = sg.cartogram("lad", 2019)
    names, on_map = places["name"], places.index.to_series()
    noun, inside = "authorities", "small areas"
else:
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    values = metric.at(2021, "lad")["value"].dropna()
    small = sg.areas("lad", 2023)
    parent = sg.parents(values.index, "itl1", 2023)
    places = sg.cartogram("lad", 2023)
    names, on_map = sg.areas("itl1", 2021)["name"], sg.parents(places.index, "itl1", 2023)
    noun, inside = "regions", "authorities"

with warnings.catch_warnings():
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    graph = sg.neighbours(small.loc[values.index])
rows = {}
for place, codes in values.groupby(parent).groups.items():
    found = sg.moran(values[codes], graph.subgraph(list(codes)), permutations=0, policy="keep")
    rows[place] = {"moran": found.I, "z": found.z, "areas": found.n, "status": found.status}
table = pd.DataFrame.from_dict(rows, orient="index")
known = table["moran"].notna()
together = (table["z"] > 1.96).sum()
first = names[table["moran"].idxmax()]
finding = (
    f"In {together} of {known.sum()} {noun}, {inside} with much "
    f"{'income deprivation' if whole else 'or little pay'} lie next to others like them, "
    f"most of all in {first} (Moran's I {table['moran'].max():.2f})"
)
print(f"{finding}.")
if whole:
    published = sg.read_metric(
        tidy / "income_deprivation_lad19_england.csv", indicator="income_deprivation_moran_i"
    ).at(2019)["value"]
    both = pd.concat([table["moran"], published.rename("ons")], axis=1).dropna()
    apart = (both["moran"] - both["ons"]).abs()
    print(
        f"Held against the figures that ONS published for {len(both)} authorities: correlation "
        f"{both.corr().iloc[0, 1]:.4f}, largest difference {apart.max():.3f} ({apart.idxmax()})."
    )

figure = sg.draw_map(
    places.assign(moran=on_map.map(table["moran"])),
    "moran",
    unit="",
    higher_is="worse",
    title=finding + ".",
    subtitle=f"Moran's I of {metric.title.lower()} between the {inside} of each, queen contiguity",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "06_inside_authorities.png")
