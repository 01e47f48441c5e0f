#!/usr/bin/env python3
"""How similar the outputs of quantized networks are to those of the same networks in float.

    benchmarks/float_outputs.py MODEL.espdl PICTURE.jpg [MODEL.espdl PICTURE.jpg ...] [--tools DIR]

The float network is what `espdl export-onnx --float` makes of the file: its weights and biases times their scales, no rounding of activations.
`espdl compare` gives both the picture as the firmware prepares it. Needs the built tools (`./fw espdl export-onnx --help`, `./fw espdl quantize --help`).
"""
import argparse
import json
import sys
import tempfile
from pathlib import Path

from run import ROOT, output_of


def rows_of(tools, model, picture, folder):
    onnx = folder / f"{model.stem}.onnx"
    output_of([tools / "onnx_export/espdl-export-onnx", model, "-o", onnx, "--float", "--quiet"])
    info = json.loads(output_of([tools / "espdl/espdl", "info", "--json", model]))
    source = (info.get("inputs") or info["models"][0]["inputs"])[0]["name"]
    report = json.loads(output_of([tools / "espdl/espdl", "compare", onnx, model, "--input", f"{source}={picture}", "--json"]))
    for tensor in report["tensors"]:
        if tensor["output"]:
            yield tensor


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="MODEL PICTURE")
    parser.add_argument("--tools", type=Path, default=ROOT / "build/host/tools", help="folder of the built tools")
    args = parser.parse_args()
    if len(args.files) % 2:
        parser.error("a picture is needed for each model")
    print("| network | picture | output | cosine | SNR dB | largest difference, steps |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="float-outputs-") as folder:
        for model, picture in zip(args.files[::2], args.files[1::2]):
            for tensor in rows_of(args.tools, model, picture, Path(folder)):
                print(f"| {model.stem} | {picture.name} | {tensor['tensor']} | {tensor['cosine']:.4f} | {tensor['snr_db']:.1f} | {tensor['max_steps']:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
