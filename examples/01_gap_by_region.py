"""How wide is the pay gap inside each region, and how much of it does a regional figure hide?

Prints a finding and writes 01_gap_by_region.png: weekly pay of every local authority, one hexagon each.
"""

import spatial_gaps as sg

metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
areas = sg.cartogram("lad", vintage=2023)
pay = sg.join_metrics(areas, metric, period=2021)
people = sg.read_metric(sg.sample_path("population-total")).at(2021)["value"]
region = sg.parents(pay.index, "itl1")
names = sg.areas("itl1")["name"].str.removesuffix(" (England)")

spread = sg.gap_by(pay["value"], region, higher_is="better", weights=people)
hidden = sg.masking(pay["value"], [region], people, pay["se"]).loc["itl1", "hidden_share"]
widest = spread.iloc[0]
finding = (
    f"Pay differs most inside {names[spread.index[0]]}: from £{widest['worst_value']:,.0f} in "
    f"{pay.at[widest['worst'], 'name']} to £{widest['best_value']:,.0f} in {pay.at[widest['best'], 'name']}"
)
print(f"{finding}. {hidden:.0%} of the differences between authorities lie inside regions.")
print(spread.set_axis(names[spread.index]).round(1).to_string())

figure = sg.draw_map(
    pay.assign(itl1=region, itl1_name=names[region].to_numpy()),
    unit=metric.unit,
    higher_is="better",
    title=finding,
    subtitle="Median gross weekly pay of residents, local authorities, 2021",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "01_gap_by_region.png")
