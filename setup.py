from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["spatial_gaps", "spatial_gaps.*"]),
        "spatial_gaps._boundaries",
    ]
)
