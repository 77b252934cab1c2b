"""Which headline measures lose most when they are tracked region by region, and where to track them?

Prints how much of the differences between local authorities lies inside ITL 1 regions, where a
regional figure shows nothing of it, sampling noise taken out, with the coarsest level that hides no
more than half, and writes 05_right_level.png: the measure that loses most, each authority less the
mean of its region. Reads the series in ../shared beside the repository; without that folder, the
packaged weekly pay alone.
"""

from pathlib import Path

import pandas as pd

import spatial_gaps as sg

# File, indicator, period, level and vintage of the areas.
SERIES = [
    ("gva_per_hour_lad", "gva_per_hour_smoothed", "2022", "lad", 2023),
    ("gdhi_per_head", None, "2023", "lad", 2023),
    ("earnings_weekly_median_residence", None, "2021", "lad", 2023),
    ("employment_rate_16_64", "employment_rate_16_64", "2023", "lad", 2023),
    ("modelled_unemployment_rate", None, "2023", "lad", 2023),
    ("gigabit_broadband", None, "2026-01", "lad", 2025),
    ("fe_skills_achievements_19plus", None, "2022/23", "lad", 2023),
    ("healthy_life_expectancy", "healthy_life_expectancy_male", "2021-2023", "utla", 2025),
    ("healthy_life_expectancy", "healthy_life_expectancy_female", "2021-2023", "utla", 2025),
    ("wellbeing_life_satisfaction", None, "2022/23", "lad", 2021),
    ("wellbeing_worthwhile", None, "2022/23", "lad", 2021),
    ("wellbeing_happiness", None, "2022/23", "lad", 2021),
    ("wellbeing_anxiety", None, "2022/23", "lad", 2021),
]
TIERS = ("itl1", "itl2", "itl3")
folder = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
if not folder.is_dir():
    SERIES = [("gross-median-weekly-pay", None, "2021", "lad", 2023)]

population = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
people = {
    (level, vintage): sg.recode(population, to=vintage, level=level)
    for level, vintage in sorted({series[3:] for series in SERIES})
}
rows, layers = [], {}
for file, indicator, period, level, vintage in SERIES:
    path = folder / f"{file}.csv" if folder.is_dir() else sg.sample_path(file)
    metric = sg.read_metric(path, indicator=indicator)
    areas = sg.cartogram(level, vintage)
    figures = metric.at(period).reindex(areas.index)
    weights = people[level, vintage].reindex(areas.index)
    regions = [sg.parent_shares(areas.index, tier, vintage).rename(tier) for tier in TIERS]
    known = figures["se"].notna().any()
    errors = figures["se"] if known else None
    advice = sg.right_level(figures["value"], regions, weights, errors, areas=level)
    top = advice.tiers.loc["itl1"]
    rows.append(
        {
            "measure": metric.title,
            "period": period,
            "areas": figures["value"].count(),
            "hidden": top["hidden_share"],
            "interval": f"{top['lower']:.0%} to {top['upper']:.0%}" if known else "errors unknown",
            "published": top["raw_share"],
            "itl2": advice.tiers.at["itl2", "hidden_share"],
            "itl3": advice.tiers.at["itl3", "hidden_share"],
            "track by": f"{advice.level} ({advice.certainty})",
        }
    )
    layers[metric.title] = (metric, areas.assign(value=figures["value"]), weights, vintage)

table = pd.DataFrame(rows).set_index("measure").sort_values("hidden", ascending=False)
first = table.iloc[0]
metric, areas, weights, vintage = layers[table.index[0]]
noun = metric.title[:1].lower() + metric.title[1:]
finding = (
    f"{first['hidden']:.0%} ({first['interval']}) of the differences in {noun} lie inside ITL 1 "
    "regions, where a regional figure hides them"
)
lost = (table["hidden"] > 0.5).sum()
others = f"; by estimate {lost} of {len(table)} measures lose more than half that way"
print(f"{finding}{others if len(table) > 1 else ''}.")
print(table.to_string(float_format=lambda share: f"{share:.0%}"))

areas["itl1"] = sg.parents(areas.index, "itl1", vintage)
held = weights.where(areas["value"].notna())
mean = (areas["value"] * held).groupby(areas["itl1"]).sum() / held.groupby(areas["itl1"]).sum()
figure = sg.draw_map(
    areas.assign(apart=areas["value"] - areas["itl1"].map(mean)),
    "apart",
    unit=metric.unit,
    higher_is=metric.higher_is,
    title=finding + ".",
    subtitle=f"{metric.title}, {first['period']}: each authority less the mean of its region",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "05_right_level.png")
