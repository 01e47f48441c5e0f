"""What an app's models take on the chip, as `espdl predict` tells it, beside what they have taken on this PC: `fw run`, `fw trace`, `fw report`.

A model that has run is known by its graph's name and its number of nodes; so is its prediction.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import console
import project
from console import Failure, say
from image import model_files


def tool(sanitizer=None, name="espdl"):
    """A program of tools/espdl, built if needed, beside the libraries that the app has been built with: nothing is built twice for it.

    @param name espdl-predict has `predict` only, and is built in a fraction of the time
    """
    host = project.host_build(sanitizer)
    if (host, name) not in project.built:
        project.build_libraries(targets=(name,), sanitizer=sanitizer, title=f"{name}, which knows the chip's time")
    return host / "tools" / "espdl" / name


def one_line(name):
    """As the program writes a name: control characters would break lines."""
    return "".join(c if c >= " " else "?" for c in name)


def key_of(prediction):
    return one_line(prediction["model"]), len(prediction["nodes"])


def predict(espdl, file, board, *options):
    """`espdl predict --json` of one model, or (None, why not)."""
    command = [str(espdl), "predict", "--json", "--board", board, *options, str(file)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        return None, lines[-1].removeprefix("espdl: ") if lines else f"espdl predict ended with exit code {result.returncode}"
    return json.loads(result.stdout), None


def predictions(app):
    """Of every model in the app's files (key_of -> prediction), and the reasons why there is none of a file."""
    found, reasons = {}, []
    files = model_files(app.description())
    if not files:
        return found, reasons
    try:
        espdl = tool(app.sanitizer, project.predictor().name)
    except Failure as failure:
        return found, [str(failure)]
    for file, _ in files:
        count, index = 1, 0
        while index < count:
            prediction, reason = predict(espdl, file, app.board.name, "--model", str(index))
            if prediction:
                count = len(prediction["models"])
                # A package's models have names of their own; what a graph is called says little ("main_graph").
                prediction["title"] = prediction["models"][index] if count > 1 else Path(file).stem
                found.setdefault(key_of(prediction), prediction)
            else:
                reasons.append(f"{Path(file).name}: {reason}")
            index += 1
    return found, reasons


def write_speed_file(found):
    """What `--chip-speed FILE` of a program reads: hal/host/system/model_runs.hpp. @return its path, which the caller removes"""
    handle, path = tempfile.mkstemp(prefix="deskboard-speed-")
    with os.fdopen(handle, "w", errors="surrogateescape") as out:
        for (name, count), prediction in found.items():
            out.write(f"model {count} {name}\n")
            out.writelines(f"{node['us']['value']:.3f}\n" for node in prediction["nodes"])
    return path


def join(runs, found):
    """For `fw run --json`: what has run, with its prediction. "name" is the graph's, "model" the file's.

    @param runs the program's own report; None: it has left none
    """
    rows = []
    if runs is None:
        runs = [{"name": name, "nodes": count, "runs": None, "mean_ms": None, "shortest_ms": None, "chip_speed": None} for name, count in found]
    for run in runs:
        prediction = found.get((run["name"], run["nodes"]))
        rows.append({
            **run,
            "model": prediction["title"] if prediction else run["name"],
            "chip_ms": prediction["model_ms"] if prediction else None,
            "chip_basis": prediction["basis"] if prediction else "unknown",
        })
    return rows


def milliseconds(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def show(app, rows, reasons):
    """A line for each model: this PC's time beside the chip's."""
    if not rows:
        return
    width = min(max(len(row["model"]) for row in rows), 48)
    say(f"{'model':{width}} {'runs':>6} {'ms on this PC':>14} {'ms on ' + app.board.chip + ', predicted':>28}")
    for row in rows:
        here = milliseconds(row["mean_ms"]) if row["mean_ms"] is not None else "-"
        if row["chip_speed"]:
            here += " (waited)"
        chip = "unknown"
        if row["chip_ms"]:
            value, low, high = (milliseconds(row["chip_ms"][key]) for key in ("value", "low", "high"))
            chip = f"{value} ({low} to {high})"
            chip += "" if row["chip_basis"].startswith("fitted") else f", {row['chip_basis']}"
        say(f"{row['model'][:width]:{width}} {row['runs'] if row['runs'] is not None else '-':>6} {here:>14} {chip:>28}")
    if any(row["chip_ms"] is None for row in rows):
        for reason in reasons or ["it is none of the models that the app was built with"]:
            console.note(f"unknown: {reason}")
