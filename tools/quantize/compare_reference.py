#!/usr/bin/python3
"""Quantize every network of DESKBOARD_TESTDATA/quantizer/nets_src and compare scales, files and error reports with the
reference quantizer's. Prints the table that docs/quantizer.md shows. Needs numpy alone."""

import argparse
import concurrent.futures
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import time

try:
    import numpy as np
except ImportError:
    print("SKIPPED: python3-numpy is not installed")
    sys.exit(77)

# As espdl sets it: helper threads that wait do not spin.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Files that differ on purpose (docs/quantizer.md, Deviations). They must be equal with --reference-errors.
DEVIATING = {"equalized_mbv2_block": "equalization across a graph output", "mixed_transformer": "merged Transpose nodes",
             "multi_input": "constant beside a channels-last tensor"}
TARGETS = ["esp32p4", "esp32s3", "c"]
DTYPES = {1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 11: "<f8"}


class Table:
    """A FlatBuffers table: fields by id."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]
        self.fields = (struct.unpack_from("<H", data, self.vtable)[0] - 4) // 2

    def place(self, field):
        if field >= self.fields:
            return None
        offset = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * field)[0]
        return self.at + offset if offset else None

    def scalar(self, field, form, fallback=0):
        place = self.place(field)
        return fallback if place is None else struct.unpack_from(form, self.data, place)[0]

    def follow(self, field):
        place = self.place(field)
        return None if place is None else place + struct.unpack_from("<I", self.data, place)[0]

    def table(self, field):
        at = self.follow(field)
        return None if at is None else Table(self.data, at)

    def bytes(self, field, size=1):
        at = self.follow(field)
        if at is None:
            return b""
        return self.data[at + 4:at + 4 + size * struct.unpack_from("<I", self.data, at)[0]]

    def text(self, field):
        return self.bytes(field).decode()

    def numbers(self, field, form):
        return np.frombuffer(self.bytes(field, np.dtype(form).itemsize), form).tolist()

    def offsets(self, field):
        at = self.follow(field)
        count = 0 if at is None else struct.unpack_from("<I", self.data, at)[0]
        places = [at + 4 + 4 * i for i in range(count)]
        return [place + struct.unpack_from("<I", self.data, place)[0] for place in places]

    def tables(self, field):
        return [Table(self.data, at) for at in self.offsets(field)]

    def texts(self, field):
        return [self.data[at + 4:at + 4 + struct.unpack_from("<I", self.data, at)[0]].decode()
                for at in self.offsets(field)]


def read_tensor(table):
    dtype = table.scalar(1, "<i")
    dims = table.numbers(0, "<i8")
    raw = np.frombuffer(table.bytes(8, 16), DTYPES.get(dtype, "u1"))
    count = int(np.prod(dims)) if dims else 1
    return {"name": table.text(6), "dims": dims, "dtype": dtype, "doc": table.text(7), "values": raw[:count],
            "exponents": table.numbers(13, "<i8")}


def read_attribute(table):
    kind = table.scalar(3, "<i")
    if kind == 1:
        return round(table.scalar(4, "<f"), 6)
    if kind == 2:
        return table.scalar(5, "<q")
    if kind == 3:
        return table.bytes(6).decode()
    if kind == 4:
        return read_tensor(table.table(7))["values"].tolist()
    # Floats of the reference are doubles in a vector that counts floats: not comparable.
    return {6: "floats", 7: table.numbers(11, "<i8"), 8: table.texts(12)}.get(kind)


class Model:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()[16:]
        graph = Table(data, struct.unpack_from("<I", data, 0)[0]).table(7)
        self.nodes = [{"in": n.texts(0), "out": n.texts(1), "name": n.text(2), "type": n.text(3),
                       "attributes": {a.text(0): read_attribute(a) for a in n.tables(5)}} for n in graph.tables(0)]
        for node in self.nodes:  # the reference counts some axes from the end
            perm = node["attributes"].get("perm")
            if perm:
                node["attributes"]["perm"] = [p % len(perm) for p in perm]
        self.params = {t["name"]: t for t in map(read_tensor, graph.tables(2))}
        self.infos = {}
        for info in graph.tables(4) + graph.tables(5) + graph.tables(6):
            kind = info.table(1).table(1)
            shape = kind.table(1)
            self.infos[info.text(0)] = {"dtype": kind.scalar(0, "<i"), "rank": len(shape.offsets(0)) if shape else 0,
                                        "exponents": info.numbers(3, "<i8")}
        self.inputs = [i.text(0) for i in graph.tables(4)]
        self.outputs = [i.text(0) for i in graph.tables(5)]
        self.tests = {t["name"]: t for t in map(read_tensor, graph.tables(8) + graph.tables(9))}


class Tally:
    def __init__(self):
        self.equal, self.total, self.notes = {}, {}, []

    def add(self, what, equal, note="", count=1, total=1):
        self.equal[what] = self.equal.get(what, 0) + (count if total > 1 else (1 if equal else 0))
        self.total[what] = self.total.get(what, 0) + total
        if not equal and note:
            self.notes.append(f"{what}: {note}")

    def merge(self, other):
        for what, total in other.total.items():
            self.total[what] = self.total.get(what, 0) + total
            self.equal[what] = self.equal.get(what, 0) + other.equal[what]

    def unequal(self):
        return {what for what in self.total if self.equal[what] != self.total[what]}

    def cell(self, what):
        return f"{self.equal[what]}/{self.total[what]}" if what in self.total else "-"


def exponents(entry, values):
    scale = values.get(str(entry["dominator"]), values.get(str(entry["hash"]), {})).get("scale")
    if scale is None:
        return None
    # One scale for each channel, or one for all: equal if they say the same.
    return [int(np.log2(s)) for s in (scale if isinstance(scale, list) else [scale])]


def compare_scales(mine, ours, theirs, tally):
    """Per operator and position; generated names are left out, the files' comparison has them."""
    params = ours.params
    for op, wanted in theirs["configs"].items():
        if op.startswith("PPQ_Operation"):
            continue
        got = mine["configs"].get(op)
        if got is None:
            tally.add("activations", False, f"no operator '{op}'")
            continue
        by_position = list(got.items())
        for position, (name, entry) in enumerate(wanted.items()):
            match = got.get(name)
            key = name
            if match is None and position < len(by_position) and len(by_position) == len(wanted):
                key, match = by_position[position]
            a = exponents(entry, theirs["values"])
            if a is None:
                continue
            kind = "activations"
            if entry["bit_width"] > 16:
                kind = "biases"
            elif key in params:
                kind = "weights"
            b = exponents(match, mine["values"]) if match else None
            if b is None or len(a) != len(b):
                tally.add(kind, False, f"{op} {name}: {a[:4]} wanted, {b[:4] if b else None}", 0, len(a))
                continue
            equal = sum(x == y for x, y in zip(a, b))
            bad = [i for i in range(len(a)) if a[i] != b[i]]
            note = f"{op} {name}: " + (f"{a[bad[0]]} wanted, {b[bad[0]]} (channel {bad[0]})" if bad else "")
            tally.add(kind, not bad, note, equal, len(a))
            tally.add("states", match["state"] == entry["state"] and match["bit_width"] == entry["bit_width"],
                      f"{op} {name}: {entry['state']} {entry['bit_width']} wanted, {match['state']} {match['bit_width']}")


