"""The catalogue: typed, sourced, closed where data are missing, one number in one place."""

from __future__ import annotations

import math
import re
from importlib import resources

import numpy as np
import pytest

from problems.parameters import catalog
from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import (
    RATES,
    TABLES,
    Array,
    Gpu,
    Launcher,
    catalog_columns,
    catalog_ranges,
    catalog_table,
)
from problems.parameters.openings import selectable_codes, why_closed
from problems.spec import SpecError


def row(table: str, name: str):
    return catalog_table(table).rows[name]


def open_names(table: str, year: float, **changes) -> set[str]:
    settings = {"allow_unverified": False, "overrides": {}} | changes
    codes = selectable_codes(table, year=year, **settings)
    return {catalog_table(table).names[code] for code in codes}


def test_catalog_ranges_hold_their_nominal():
    for item in catalog_ranges():
        if not math.isnan(item.nominal):
            assert item.low <= item.nominal <= item.high, item.key


def test_catalog_keys_never_repeat_an_assumption():
    assert not {item.key for item in catalog_ranges()} & set(assumption_rows())


@pytest.mark.parametrize("table", sorted(TABLES))
def test_catalog_sources_are_in_the_bibliography(table):
    text = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    known = set(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE)) | {"estimate"}
    assert not {r.source for r in catalog_table(table).rows.values()} - known


@pytest.mark.parametrize(
    ("name", "bf16", "tdp", "memory"),
    # Vendors' datasheets: dense bf16 TFLOP/s, board power, memory.
    [
        ("A100", 312.0, 400.0, 80.0),
        ("H100", 989.0, 700.0, 80.0),
        ("H200", 989.5, 700.0, 141.0),
        ("B200", 2250.0, 1000.0, 180.0),
        ("GB300", 2500.0, 1400.0, 288.0),
        ("MI300X", 1307.4, 750.0, 192.0),
        ("TPU_v7", 2307.0, 980.0, 192.0),
    ],
)
def test_gpus_carry_dense_rates(name, bf16, tdp, memory):
    gpu = row("gpus", name)
    assert isinstance(gpu, Gpu)
    assert (gpu.bf16_dense_tflops, gpu.tdp_w, gpu.hbm_gb) == (bf16, tdp, memory)


def test_gpus_narrower_numbers_are_never_slower():
    for gpu in catalog_table("gpus").rows.values():
        assert isinstance(gpu, Gpu)
        rates = [getattr(gpu, field) for field in RATES]
        known = [rate for rate in rates if not math.isnan(rate)]
        assert known == sorted(known), gpu.name


@pytest.mark.parametrize(
    ("name", "rates"),
    # Dense TFLOP/s in bf16, fp8 and fp4. TPU v6e: Google's table of TPU versions has 918 for both
    # (1,836 is INT8). Trainium3: MXFP8 and MXFP4 are equal. VR200: 1.2 EFLOP/s over 72; 35 PFLOP/s.
    [
        ("TPU_v6e", [918.0, 918.0]),
        ("GB200", [2500.0, 5000.0, 10_000.0]),
        ("GB300", [2500.0, 5000.0, 15_000.0]),
        ("B300", [2250.0, 4500.0, 13_500.0]),
        ("VR200", [16_667.0, 35_000.0]),
        ("Trainium3", [671.0, 2517.0, 2517.0]),
        ("A100", [312.0]),
    ],
)
def test_gpus_have_the_rates_that_are_published_and_no_others(name, rates):
    cells = [getattr(row("gpus", name), field) for field in RATES]
    assert [rate for rate in cells if not math.isnan(rate)] == rates


@pytest.mark.parametrize(
    ("name", "count", "kilowatts", "millions"),
    # Published racks of 72: power from and to [kW], price from and to with hosts and network [M$].
    [
        ("GB200", 72, (120.0, 132.0), (3.0, 4.0)),
        ("GB300", 72, (120.0, 140.0), (3.0, 4.0)),
        ("VR200", 72, (190.0, 230.0), (6.8, 8.8)),
    ],
)
def test_gpus_of_racks_share_power_and_price_of_the_rack(name, count, kilowatts, millions):
    chip, ranges = row("gpus", name), catalog_table("gpus").ranges
    power = ranges[f"catalog.gpus.{name}.node_power_factor"]
    price = ranges[f"catalog.gpus.{name}.price_usd"]
    for value, published in zip((power.low, power.high), kilowatts, strict=True):
        assert count * value * chip.tdp_w * 1e-3 == pytest.approx(published, rel=2e-3)
    for value, published in zip((price.low, price.high), millions, strict=True):
        assert count * value * 1e-6 == pytest.approx(published, rel=6e-3)
    assert chip.price_basis == "rack share with network"


def test_gpus_are_dated_where_they_have_a_price():
    for gpu in catalog_table("gpus").rows.values():
        assert isinstance(gpu, Gpu)
        assert math.isnan(gpu.price_year) == math.isnan(gpu.price_usd), gpu.name


