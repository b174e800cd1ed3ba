"""Packages of the wheel; the shipped configurations lie in it beside the code that finds them."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["problems*", "optimize*"]), "optimize.shipped"],
    package_dir={"optimize.shipped": "configs"},
)
