"""For which chip a model file was made. An .espdl file does not say it; published models say it in their path: models/p4/x.espdl,
x_s8_s3.espdl. What a project embeds, packs or flashes stands in its build.ninja, whatever command does it.
"""

import re
from pathlib import Path

# Chips whose vector unit rounds half to even; the others round half up.
HALF_TO_EVEN = ("esp32p4", "esp32s31")
HALF_UP = ("esp32", "esp32s2", "esp32s3", "esp32c3", "esp32c5", "esp32c6")
# Short names only of chips with files of their own: c3 is also a block of YOLO's.
TARGETS = {name: name for name in HALF_TO_EVEN + HALF_UP} | {"p4": "esp32p4", "s31": "esp32s31", "s3": "esp32s3"}
# A path in build.ninja: ninja writes `$ ` for a space.
PATH = re.compile(r"(?:\$ |[^\s'\"|:;=])+")


def chip_of(path):
    """The chip that the path's last folders and name tell, the nearest to the end; None if they tell none."""
    for part in reversed(Path(path).parts[-3:]):
        named = {TARGETS[word] for word in re.split(r"[^a-z0-9]+", part.lower()) if word in TARGETS}
        if len(named) > 1:
            named.discard("esp32")
        if named:
            return named.pop() if len(named) == 1 else None
    return None


def models(ninja):
    """The model files and folders of models that the text of a build.ninja names."""
    found = set()
    for line in ninja.splitlines():
        packs = "--model_path" in line or "pack_espdl" in line
        if not packs and ".espdl" not in line:
            continue
        for match in PATH.finditer(line):
            path = Path(match[0].replace("$ ", " "))
            if path.suffix == ".espdl" and path.is_file() or packs and path.is_dir() and any(path.glob("*.espdl")):
                found.add(path)
    # A folder that only holds files which are named themselves adds nothing.
    return sorted(path for path in found if path.is_file() or not any(path in file.parents for file in found))


def warnings(ninja, target):
    """A line for each model that was made for a chip which rounds otherwise than `target`."""
    lines = []
    for path in models(ninja):
        chip = chip_of(path)
        if chip and (chip in HALF_TO_EVEN) != (target in HALF_TO_EVEN):
            ways = ("half to even", "half up")
            here, there = ways if target in HALF_TO_EVEN else reversed(ways)
            lines.append(
                f"{path}: by its path this model is made for {chip}, which rounds {there}; the board's {target} rounds {here}, "
                f"so that results differ in their last digits from what the quantizer reported. Use the file made for {target}"
            )
    return lines
