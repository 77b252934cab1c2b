"""Has output per hour risen in every region, and in which fastest?

Prints how nominal output per hour worked changed by ITL 1 region since 2004, not smoothed over
years, and writes 09_output_per_hour.png: one line per region. A rise in current prices is also a
rise in prices, and a target to have risen by 2030 asks for no more. Reads the series in ../shared
beside the repository; without that folder, the packaged weekly pay instead.
"""

from pathlib import Path

import pandas as pd

import spatial_gaps as sg

tidy = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
if tidy.is_dir():
    metric = sg.read_metric(tidy / "gva_per_hour_itl.csv", indicator="gva_per_hour_unsmoothed")
    level, nation, noun = "itl1", "UKX", "Output per hour"
    subtitle = "Nominal gross value added per hour worked (current prices, not smoothed), ITL 1"
else:
    print(
        "The real series are not beside the repository: packaged weekly pay stands in for output per hour."
    )
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
    level, nation, noun = "region", "K02000001", "Weekly pay"
    subtitle = "Median gross weekly pay of residents (current prices), regions"
regions = sg.panel(metric, level)
figures = pd.concat([regions, sg.panel(metric, "uk")])
names = sg.areas(level)["name"].str.removesuffix(" (England)")
# ONS publishes output without what belongs to no region, such as oil rigs.
names[nation] = "UK less Extra-Regio" if nation == "UKX" else "UK"
first, last = figures.columns[0], figures.columns[-1]

risen = (regions[last] > regions[first]).sum()
fell = (regions.diff(axis=1) < 0).sum(axis=1)
growth = 100 * ((regions[last] / regions[first]) ** (1 / (int(last) - int(first))) - 1)
boom = 100 * ((regions["2019"] / regions["2011"]) ** (1 / 8) - 1)
finding = f"{noun} was higher in {last} than in {first} in "
finding += f"every one of {len(regions)} regions" if risen == len(regions) else f"{risen} regions"
print(f"{finding}, though each had {fell.min()} to {fell.max()} years in which it fell.")
london = next(code for code in regions.index if names[code] == "London")
print(
    f"London grew by {boom[london]:.2f}% a year from 2011 to 2019, {names[boom.idxmax()]} fastest:"
)
table = pd.DataFrame(
    {"name": names.reindex(regions.index), first: regions[first], last: regions[last]}
)
table = table.assign(a_year=growth, a_year_2011_19=boom, falls=fell)
print(table.sort_values(last, ascending=False).round(2).to_string(index=False))

figure = sg.draw_trend(
    figures,
    names=names,
    highlight=[london, growth.idxmax()],
    nation=nation,
    unit=metric.unit,
    title=f"{finding}.",
    subtitle=f"{subtitle}, {first} to {last}",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "09_output_per_hour.png")
