"""How ESP-IDF's tests name chips and configurations."""

import pytest

SUPPORTED = ["esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c5", "esp32c6", "esp32p4", "esp32s31"]
GROUPS = {"supported_targets": SUPPORTED, "preview_targets": [], "linux": ["linux"]}


def idf_parametrize(names, values, indirect=False):
    """parametrize(), with marks for the chips: `target` becomes a marker, and "supported_targets" every chip."""
    columns = [name.strip() for name in names.split(",")]
    rows = []
    for value in values:
        marks = list(getattr(value, "marks", []))
        value = getattr(value, "values", value)
        cells = list(value) if isinstance(value, (tuple, list)) else [value]
        if "target" in columns:
            at = columns.index("target")
            for chip in GROUPS.get(cells[at], [cells[at]]):
                rows.append(pytest.param(*cells[:at], chip, *cells[at + 1:], marks=[*marks, pytest.mark.target(chip)]))
        else:
            rows.append(pytest.param(*cells, marks=marks))
    return pytest.mark.parametrize(columns, rows, indirect=indirect)


def soc_filtered_targets(condition=None, targets="all"):
    return list(SUPPORTED)