def match(ours, theirs):
    """Pairs of nodes and {our tensor: their tensor}, found from the outputs upwards: names and order do not matter.
    Where the two differ, tensors that have kept their name in the ONNX file lead on."""
    makers = [{name: node for node in model.nodes for name in node["out"]} for model in (ours, theirs)]
    pairs, names, matched = [], {}, set()
    generated = re.compile("PPQ_")
    common = [n for n in makers[0] if n in makers[1] and not generated.match(n)]
    for start in ours.outputs + common[::-1]:
        if start not in makers[1] and start not in theirs.infos:
            continue
        open_pairs = [(start, start)]
        while open_pairs:
            x, y = open_pairs.pop()
            a, b = makers[0].get(x), makers[1].get(y)
            if x in names:
                continue
            if a is None and b is None:
                names[x] = y
            if a is None or b is None or a["type"] != b["type"] or len(a["in"]) != len(b["in"]) or \
                    len(a["out"]) != len(b["out"]) or a["out"].index(x) != b["out"].index(y) or \
                    id(a) in matched or id(b) in matched:
                continue
            matched |= {id(a), id(b)}
            pairs.append((a, b))
            names.update(zip(a["out"], b["out"]))
            open_pairs += zip(a["in"], b["in"])
    return pairs, names


def compare_files(ours, theirs, tally):
    pairs, names = match(ours, theirs)
    for model, side, word in ((ours, 0, "more"), (theirs, 1, "missing")):
        found = {id(pair[side]) for pair in pairs}
        for node in model.nodes:
            if id(node) not in found:
                tally.add("nodes", False, f"{word}: {node['type']} {node['in']} -> {node['out']}")
    for name in names:
        if name in ours.params and names[name] in theirs.params:
            a, b = ours.params[name], theirs.params[names[name]]
            form = all(a[k] == b[k] for k in ("dims", "dtype", "exponents", "doc"))
            tally.add("params", form, f"{name}: " + ", ".join(f"{k} {b[k]!s:.60} wanted, {a[k]!s:.60}" for k in (
                "dims", "dtype", "exponents", "doc") if a[k] != b[k]))
            if a["values"].shape == b["values"].shape:
                same = int(np.sum(a["values"] == b["values"]))
                n = a["values"].size
                unlike = np.flatnonzero(a["values"] != b["values"])
                note = f"{name}: {n - same} of {n}" + (
                    f", {b['values'][unlike[0]]} wanted, {a['values'][unlike[0]]}" if len(unlike) else "")
                tally.add("integers", same == n, note, same, n)
            else:
                tally.add("integers", False, f"{name}: {b['values'].shape} wanted, {a['values'].shape}", 0, b["values"].size)
        elif name in ours.infos and names[name] in theirs.infos:
            a, b = ours.infos[name], theirs.infos[names[name]]
            tally.add("variables", a == b, f"{name}: {b} wanted, {a}")
    for a, b in pairs:
        luts = [x["attributes"].pop("lut", None) for x in (a, b)]
        same = a["attributes"] == b["attributes"] and (luts[0] is None) == (luts[1] is None) and \
            len(a["in"]) == len(b["in"]) and [names.get(x) for x in a["in"]] == b["in"]
        note = ""
        if not same:
            keys = [k for k in set(a["attributes"]) | set(b["attributes"])
                    if a["attributes"].get(k) != b["attributes"].get(k)]
            note = f"{a['name']} {a['type']}: " + (", ".join(
                f"{k} {b['attributes'].get(k)} wanted, {a['attributes'].get(k)}" for k in keys) or
                f"lut {luts[1]} wanted, {luts[0]}; inputs {b['in']} wanted, {[names.get(x) for x in a['in']]}")
        tally.add("nodes", same, note)
        if luts[0] and luts[1]:
            x, y = ours.params[luts[0]]["values"], theirs.params[luts[1]]["values"]
            equal = int(np.sum(x == y)) if x.shape == y.shape else 0
            worst = int(np.max(np.abs(x.astype(int) - y))) if x.shape == y.shape else -1
            tally.add("tables", equal == y.size, f"{luts[0]}: {y.size - equal} of {y.size}, most {worst}", equal, y.size)
    for name, test in theirs.tests.items():
        mine = ours.tests.get(name)
        if mine is None or mine["values"].shape != test["values"].shape:
            tally.add("test values", False, f"{name}: missing or of another shape", 0, test["values"].size)
            continue
        if test["values"].dtype.kind == "f":
            good = np.isclose(mine["values"], test["values"], rtol=2e-5, atol=1e-7)
        else:
            good = mine["values"] == test["values"]
        tally.add("test values", bool(good.all()), f"{name}: {int(np.sum(~good))} of {good.size}", int(np.sum(good)), good.size)


