"""At which level does the inequality of pay live: between regions, inside them, or between neighbours?

Prints the finding and writes 15_where_the_gap_lives.png, a bar per tier: published, and with sampling
noise taken out.
"""

import spatial_gaps as sg

metric = sg.read_metric(sg.sample_path("gross-median-weekly-pay"))
result = sg.assess(sg.cartogram("lad", vintage=2023), metric, period=2023)
parts = result.decomposition.parts
inside = 1 - parts.loc["itl1", "corrected"]
finding = (
    f"{inside:.0%} of the inequality of pay between local authorities lies inside regions; published "
    f"figures, with sampling noise in them, say {1 - parts.loc['itl1', 'share']:.0%}"
)
print(f"{finding}.")
print(parts[["share", "corrected", "lower", "upper"]].round(3).to_string())

figure = sg.draw_decomposition(
    result.decomposition,
    title=f"{finding}.",
    subtitle="Median gross weekly pay of residents, local authorities, 2023; Theil's T",
    source=f"{metric.source}. {metric.licence}",
)
sg.save_figure(figure, "15_where_the_gap_lives.png")
