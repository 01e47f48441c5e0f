"""Accuracy of a trained network, in float and as .espdl files, on rendered pictures that no training has seen.

    python3 evaluate.py cls|detect|pose --weights DIR/<name>.pt --espdl PROGRAM [--pictures N] MODEL.espdl...

PROGRAM is the built `espdl`, which runs the .espdl files for the chip that their folder (esp32p4 or p4, ...) or --target names. Prints a row
of a table for each. The pictures are those of the split "test", from number 2000 on, which training does not look at either.
"""
import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

import metrics
import models
import render
import train

FIRST = 2000
CHIPS = {"p4": "esp32p4", "s3": "esp32s3", "esp32": "esp32"}


def quantized(program, model, target, inputs, threads):
    """Outputs of the .espdl file for float inputs [n, c, h, w]: one float tensor [n, c, h, w] or [n, classes] per output name."""
    def one(i):
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/in.npy", inputs[i:i + 1].permute(0, 2, 3, 1).contiguous().numpy())
            subprocess.run([program, "run", str(model), "--target", target, "--input", f"images={folder}/in.npy", "--out", f"{folder}/out"],
                           check=True, stdout=subprocess.DEVNULL)
            found = {}
            for tensor in json.loads(Path(folder, "out/manifest.json").read_text()):
                value = np.load(f"{folder}/out/{tensor['file']}").astype(np.float32) * 2.0 ** tensor["exponent"]
                found[tensor["name"]] = value.transpose(0, 3, 1, 2) if value.ndim == 4 else value
            return found

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(one, range(len(inputs))))
    return {name: torch.from_numpy(np.concatenate([r[name] for r in results])) for name in results[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=train.NAMES)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--espdl", required=True)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--target")
    parser.add_argument("models", nargs="+")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    network = models.build(args.kind, len(render.CLASSES))
    network.load_state_dict(torch.load(args.weights))
    network.eval()
    pictures, truth = train.load(args.kind, "test", args.pictures, FIRST)

    def normalize(p):
        return train.normalize(args.kind, p)

    print(f"float: {metrics.evaluate(args.kind, network, normalize, pictures, truth)}", flush=True)
    for model in args.models:
        target = args.target or CHIPS[Path(model).parent.name]
        outputs = quantized(args.espdl, model, target, normalize(pictures), args.threads)

        if args.kind == "cls":
            batches = [outputs["logits"]]
        else:
            batches = [tuple(outputs[name] for name in network.output_names())]
        whole = metrics.evaluate_outputs(args.kind, batches, truth, getattr(network, "STRIDES", None), getattr(network, "classes", None))
        print(f"{model} ({target}): {whole}", flush=True)


if __name__ == "__main__":
    main()
