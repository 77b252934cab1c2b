"""Where does a published spreadsheet say that pay is below the UK's, and where can it not tell?

Reads table 8.1a of the Annual Survey of Hours and Earnings and its workbook of coefficients of
variation as ONS published them, from ../shared beside the repository; without that folder, the
packaged series. Prints the finding and writes 04_published_spreadsheet.png.
"""

from dataclasses import replace
from pathlib import Path

import spatial_gaps as sg

raw = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "raw"
table = raw / "ashe_table8_1a_weekly_gross_2023_prov.xls"
if table.exists():
    cv = raw / "ashe_table8_1b_weekly_gross_2023_prov_cv.xls"
    metric = sg.read_metric(table, value="Median", cv=cv)
else:
    metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))

pay = sg.join_metrics(sg.cartogram("lad", vintage=2023), metric, period=2023)
country = metric.at(2023).loc["K02000001", "value"]
apart = (pay["value"] - country) / pay["se"]  # the error of the UK's own figure is far smaller
known = apart.notna().sum()
below, above = (apart < -1.96).sum(), (apart > 1.96).sum()
finding = (
    f"Of {known} local authorities with a figure and its error, {below} are below the UK's median "
    f"weekly pay of £{country:,.0f} and {above} above it; for {known - below - above} the sample is "
    "too small to tell"
)
print(f"{finding}.")
for notice in metric.notices:
    print(" *", notice)

edges = [apart.min(), -1.96, 1.96, apart.max()]
breaks = sg.class_breaks(apart, "user", edges=edges, higher_is=metric.higher_is)
figure = sg.draw_map(
    pay.assign(itl1=sg.parents(pay.index, "itl1"), apart=apart),
    "apart",
    breaks=replace(breaks, labels=("below the UK", "too close to tell", "above the UK")),
    title=finding + ".",
    subtitle="Median gross weekly pay of residents, local authorities, 2023",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "04_published_spreadsheet.png")
