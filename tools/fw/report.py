"""`fw report APP|MODEL`: one page that shows what a model takes on the chip and on this PC, and what an app's run has done.

The numbers are espdl's (predict, profile, info, audit, compare) and those of the run; here they are put together. The page is tools/report/.
"""

import base64
import datetime
import hashlib
import html
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import boards
import bootstrap
import chip_time
import console
import execution
import fit_report
import flashing
import model_chip
import project
import tracing
from chip_time import milliseconds
from console import Failure, say
from image import model_files
from project import HOST_BUILD, ROOT, Project, relative

PARTS = ROOT / "tools" / "report"
# What a phone still opens: pictures are embedded as they are.
MAX_PICTURES = 12
MAX_PICTURE_BYTES = 3 << 20
MAX_LOG_LINES = 1000
MAX_MODELS = 8
KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"BM", "image/bmp"))


def picture_source(path):
    """A data: address of a picture; None if it is none, or too large."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_PICTURE_BYTES else b""
    except OSError:
        return None
    kind = next((kind for magic, kind in KINDS if content.startswith(magic)), None)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}" if kind else None


def bytes_text(size):
    return f"{size / (1 << 20):.3g} MB" if size >= 1 << 20 else f"{size / 1024:.3g} KB"


def ask(espdl, command, *arguments, accept=(0,)):
    """An espdl command's JSON, or (None, why not)."""
    result = subprocess.run([str(espdl), command, "--json", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    if result.returncode in accept and result.stdout:
        return json.loads(result.stdout), None
    return None, result.stderr.strip().removeprefix("espdl: ") or f"espdl {command} ended with exit code {result.returncode}"


class Model:
    """One model of a file, on a board: everything that the page says of it."""

    def __init__(self, espdl, file, index, board, args):
        self.espdl, self.file, self.board, self.args = espdl, Path(file), board, args
        self.select = ["--model", str(index)]

    def predict(self, *options):
        return ask(self.espdl, "predict", self.file, "--board", self.board.name, "--counts", *self.select, "--cores", self.args.cores, *options)

    def gather(self, run=None):
        chip, problem = self.predict("--param-copy", self.args.param_copy)
        if chip is None and self.args.cores == 2 and "one core" in problem:
            raise Failure(problem)
        info, info_problem = ask(self.espdl, "info", self.file, *self.select, "--target", self.board.chip)
        if info is None:
            return None, info_problem
        in_flash = chip["parameters"] == "flash" if chip else self.args.param_copy == "no"
        profile, here_problem = ask(self.espdl, "profile", self.file, "--board", self.board.name, *self.select,
                                    *(["--no-param-copy"] if in_flash else []))
        audit, audit_problem = self._audit()
        comparison, comparison_problem = self._compare()
        rows = nodes(info, chip, profile)
        return {
            "title": self.file.stem,
            "file": str(self.file),
            "problem": problem,
            "here_problem": here_problem,
            "chip": chip and {key: chip[key] for key in ("preprocess_ms", "model_ms", "postprocess_ms", "memory_share", "limits", "basis")}
            | {"memory_text": memory_text(chip)},
            "here": {"total_us": profile["total_us"] if profile else None, "mean_ms": run["mean_ms"] if run else None, "runs": run["runs"] if run else None},
            "answers": self._answers(chip) if chip else [],
            "nodes": rows,
            "edges": edges(info, rows),
            "arena": profile["arena"] if profile else [],
            "memory": profile["memory"] if profile else info.get("memory"),
            "audit": audit,
            "audit_problem": audit_problem,
            "comparison": comparison,
            "comparison_problem": comparison_problem,
        }, None

    def _answers(self, chip):
        lines = answers(chip)
        other = "no" if chip["parameters"] == "psram" else "yes"
        if self.args.param_copy == "auto" and self.board.psram_size:
            changed, _ = self.predict("--param-copy", other)
            if changed:
                room, time = changed["psram_bytes"], milliseconds(changed["model_ms"]["value"])
                place = "copied to PSRAM" if other == "yes" else "left in flash"
                fits = "" if room <= self.board.psram_size else f", of which the board has {bytes_text(self.board.psram_size)}"
                lines.append(f"With the parameters {place} it would take {time} ms, and {bytes_text(room)} of PSRAM{fits}.")
        return lines

    def _audit(self):
        folder = self.args.data
        if not folder:
            return None, None
        found, problem = ask(self.espdl, "audit", self.file, "--images", folder, *self.select, "--target", self.board.chip, accept=(0, 1))
        if not found:
            return None, problem
        for entry in found["results"][:MAX_PICTURES]:
            entry["src"] = picture_source(Path(folder) / entry["picture"])
        found["names"] = found["pipeline"].get("names") or []
        for tensor in found["tensors"]:
            tensor["dead_channels"] = len(tensor["dead_channels"])
        keep = ("pictures", "broken", "findings", "tensors", "results", "names")
        return {key: found[key] for key in keep}, None

    def _compare(self):
        if not self.args.onnx:
            return None, None
        pictures = execution.pictures([self.args.data]) if self.args.data else []
        inputs = ["--input", pictures[0]] if pictures else []
        found, problem = ask(self.espdl, "compare", self.args.onnx, self.file, *inputs, *self.select, "--target", self.board.chip, accept=(0, 1))
        if not found:
            return None, problem
        texts, numbers = ("tensor", "node", "type", "output"), ("cosine", "snr_db", "snr_loss_db", "max_steps")
        rows = [{**{key: row[key] for key in texts}, **{key: finite(row[key]) for key in numbers}} for row in found["tensors"]]
        return {"a": found["a"], "b": found["b"], "input": pictures[0].name if pictures else "the file's test values", "tensors": rows,
                "outputs": [row for row in rows if row["output"]]}, None


def finite(value):
    """espdl writes what is no number of JSON's as a text ("inf")."""
    return value if isinstance(value, (int, float)) else None


def waits_of(node):
    """Microseconds that a node waits, by what for."""
    cache = node["memory_us"] - node["flash_us"] - node["psram_us"]
    return {"flash": node["flash_us"], "PSRAM": node["psram_us"], "the second-level cache": cache}


def shares(chip):
    """What the model waits for, the longest first: [(what, share of the model's time)], without what is nothing."""
    total = sum(node["us"]["value"] for node in chip["nodes"]) or 1
    waits = [waits_of(node) for node in chip["nodes"]]
    parts = {what: sum(wait[what] for wait in waits) / total for what in ("flash", "PSRAM", "the second-level cache")}
    return [(what, share) for what, share in sorted(parts.items(), key=lambda part: -part[1]) if share > 1e-6]


def memory_text(chip):
    return ", ".join(f"{what.split(' ', 1)[-1]} {100 * share:.0f} %" for what, share in shares(chip))


def why(node, limits):
    """What takes a node's time, in words."""
    us = node["us"]["value"]
    source, waits = max(waits_of(node).items(), key=lambda pair: pair[1])
    macs = node["macs"]
    alone = milliseconds(macs / limits["int8_macs_per_second"] * 1e3)
    alone = f" Its {macs / 1e6:,.0f} million multiply-accumulates alone would take {alone} ms." if macs else ""
    if any(kind in node["counts"] for kind in ("mac_unaligned", "tap_unaligned")):
        alone += " Its channels are no multiples of the vector unit's lanes, which makes each of them dearer."
    if node["bound"] != "memory":
        return f"It computes: {100 - 100 * node['memory_us'] / us:.0f} % of it is spent on instructions.{alone}" if us else ""
    text = f"{100 * waits / us:.0f} % of that is waiting for {source}"
    if source.endswith("cache"):
        return f"{text}, from which its {bytes_text(node['weight_bytes'])} of weights come for each of {node['positions']:,.0f} output positions.{alone}"
    text += ": "
    weights = node["counts"].get("flash_weights" if source == "flash" else "psram_weights", 0)
    if node["weight_bytes"] and weights > 1.5 * node["weight_bytes"]:
        text += (f"its {bytes_text(node['weight_bytes'])} of weights do not fit the {limits['cache_bytes'] / 1000:.0f} KB cache beside its input, "
                 f"and are read again for each of {node['positions']:,.0f} output positions, {bytes_text(weights)} in all.")
    else:
        text += "its tensors and weights are read once, and little is computed with each byte."
    return text + alone


def answers(chip):
    """Which node takes most, why, and what the model waits for."""
    ranked = sorted(chip["nodes"], key=lambda node: -node["us"]["value"])
    total = sum(node["us"]["value"] for node in ranked)
    if not ranked or not total:
        return []
    lines = []
    for place, node in zip(("Most of the time goes to", "Next comes", "Then"), ranked):
        us = node["us"]["value"]
        times = f"{milliseconds(us / 1e3)} ms of {milliseconds(total / 1e3)} ms ({100 * us / total:.0f} %)"
        lines.append(f"{place} {node['name']} ({node['type']}): {times}. {why(node, chip['limits'])}")
    share = chip["memory_share"]
    waits = shares(chip)
    where = f"the parameters are in {chip['parameters'].replace('psram', 'PSRAM')}, as {chip['parameters_because']}"
    if share < 0.5:
        verdict = "The model is bound by computing"
    else:
        verdict = f"The model is bound by {waits[0][0]}" + (", not by PSRAM" if waits[0][0] == "flash" else "")
    parts = ", ".join(f"{100 * part:.0f} % for {what}" for what, part in waits)
    lines.append(f"{verdict}: {100 * share:.0f} % of its time waits for memory{f', {parts}' if parts else ''} ({where}).")
    return lines


def nodes(info, chip, profile):
    """In the order of execution; what is not known is None."""
    predicted = {node["name"]: node for node in chip["nodes"]} if chip else {}
    measured = {module["name"]: module for module in profile["modules"]} if profile else {}
    order = list(predicted or measured) or [node["name"] for node in info["nodes"]]
    known = {node["name"]: node for node in info["nodes"]}
    rows = []
    for index, name in enumerate(order):
        node, guess, here = known.get(name, {}), predicted.get(name), measured.get(name)
        row = {"index": index, "name": name, "type": node.get("op", ""), "kernel": node.get("kernel", ""), "us": None, "low": None, "high": None,
               "here_us": here["latency_us"] if here else None, "macs": node.get("macs", 0), "weight_bytes": node.get("parameter_bytes", 0)}
        shapes = [f"{tensor['dtype']} {'x'.join(map(str, tensor['shape']))}" for tensor in node.get("tensors", [])]
        row["output"] = ", ".join(shapes)
        if guess:
            us = guess["us"]
            row.update(us=us["value"], low=us["low"], high=us["high"], psram_us=guess["psram_us"], flash_us=guess["flash_us"], macs=guess["macs"],
                       cache_us=round(guess["memory_us"] - guess["psram_us"] - guess["flash_us"], 6), compute_us=us["value"] - guess["memory_us"],
                       moved_bytes=sum(guess["counts"].get(kind, 0) for kind in ("psram", "psram_weights", "flash_weights")))
        rows.append(row)
    return rows


def edges(info, rows):
    """Which node's output another one reads, as positions in the order of execution."""
    position = {row["name"]: row["index"] for row in rows}
    maker = {output: node["name"] for node in info["nodes"] for output in node["outputs"] if output}
    found = {(position[maker[tensor]], position[node["name"]]) for node in info["nodes"] for tensor in node["inputs"]
             if tensor in maker and maker[tensor] in position and node["name"] in position}
    return sorted(found)


# --- an app ---


def task_rows(spans):
    rows = []
    for task in (span for span in spans if span["cat"] == "task" and span["name"] != "waits"):
        inside = [span for span in spans if span["tid"] == task["tid"] and task["ts"] <= span["ts"] <= task["ts"] + task["dur"]]
        rows.append({"name": task["name"], "ms": task["dur"] / 1e3,
                     "waits_ms": sum(s["dur"] for s in inside if s["name"] == "waits" and s["cat"] == "task") / 1e3,
                     "models_ms": sum(s["dur"] for s in inside if s["cat"] == "model") / 1e3})
    return rows


def access_rows(spans):
    rows = {}
    for span in (span for span in spans if span["cat"] == "flash"):
        row = rows.setdefault(span["name"], {"name": span["name"], "count": 0, "bytes": 0, "ms": 0})
        row["count"] += 1
        row["bytes"] += span["args"]["bytes"]
        row["ms"] += span["dur"] / 1e3
    return sorted(rows.values(), key=lambda row: -row["bytes"])


def app_part(app, run, trace):
    spans = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    ram = [[event["ts"] / 1e3, event["args"]["internal RAM"], event["args"]["PSRAM"]] for event in trace["traceEvents"] if event["ph"] == "C"]
    step = max(1, len(ram) // 2000)
    lines = [entry["text"] if entry["level"] is None else f"{entry['level']} ({entry['time_ms']}) {entry['tag']}: {entry['text']}" for entry in run["log"]]
    pictures, files = [], []
    for entry in run["files"]:
        path = Path(entry["path"])
        source = picture_source(path) if len(pictures) < MAX_PICTURES else None
        if source:
            pictures.append({"picture": path.name, "src": source})
        else:
            files.append(f"{path.name} ({entry['bytes']:,} bytes)")
    return {
        "exit": run["exit"],
        "backtrace": run["backtrace"],
        "log": lines[:MAX_LOG_LINES],
        "log_left": max(len(lines) - MAX_LOG_LINES, 0),
        "ram": ram[::step],
        "tasks": task_rows(spans),
        "accesses": access_rows(spans),
        "pictures": pictures,
        "files": files,
        "fit": fit_report.fit(app)["rows"],
    }


def run_app(app, args):
    """Builds and runs it. @return (fw's exit code, its `--json`, its trace)"""
    app.build()
    flashing.write(app, args)
    with tempfile.TemporaryDirectory(prefix="deskboard-report-") as folder:
        asked = args.json
        args.json = args.json or str(Path(folder) / "run.json")
        code, trace = tracing.run(app, args)
        try:
            return code, json.loads(Path(args.json).read_text()), trace
        except (OSError, ValueError):
            raise Failure("the run was interrupted: no report", code=130) from None
        finally:
            args.json = asked


def models_of_app(app, run, espdl, args):
    """Those that have run; all of them where it is not known."""
    gathered = []
    by_key = {(row["name"], row["nodes"]): row for row in run["models"]}
    for file, _ in model_files(app.description()):
        count, index = 1, 0
        while index < count and len(gathered) < MAX_MODELS:
            prediction, problem = chip_time.predict(espdl, file, app.board.name, "--model", str(index))
            count = len(prediction["models"]) if prediction else count
            row = by_key.get(chip_time.key_of(prediction)) if prediction else None
            if row or not by_key or not prediction:
                model, reason = Model(espdl, file, index, app.board, args).gather(row if row and row["runs"] else None)
                if model:
                    model["title"] = prediction["models"][index] if prediction and count > 1 else model["title"]
                    gathered.append(model)
                else:
                    console.warn(f"{Path(file).name}: {reason}")
            index += 1
    return gathered


# --- the page ---


def embedded_json(content):
    """JSON that no parser of HTML takes for the end of the script."""
    text = json.dumps(content, separators=(",", ":"))
    return re.sub(r"[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)


def page(content):
    uplot = (PARTS / "uPlot" / "uPlot.iife.min.js").read_text()
    script = (PARTS / "page.js").read_text()
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (uplot, script))
    values = {
        "SCRIPT_HASHES": hashes,
        "TITLE": html.escape(content["title"]),
        "UPLOT_CSS": (PARTS / "uPlot" / "uPlot.min.css").read_text(),
        "CSS": (PARTS / "page.css").read_text(),
        "DATA": embedded_json(content),
        "UPLOT_JS": uplot,
        "JS": script,
    }
    # In one pass: what is put in is not looked at again.
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], (PARTS / "page.html").read_text())


def check(args):
    for name, what in ((args.onnx, "--onnx"), (args.data, "--data")):
        if name and not Path(name).exists():
            raise Failure(f"{what} {name}: there is no such {'folder' if what == '--data' else 'file'}")
    if args.data:
        execution.pictures([args.data])
        if not Path(args.data).is_dir():
            raise Failure(f"--data {args.data}: it is a folder of pictures")
    if args.gdb:
        raise Failure("fw report goes without --gdb")


def board_of_model(args):
    name = args.board or boards.DEFAULT_BOARD
    try:
        chip = model_chip.chip_of(args.app)
        if not args.board and chip:
            name = boards.first_with(ROOT / "boards", chip)
        return boards.load(ROOT / "boards", name)
    except boards.BoardError as error:
        raise Failure(str(error)) from None


def models_of_file(espdl, file, board, args):
    """Every model of a package, up to MAX_MODELS."""
    gathered = []
    count, index = 1, 0
    while index < min(count, MAX_MODELS):
        prediction, _ = chip_time.predict(espdl, file, board.name, "--model", str(index))
        count = len(prediction["models"]) if prediction else count
        model, problem = Model(espdl, file, index, board, args).gather()
        if not model:
            raise Failure(problem)
        model["title"] = prediction["models"][index] if count > 1 else model["title"]
        gathered.append(model)
        index += 1
    return gathered


def build_tools(args, sanitizer=None):
    if args.onnx and not (HOST_BUILD / "tools" / "quantize" / "espdl-quantize").exists():
        # It computes the float network.
        bootstrap.ensure(bootstrap.QUANTIZER_LIST)
        project.build_libraries(targets=("espdl", "espdl-quantize"), settings=[("DESKBOARD_QUANTIZER", "ON")])
    return chip_time.tool(sanitizer)


def report(args):
    output = tracing.check_output(args.output)
    check(args)
    code, app_content = 0, None
    if args.app and args.app.endswith(".espdl"):
        if not Path(args.app).is_file():
            raise Failure(f"{args.app}: there is no such file")
        board = board_of_model(args)
        models, subject = models_of_file(build_tools(args), args.app, board, args), Path(args.app).name
    else:
        app = Project(args)
        app.native_only("fw report")
        execution.check(app, args)
        board, subject = app.board, app.name
        code, run, trace = run_app(app, args)
        models = models_of_app(app, run, build_tools(args, app.sanitizer), args)
        app_content = app_part(app, run, trace)
    when = datetime.datetime.now(datetime.timezone.utc).isoformat(sep=" ", timespec="minutes")
    content = {
        "title": f"{subject} on {board.title}",
        "made": f"made by Deskboard on {when.replace('+00:00', ' UTC')}. Times of the chip are predictions (docs/predict.md); those of this PC are measured.",
        "board": {"name": board.name, "chip": board.chip, "cpu_mhz": board.cpu_mhz, "psram_size": board.psram_size, "flash_size": board.flash_size,
                  "internal_ram": board.internal_ram()},
        "facts": [
            ["board", f"{board.title} ({board.name})"],
            ["chip", f"{board.chip}, {board.cores} core{'s' if board.cores > 1 else ''}, {board.cpu_mhz} MHz"],
            ["memory", f"{bytes_text(board.flash_size)} of flash, {bytes_text(board.psram_size)} of PSRAM at {board.psram_mhz} MHz, "
                       f"{bytes_text(board.internal_ram())} of internal RAM" if board.psram_size
             else f"{bytes_text(board.flash_size)} of flash, {bytes_text(board.internal_ram())} of internal RAM, no PSRAM"],
            ["command", shlex.join(["fw", *sys.argv[1:]])],
        ],
        "models": models,
        "app": app_content,
    }
    tracing.write_whole(output, page(content), "-o")
    say(f"Wrote {relative(output)} ({output.stat().st_size / 1e6:.1f} MB)")
    return code
