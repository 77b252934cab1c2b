"""Published series that come with the package, small, each with its source.

gross-median-weekly-pay
    Median gross weekly pay of employees by place of residence, 2008 to 2025, local authorities
    (2023 codes), regions, nations and the UK, with 95 % limits. ONS Annual Survey of Hours and
    Earnings, NISRA; via ONS "Explore local statistics". Open Government Licence v3.0.
population-total
    Mid-year population of local authorities (2023 codes), 1998 to 2023, revised after the 2021
    census. ONS mid-year population estimates. Open Government Licence v3.0.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from spatial_gaps.checks import check_choice

NAMES = ("gross-median-weekly-pay", "population-total")


def sample_path(name: str) -> Path:
    """Return the path of a packaged published series.

    Parameters
    ----------
    name : {"gross-median-weekly-pay", "population-total"}
        Which one.

    Returns
    -------
    Path
        A CSV file that `read_metric` reads.

    Raises
    ------
    InputError
        If there is no such sample; the message lists them.
    """
    check_choice(name, NAMES, "sample")
    return Path(str(resources.files("spatial_gaps.samples") / f"{name}.csv"))
