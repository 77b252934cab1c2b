"""Are the twelve levelling-up missions on track, and were their targets worth the name?

Prints a line for each mission and writes 12_missions.png, the scorecard on a page. Reads the series in
../shared beside the repository; without that folder, the packaged series of weekly pay alone.
"""

import warnings
from pathlib import Path

import spatial_gaps as sg

tidy = Path(__file__).resolve().parents[2] / "shared" / "data" / "metrics" / "tidy"
table = sg.missions()
names = sorted({name for cell in table["series"] for name in cell.split("; ") if "(" not in name})
paths = [tidy / name for name in names if (tidy / name).is_file()]

metrics = []
with warnings.catch_warnings():
    warnings.simplefilter("ignore", sg.SpatialGapsWarning)
    for path in paths:
        try:
            metrics.append(sg.read_metric(path))
        except sg.InputError as error:
            # A file with several measures names them.
            metrics += [sg.read_metric(path, indicator=each.strip('"')) for each in error.choices]
if not metrics:
    print(
        "The real series are not beside the repository: the packaged series of weekly pay stands alone."
    )
    metrics = [sg.read_metric(sg.sample_path("gross-median-weekly-pay"))]

card = sg.scorecard(metrics)
print(card)
figure = sg.draw_scorecard(
    card.missions,
    title=" ".join(card.finding[:2]),
    subtitle=card.known,
    source=f"{'; '.join(card.sources)}. {' '.join(card.licences)}",
)
sg.save_figure(figure, "12_missions.png")