def test_gpus_trend_opens_after_the_last_generation():
    chips = [gpu for gpu in catalog_table("gpus").rows.values() if isinstance(gpu, Gpu)]
    last = max(gpu.available_from for gpu in chips if not gpu.follows_trend)
    assert [gpu.available_from for gpu in chips if gpu.follows_trend] == [last + 1.0]
    assert "Leader" not in open_names("gpus", 2027)
    assert "Leader" in open_names("gpus", 2028)


def test_arrays_bare_cells_are_not_allowed():
    for array in catalog_table("arrays").rows.values():
        assert isinstance(array, Array)
        assert array.coverglass_um > 25.0
        assert array.damage_kind in ("gaas", "si")


def test_launchers_falcon_9_list_price():
    # USD 74 M over 17.5 t is 4,229 USD/kg.
    falcon = row("launchers", "falcon_9")
    assert isinstance(falcon, Launcher)
    assert falcon.price_usd / falcon.leo_payload_kg == pytest.approx(4229.0, abs=2.0)


def test_selectable_codes_close_rows_with_gaps_until_a_price_is_given():
    assert "Trainium3" not in open_names("gpus", 2030)
    priced = {"catalog.gpus.Trainium3.price_usd": 15e3}
    assert "Trainium3" in open_names("gpus", 2030, overrides=priced)


def test_selectable_codes_ask_for_the_rate_that_counts_alone():
    names = [open_names("gpus", 2030, overrides={"compute.precision": code}) for code in range(3)]
    assert [("VR200" in chips, "H100" in chips, "A100" in chips) for chips in names] == [
        (False, True, True),
        (True, True, False),
        (True, False, False),
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("B200", ""),
        ("VR200", "no bf16_dense_tflops; from 2026"),
        ("MI455X", "no tdp_w, bf16_dense_tflops, price_usd; from 2026; unverified"),
        ("Trainium2", "no price_usd"),
        ("XQRVC1902", "unverified"),
    ],
)
def test_why_closed_names_every_gap(name, reason):
    found = why_closed("gpus", name, year=2025.0, allow_unverified=False, overrides={})
    assert found == reason


def test_selectable_codes_close_the_future_and_the_unverified():
    assert "starship" not in open_names("launchers", 2026)
    assert "starship" in open_names("launchers", 2027)
    assert "XQRVC1902" not in open_names("gpus", 2030)
    assert "XQRVC1902" in open_names("gpus", 2030, allow_unverified=True)
    assert "perovskite_tandem" not in open_names("arrays", 2034, allow_unverified=True)


def test_launchers_with_sourced_payloads_are_open_and_the_others_say_what_lacks():
    assert {"new_glenn_9x4", "lvm3"} <= open_names("launchers", 2030)
    closed = set(catalog_table("launchers").rows) - open_names("launchers", 2030)
    for name in closed:
        assert "closed" in row("launchers", name).note


@pytest.mark.parametrize("table", sorted(TABLES))
def test_selectable_codes_leave_something_to_choose(table):
    assert open_names(table, 2026)


def test_catalog_columns_apply_an_override_to_one_row_alone():
    plain = catalog_columns("gpus", {})
    changed = catalog_columns("gpus", {"catalog.gpus.B200.price_usd": 1.0})
    code = catalog_table("gpus").names.index("B200")
    assert changed["price_usd"][code] == 1.0
    others = np.arange(len(plain["price_usd"])) != code
    np.testing.assert_array_equal(changed["price_usd"][others], plain["price_usd"][others])


def test_catalog_columns_carry_futures():
    futures = np.array([[1.0], [2.0], [3.0]])
    column = catalog_columns("gpus", {"catalog.gpus.B200.price_usd": futures})["price_usd"]
    code = catalog_table("gpus").names.index("B200")
    assert column.shape == (3, len(catalog_table("gpus").rows))
    np.testing.assert_array_equal(column[:, code], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("field", "cell", "message"),
    [
        ("price_usd_low", "1e12", "does not hold"),
        ("unverified", "maybe", "neither true nor"),
        ("price_basis", "street", "none of: module, rack share with network"),
    ],
)
def test_catalog_table_refuses_a_bad_cell(monkeypatch, field, cell, message):
    cells = dict(catalog.read_table("gpus.csv")[0])
    cells[field] = cell
    monkeypatch.setattr(catalog, "read_table", lambda name: [cells])
    with pytest.raises(SpecError, match=message):
        catalog_table.__wrapped__("gpus")


def test_catalog_table_refuses_an_unknown_column(monkeypatch):
    cells = {**catalog.read_table("gpus.csv")[0], "colour": "green"}
    monkeypatch.setattr(catalog, "read_table", lambda name: [cells])
    with pytest.raises(SpecError, match="colour"):
        catalog_table.__wrapped__("gpus")
