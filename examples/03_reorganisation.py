"""What if every county became one authority? What the new averages would hide.

Prints the finding and writes 03_reorganisation.png, a map of the authorities there would be. A
proposal of your own is a CSV of code and new code: `sg.what_if("proposal.csv", vintage=2023)`.
"""

import spatial_gaps as sg

metric = sg.read_metric(sg.sample_path("population-total"))
people = {year: metric.at(year, level="lad")["value"] for year in (2012, 2022)}
growth = 100 * (people[2022] / people[2012] - 1)

proposal = sg.parents(growth.index, "utla", 2023)
after = sg.recode(growth, to=proposal, statistic="rate", weights=people[2012])
shrunk = growth.index[growth < 0]
hidden = [code for code in shrunk if after[proposal[code]] >= 0]
text = (
    f"If every county became one authority, {len(growth)} would become {len(after)}, and of "
    f"{len(shrunk)} that lost people from 2012 to 2022, {len(hidden)} would vanish in the average "
    "of a county that grew"
)
names = sg.areas("lad", 2023)["name"]
print(f"{text}: {', '.join(names[hidden])}.")

shapes = sg.cartogram("utla", 2023)
shapes["value"] = after
figure = sg.draw_map(
    shapes,
    unit="%",
    higher_is="better",
    title=text + ".",
    subtitle="Growth of population mid-2012 to mid-2022, upper-tier authorities as of 2023",
    source="Source: Office for National Statistics. Licensed under the Open Government Licence v3.0.",
)
sg.save_figure(figure, "03_reorganisation.png")