def report_tables(text):
    """The two tables as {layer: text of the percentage}."""
    tables = []
    for line in text.splitlines():
        if line.startswith("Layer") and "NOISE" in line:
            tables.append({})
        match = re.match(r"(.*?):\s*\|.*\|\s*([\d.naif]+)%", line)
        if match and tables:
            tables[-1][match.group(1)] = match.group(2)
    return tables


def compare_reports(printed, path, tally):
    with open(path, encoding="utf-8") as file:
        wanted = report_tables(file.read())
    got = report_tables(printed)
    for kind, (a, b) in zip(("graphwise", "layerwise"), zip(got + [{}, {}], wanted)):
        for layer, value in b.items():
            tally.add(kind, a.get(layer) == value, f"{layer}: {value} wanted, {a.get(layer)}")


def arguments_of(options):
    arguments = []
    if "calib" in options:
        arguments += ["--observer", options["calib"]]
    if options.get("int16_ops"):
        arguments += ["--int16"] + options["int16_ops"]
    if options.get("bias_correct"):
        arguments += ["--bias-correction"]
    equalization = options.get("equalization")
    if equalization:
        arguments += ["--equalize", "--equalize-iterations", str(equalization["iterations"]), "--equalize-level",
                      str(equalization["opt_level"]), "--equalize-threshold", str(equalization["value_threshold"])]
    split = options.get("weight_split")
    if split:
        arguments += ["--split"] + split["interested_layers"] + ["--split-threshold", str(split["value_threshold"])]
    return arguments


