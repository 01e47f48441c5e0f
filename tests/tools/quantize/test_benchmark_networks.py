"""test_benchmark_networks.py ESPDL: the networks that benchmarks/networks.py makes are quantized, and the runtime computes what the
quantizer promised, with every instruction set of this processor."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))

import networks  # noqa: E402


def main(espdl):
    with tempfile.TemporaryDirectory(prefix="deskboard-networks-") as folder:
        models = networks.make_all(Path(folder), tools=Path(espdl).parents[1])
        if [model.name for model in models] != ["transformer_s8.espdl", "speech_s16.espdl"]:
            sys.exit(f"other networks were made: {models}")
        # In place of one that the processor does not have, its best one is taken.
        for isa in ("reference", "avx2", "avxvnni", "avx512vnni", "amx"):
            for model in models:
                subprocess.run([espdl, "test", model], check=True, env=dict(os.environ, DESKBOARD_ISA=isa))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
