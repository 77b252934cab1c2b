"""Where do jobs pay more than residents earn, and where is it the other way round?

Prints the finding and writes 16_jobs_and_residents.png, both figures of the authorities where they
differ most. Reads what jobs pay from ../shared beside the repository; without that folder, it holds
residents' pay of 2015 against that of 2025.
"""

from pathlib import Path

import spatial_gaps as sg

tidy = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
workplace = tidy / "earnings_weekly_median_workplace_ashe7_2024.csv"
homes = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
names = sg.areas("lad", 2023)["name"]
if workplace.exists():
    jobs = sg.read_metric(workplace).at(2024, "lad")["value"]
    residents = homes.at(2024, "lad")["value"].reindex(jobs.index)
    labels, period = ("jobs there", "residents"), "2024"
else:
    print("The real series are not beside the repository: residents' pay of two years stands in.")
    jobs, residents = homes.at(2015, "lad")["value"], homes.at(2025, "lad")["value"]
    residents = residents.reindex(jobs.index)
    labels, period = ("2015", "2025"), "2015 and 2025"

more = (jobs - residents).dropna().sort_values()
finding = (
    f"In {names[more.index[-1]]} {labels[0]} pay £{more.iloc[-1]:,.0f} more than {labels[1]} earn, in "
    f"{names[more.index[0]]} £{-more.iloc[0]:,.0f} less"
)
print(f"{finding}: so it is, the one or the other, in {len(more)} authorities.")
figure = sg.draw_dumbbell(
    jobs,
    residents,
    labels=labels,
    names=names,
    unit="£",
    title=f"{finding}.",
    subtitle=f"Median gross weekly pay, local authorities, {period}",
    source=f"{homes.source}. {homes.licence}",
)
sg.save_figure(figure, "16_jobs_and_residents.png")