def run_case(case, args, errors=False):
    net, target, bits = case["net"], case["target"], case["bits"]
    out = os.path.join(args.work, f"{target}_{net}_{bits}{'_errors' if errors else ''}.espdl")
    command = [args.quantizer, "quantize", case["model"], "--target", target, "--bits", bits[1:], "-o", out,
               "--report", out[:-6] + "_report", "--suggest", "0", "--quiet", "--reference", "--threads", "1", "--test-input"] + case["test"] + \
        ["--calib"] + case["calib"] + case["options"]
    if net.startswith("hipre"):
        command += ["--high-precision"]
    if errors:
        command += ["--reference-errors"]
    tally = Tally()
    start = time.time()
    result = subprocess.run(command, capture_output=True, text=True)
    case["seconds"] = time.time() - start
    if result.returncode:
        tally.add("runs", False, f"exit {result.returncode}: {result.stderr.strip()[:300]}")
        return case, tally
    tally.add("runs", True)
    try:
        ours = Model(out)
        with open(out[:-6] + ".json", encoding="utf-8") as file:
            mine = json.load(file)
        with open(case["json"], encoding="utf-8") as file:
            compare_scales(mine, ours, json.load(file), tally)
        if os.path.exists(case["espdl"]):
            compare_files(ours, Model(case["espdl"]), tally)
        compare_reports(result.stdout, case["report"], tally)
    except (KeyError, ValueError, IndexError, struct.error, TypeError) as error:
        tally.add("runs", False, f"cannot be compared: {type(error).__name__} {error}")
    if args.espdl:
        test = subprocess.run([args.espdl, "test", out, "--target", target], capture_output=True, text=True)
        tally.add("espdl test", test.returncode == 0, f"exit {test.returncode}: {(test.stdout + test.stderr).strip()[-300:]}")
    return case, tally


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("quantizer", help="espdl-quantize")
    parser.add_argument("--espdl", help="espdl: test every file with it, too")
    parser.add_argument("--data", default=os.environ.get("DESKBOARD_TESTDATA", "../shared"))
    parser.add_argument("--work", default="/tmp/compare_reference")
    parser.add_argument("--only", default="", help="regular expression for <target>_<net>_<bits>")
    parser.add_argument("--notes", type=int, default=6, help="differences told for each file")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    root = os.path.join(args.data, "quantizer", "nets_src")
    if not os.path.isdir(root):
        print(f"SKIPPED: there is no '{root}' (DESKBOARD_TESTDATA)")
        return 77
    cases = []
    for net in sorted(os.listdir(root)):
        folder = source = os.path.join(root, net)
        if os.path.exists(os.path.join(folder, "SOURCE")):
            with open(os.path.join(folder, "SOURCE"), encoding="utf-8") as file:
                source = os.path.join(root, os.path.basename(file.read().strip().rstrip("/")))
        options = {}
        if os.path.exists(os.path.join(folder, "options.json")):
            with open(os.path.join(folder, "options.json"), encoding="utf-8") as file:
                options = json.load(file)
        if "tqt" in options or "lsq" in options:
            continue  # trained scales are no part of this quantizer
        kinds = {net: arguments_of(options)}
        if os.path.exists(os.path.join(folder, "options_streaming.json")):
            with open(os.path.join(folder, "options_streaming.json"), encoding="utf-8") as file:
                chunk = json.load(file)["streaming_input_shape"]
            kinds[net + "_streaming"] = arguments_of(options) + ["--streaming", "x".join(map(str, chunk))]
        files = sorted(os.listdir(source))
        data = {kind: [f"{f[len(kind) + 1:-4]}={os.path.join(source, f)}" for f in files
                       if f.startswith(kind + "_") and f.endswith(".npy")] for kind in ("calib", "test")}
        for kind, target, bits in itertools.product(kinds, TARGETS, ("s8", "s16")):
            stem = os.path.join(folder, f"{target}_{kind}_{bits}")
            if os.path.exists(stem + ".json") and re.search(args.only, f"{target}_{kind}_{bits}"):
                cases.append({"net": kind, "target": target, "bits": bits, "json": stem + ".json",
                              "report": stem + ".report.txt", "model": os.path.join(source, "model.onnx"),
                              "espdl": os.path.join(args.data, "corpus", "nets", target, f"{kind}_{bits}.espdl"),
                              "options": kinds[kind], **data})
    if not cases:
        print(f"no file matches '{args.only}'")
        return 1
    columns = ["runs", "weights", "biases", "activations", "states", "nodes", "params", "integers", "tables", "variables",
               "test values", "graphwise", "layerwise", "espdl test"]
    totals, plain = {}, Tally()
    differing = []

    def show(name, tally):
        print(f"| {name} | " + " | ".join(map(tally.cell, columns)) + " |")
        for note in tally.notes[:args.notes]:
            print("    " + note, file=sys.stderr)
        sys.stdout.flush()

    print("| file | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for case, tally in pool.map(lambda c: run_case(c, args), cases):
            name = f"{case['target']} {case['net']} {case['bits']}"
            show(name, tally)
            plain.merge(tally)
            # The reference computes test values in float, which is off by a step of 16 bits now and then.
            if case["net"] in DEVIATING or tally.unequal() == {"test values"}:
                case, tally = run_case(case, args, errors=True)
                show(name + ", reference errors", tally)
            if tally.unequal():
                differing.append(name)
            totals.setdefault(case["bits"], Tally()).merge(tally)
    for bits, tally in totals.items():
        show(f"all {bits}, reference errors", tally)
    total = Tally()
    for tally in totals.values():
        total.merge(tally)
    kinds = [k for k in ("weights", "biases", "activations") if k in total.total]
    equal, repeated, count = (sum(d[k] for k in kinds) for d in (plain.equal, total.equal, total.total))
    print(f"\n{equal} of {count} exponents are equal, {repeated} of {count} where deviating files repeat the reference's errors;"
          f" {len(differing)} of {len(cases)} files differ in anything else{': ' if differing else ''}{', '.join(differing)}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
