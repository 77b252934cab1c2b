"""How have further education and skills achievements changed since the first year in the data?

Prints the percentage change of the rate by English region and writes 10_skills_since_2019.png. The
series starts in 2019/20, so it shows neither the fall of the years before nor whether the target of
200,000 more a year only goes back part of the way. Reads the series in ../shared beside the
repository; without that folder, the packaged weekly pay instead.
"""

from pathlib import Path

import pandas as pd

import spatial_gaps as sg

tidy = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
if tidy.is_dir():
    metric = sg.read_metric(tidy / "fe_skills_achievements_19plus.csv")
    what, nation = "The rate of further education and skills achievements", "E92000001"
else:
    print(
        "The real series are not beside the repository: packaged weekly pay stands in for skills."
    )
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    what, nation = "Median weekly pay", "K02000001"
national = sg.panel(metric, "country" if tidy.is_dir() else "uk").loc[[nation]]
figures = pd.concat([sg.panel(metric, "region"), national])
first, last = figures.columns[0], figures.columns[-1]
change = 100 * figures.div(figures[first], axis=0) - 100
names = sg.areas("region")["name"]
names[nation] = "England" if nation == "E92000001" else "UK"

regions = change.drop(nation)[last].sort_values()
higher = (regions > 0).sum()
finding = (
    f"{what} was {abs(change.at[nation, last]):.1f}% "
    f"{'above' if change.at[nation, last] > 0 else 'below'} {first} in {last}, and above it in "
    f"{higher} of {len(regions)} regions"
)
print(f"{finding}. The series starts in {first}.")
worst, best = names[regions.index[0]], names[regions.index[-1]]
print(f"{worst} {regions.iloc[0]:+.1f}%, {best} {regions.iloc[-1]:+.1f}%:")
print(change.assign(name=names.reindex(change.index)).set_index("name").round(1).to_string())

figure = sg.draw_trend(
    change,
    names=names,
    highlight=[regions.index[-1], regions.index[0]],
    nation=nation,
    line=0,
    unit="%",
    title=f"{finding}.",
    subtitle=f"Percentage change since {first}, where the series starts; {metric.unit}, 19 and over",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "10_skills_since_2019.png")
