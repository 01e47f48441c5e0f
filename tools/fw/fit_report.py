"""`fw size` and `fw fit`: what an app needs against what its board has, before anything runs.

Embedded data and files in partitions are exact. Code is an estimate: the PC's machine code is not the chip's (tools/fw/image.py). With
--toolchain arm-none-eabi the app's own code is what that compiler has made of it.
The memory of a model is what the planner of dl::Model asks for, as `espdl info --json` tells it.
"""

import json
import subprocess
from pathlib import Path

from console import Failure, say
from elf import Elf
from image import CODE_BASE, code_estimate, embedded_size, is_measured, model_files, partitions, parts


def kilobytes(size):
    return f"{size / 1024:,.1f} KB"


def _app(app):
    description = app.description()
    elf = Elf(app.program)
    apps = [p for p in partitions(description, app.build_dir) if p["type"] == "app"]
    return description, embedded_size(elf), code_estimate(elf, description), apps


def size(app, as_json):
    description, embedded, code, apps = _app(app)
    files = [{"file": Path(f).name, "bytes": Path(f).stat().st_size} for f in description["embedded_files"]]
    others = [{"partition": p["partition"], "file": Path(p["file"]).name, "bytes": Path(p["file"]).stat().st_size}
              for p in description["partition_files"]]
    if as_json:
        result = {
            "app": description["project_name"],
            "board": description["board"],
            "embedded_bytes": embedded,
            "embedded_files": files,
            "code_bytes_estimate": code,
            **_measured(app, description),
            "partition_files": others,
            "app_partitions": [{"name": p["name"], "bytes": p["size"], "free_estimate": p["size"] - embedded - code} for p in apps],
        }
        say(json.dumps(result, indent=2))
        return 0
    say(f"{description['project_name']} on {description['board']}")
    for file in files:
        say(f"  embedded  {file['file']:42} {file['bytes']:>10,}")
    say(f"  embedded data in all {'':31} {embedded:>10,}  (exact)")
    measured = _measured(app, description).get("measured", {})
    for what in ("code", "constants", "data"):
        if measured:
            say(f"  {what:52} {measured[what]:>10,}  ({measured['compiler']})")
    if measured:
        say(f"  ESP-IDF's start-up, drivers and C library {'':10} {CODE_BASE:>10,}  (an estimate)")
        say(f"  static variables, in internal RAM {'':18} {measured['zeroed']:>10,}  (not in the image)")
        say("  basis: every library and this app compiled for a 32-bit Cortex-M33 (Thumb-2); a chip's instructions are others")
    else:
        say(f"  code and constants {'':33} {code:>10,}  (an estimate)")
    for p in apps:
        free = p["size"] - embedded - code
        say(f"  app partition {p['name']:12} {p['size']:>10,}, about {free:,} bytes ({100 * free // p['size']} %) free")
    for file in others:
        say(f"  partition {file['partition']:16} {file['file']:26} {file['bytes']:>10,}  (exact)")
    return 0


def _measured(app, description):
    """What the 32-bit compiler has made of the app; nothing where the program is one for an operating system."""
    if not is_measured(description):
        return {}
    elf = Elf(app.program)
    code, constants, data = parts(elf)
    zeroed = elf.sections.get(".bss", (0, 0, 0, 0))[1]
    return {"measured": {"code": code, "constants": constants, "data": data, "zeroed": zeroed, "compiler": description["compiler"]}}


def _row(what, need, have, where, estimate=False, alternative=False):
    return {
        "what": what,
        "need": need,
        "have": have,
        "where": where,
        "estimate": estimate,
        "fits": need <= have,
        "alternative": alternative,  # another row may take its place: it does not decide the verdict alone
    }


def _model_memory(tool, file, target):
    """Of every model in the file: its name and the planner's table."""

    def info(*arguments):
        command = [tool, "info", "--json", "--target", target, *arguments, file]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            raise Failure(f"espdl info {file}: {result.stderr.strip()}", code=result.returncode)
        return json.loads(result.stdout)

    first = info()
    count = len(first["models"])
    for index, model in enumerate(first["models"]):
        table = first if index == 0 else info("--model", str(index))
        name = model["name"] or Path(file).name
        if "memory" in table:
            yield name, table["memory"]
        elif count:
            raise Failure(f"espdl info {file}: {name}: no memory plan")


def _model_rows(board, psram, name, memory, copied_to_ram):
    """Two rows where the parameters may stay in flash (param_copy false), one where the model is read into RAM (SD card)."""
    variable = sum(memory["variable"][kind] for kind in ("internal", "psram"))
    others = sum(memory["others"][kind] for kind in ("internal", "psram"))
    copy = sum(memory["parameter_copy"][kind] for kind in ("internal", "psram"))
    file_size = memory["fbs_model"]["flash"] + memory["fbs_model"]["psram"] + memory["fbs_model"]["internal"]
    where, have = ("PSRAM", board.psram_size) if psram and board.psram_size else ("internal RAM", board.internal_ram())
    if copied_to_ram:
        return [_row(f"{name}, read from the SD card", variable + others + file_size, have, where)]
    with_copy = _row(f"{name}, param_copy on", variable + others + copy, have, where, alternative=True)
    without = _row(f"{name}, param_copy off", variable + others, have, where)
    return [with_copy, without]


def fit(app):
    description, embedded, code, apps = _app(app)
    board = app.board
    rows = [_row(f"app image ({embedded:,} data + {code:,} code)", embedded + code, p["size"], f"partition {p['name']}", True) for p in apps]
    table = {p["name"]: p for p in partitions(description, app.build_dir)}
    for entry in description["partition_files"]:
        partition = table[entry["partition"]]
        rows.append(_row(Path(entry["file"]).name, Path(entry["file"]).stat().st_size, partition["size"], f"partition {entry['partition']}"))
    end = max(p["offset"] + p["size"] for p in table.values())
    rows.append(_row("partitions", end, board.flash_size, "flash"))

    tool = description["espdl_tool"]
    for file, copied in model_files(description):
        for name, memory in _model_memory(tool, file, description["target"]):
            rows += _model_rows(board, description["psram"], name, memory, copied)
    # Of several models in a package an app loads one; each is judged by itself.
    fits = all(row["fits"] or row["alternative"] for row in rows)
    return {"board": board.name, "app": description["project_name"], "fits": fits, "rows": rows}


def show(reports, as_json):
    if as_json:
        say(json.dumps(reports if len(reports) > 1 else reports[0], indent=2))
    else:
        for report in reports:
            say(f"{report['board']}: {'fits' if report['fits'] else 'does not fit'}{': ' + report['reason'] if 'reason' in report else ''}")
            for row in report["rows"]:
                verdict = "yes" if row["fits"] else "no, but off fits" if row["alternative"] and report["fits"] else "NO"
                mark = "~" if row["estimate"] else " "
                say(f"  {row['what']:62.62} {mark}{kilobytes(row['need']):>13} of {kilobytes(row['have']):>13}  {row['where']:22} {verdict}")
        if any(row["estimate"] for report in reports for row in report["rows"]):
            say("~ the code's size is an estimate")
    return 0 if all(report["fits"] for report in reports) else 1
