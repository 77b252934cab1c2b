"""Which places do affluent regions hide on one measure after another, and for how long?

Pay, employment, output per hour, household income, healthy life expectancy, claimants and gigabit
broadband, each by its latest period and over up to ten. Reads ../shared beside the repository;
without it, weekly pay alone. Writes 08_hidden_on_several.png.
"""

from dataclasses import replace
from pathlib import Path

import spatial_gaps as sg

tidy = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
places = sg.cartogram("lad", 2023)
whole = tidy.is_dir()
if whole:
    metrics = [
        sg.read_metric(tidy / "earnings_weekly_median_residence.csv"),
        sg.read_metric(tidy / "employment_rate_16_64.csv"),
        sg.read_metric(tidy / "gva_per_hour_lad_els.csv"),
        sg.read_metric(tidy / "gdhi_per_head.csv"),
        sg.read_metric(
            tidy / "healthy_life_expectancy.csv", indicator="healthy_life_expectancy_male"
        ),
        sg.read_metric(tidy / "claimant_count_rate.csv"),
        sg.read_metric(tidy / "gigabit_broadband.csv"),
    ]
    # Before 2014-2016 healthy life expectancy has no figure of the UK.
    periods = {
        metric.key: [period for period in metric.periods if period[:4] >= "2014"][-10:]
        for metric in metrics
    }
else:
    metrics = [sg.read_metric(sg.sample_path("gross-median-weekly-pay"))]
    periods = {metric.key: metric.periods[-10:] for metric in metrics}

found = sg.find_pockets_panel(metrics, places, periods=periods)
lasting = (found.classes == "persistent").sum(axis=1)
table = found.areas.assign(name=places["name"], lasting=lasting)
table = table.sort_values(["n_metrics", "expected"], ascending=False)
first = table.iloc[0]
if whole:
    several = table[table["n_metrics"] >= 3]
    finding = (
        f"{len(several)} authorities are hidden on three measures or more, "
        f"{first['name']} on {first['n_metrics']} of {len(metrics)}"
    )
    print(f"{finding}; {(lasting > 0).sum()} have been hidden for five periods running or longer.")
    titles = {metric.key: metric.title.lower() for metric in metrics}
    for place in several.itertuples():
        print(
            f" * {place.name}: {place.n_metrics} of {place.n_assessed}, {place.lasting} of these for "
            f"five periods running or longer ({', '.join(titles[k] for k in place.hidden_on)})"
        )
    column, subtitle = "n_metrics", "Measures on which each is a pocket, by the latest of each"
    edges, labels = [0, 1, 2, 3, 4, 8], ("none", "1", "2", "3", "4 or more")
else:
    running = found.running[metrics[0].key]
    table["running"] = running
    longest = places["name"][running.idxmax()]
    finding = (
        f"{(lasting > 0).sum()} authorities have been hidden by the pay of their region for five "
        f"years running or longer, {longest} for {running.max()}"
    )
    print(f"{finding}; {(running > 0).sum()} are hidden now.")
    column, subtitle = "running", "Years in a row as a pocket of weekly pay, up to the latest"
    edges, labels = [0, 1, 3, 5, 11], ("none", "1 or 2", "3 or 4", "5 or more")

breaks = sg.class_breaks(table[column], "user", edges=edges, higher_is="worse")
figure = sg.draw_map(
    places.assign(shown=table[column], itl1=sg.parents(places.index, "itl1", 2023)),
    "shown",
    breaks=replace(breaks, labels=labels),
    title=finding + ".",
    subtitle=f"{subtitle}, likely or confirmed",
    source=f"{'; '.join(dict.fromkeys(m.source for m in metrics))}. {metrics[0].licence}",
)
sg.save_figure(figure, "08_hidden_on_several.png")
