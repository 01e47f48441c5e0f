#!/usr/bin/python3
"""How much of the accuracy that 8 bits cost comes back without a layer in 16 bits: with `espdl quantize --train`, and with --output-loss.

    gain.py ESPDL [detect] [pose] [--pictures N] [--calibration N] [--ways no,adaround] [--chips p4,s3] [--steps N] [--slack POINTS]

ESPDL is the built espdl. Quantizes the demonstration models with every layer in 8 bits, in several ways, and measures each file with `espdl eval`: the
firmware's path. Calibration pictures are of the split "calib", the measured ones of the split "test": no picture is both. The float network is stood
in for by one with every layer in 16 bits. Prints a table; exit code 1: a way gives more than --slack points less than "no", which does
nothing; 77: something that draws or quantizes is missing.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

try:
    import dataset
    import render
except ImportError as missing:
    print(f"SKIPPED: {missing}: no pictures can be drawn, nothing is measured")
    sys.exit(77)

MODELS = {"detect": ("coco_detect", "shapes_detect_yolo11", "bbox"), "pose": ("coco_pose", "shapes_pose_yolo11", "keypoints")}
FIRST_CALIBRATION = 100  # those before it lie beside the models
PICTURES = ["--mean", "0,0,0", "--std", "255,255,255", "--letterbox"]
# What firmware computes of the outputs: the largest values are far from any object, and a sigmoid or softmax makes the same of them.
LOSSES = {"detect": ("score*=sigmoid", "box*=softmax,group:16,mean,weight:score*"),
          "pose": ("score*=sigmoid", "box*=softmax,group:16,mean,weight:score*", "kpt*=mse,points:3,weight:score*")}
WAYS = ("no", "loss", "tqt", "lsq", "adaround", "loss+tqt", "loss+lsq", "loss+adaround")


def call(*command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class Model:
    def __init__(self, args, kind, work):
        self.args, self.kind, self.work = args, kind, work
        component, name, self.measure = MODELS[kind]
        self.onnx = ROOT / "components" / component / "models" / f"{name}.onnx"
        self.calibration, self.data = work / f"{kind}_calibration", work / f"{kind}_test"
        self.calibration.mkdir()
        self.data.mkdir()
        draw = {"detect": render.detection, "pose": render.pose}[kind]
        for number in range(args.calibration):
            draw("calib", FIRST_CALIBRATION + number)[0].save(self.calibration / f"{number:04}.jpg", quality=90, subsampling="4:2:0")
        dataset.write_scenes(kind, self.data, args.pictures)

    def options(self, way):
        options = ["--observer", "percentile"]
        for part in way.split("+"):
            if part == "loss":
                options += [option for rule in LOSSES[self.kind] for option in ("--output-loss", rule)]
            elif part != "no":
                options += ["--train", part, "--train-steps", self.args.steps]
        return options

    def accuracy(self, chip, options):
        """AP in percent, and the seconds that quantization took."""
        start, file = time.monotonic(), self.work / "model.espdl"
        call(self.args.espdl, "quantize", self.onnx, "--calib", self.calibration, *PICTURES, "--target", f"esp32{chip}", "--threads", 1, "-o", file,
             *options)
        seconds = time.monotonic() - start
        with tempfile.TemporaryDirectory() as out:
            call(self.args.espdl, "eval", file, "--data", self.data / "data.json", "--score-thr", "0.02", "--top-k", "20", "--out", out)
            return 100 * json.loads(Path(out, "report.json").read_text())[self.measure]["AP"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("espdl")
    parser.add_argument("kinds", nargs="*", help="detect, pose; default: both")
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--calibration", type=int, default=64)
    parser.add_argument("--ways", default="no,tqt,adaround,loss,loss+tqt", help=", ".join(WAYS))
    parser.add_argument("--chips", default="p4,s3")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--slack", type=float, default=1)
    args = parser.parse_args()
    folder = Path(args.espdl).resolve().parent
    if not (folder / "espdl-quantize").exists() and not (folder.parent / "quantize" / "espdl-quantize").exists():
        print("SKIPPED: espdl-quantize is not built, nothing is measured")
        return 77
    worse = 0
    print("| network | chip | way | AP, every layer in 8 bits | in 16 bits | seconds |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for kind in args.kinds or MODELS:
            model = Model(args, kind, Path(work))
            for chip in args.chips.split(","):
                wide, _ = model.accuracy(chip, ["--bits", "16", "--observer", "minmax"])
                plain = None
                for way in args.ways.split(","):
                    ap, seconds = model.accuracy(chip, model.options(way))
                    plain = ap if way == "no" else plain
                    worse += plain is not None and ap < plain - args.slack
                    print(f"| {kind} | esp32{chip} | {way} | {ap:.2f} | {wide:.2f} | {seconds:.0f} |", flush=True)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
