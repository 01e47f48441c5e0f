"""espdl quantize and check on the networks of tools/train, with random weights: files that pass their test, with the outputs' names.

    python3 test_networks.py ESPDL
"""
import os
import subprocess
import sys
import tempfile

try:
    import onnx  # noqa: F401
    import torch  # noqa: F401

    import make_networks
except ImportError as error:
    print(f"SKIPPED: {error}")
    sys.exit(77)

OUTPUTS = {"cls": ["logits"], "detect": [f"{kind}{i}" for kind in ("box", "score") for i in range(3)],
           "pose": [f"{kind}{i}" for kind in ("box", "score", "kpt") for i in range(3)]}


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def main():
    espdl = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        for name, outputs in OUTPUTS.items():
            make_networks.make(name, folder)
            path = os.path.join(folder, name)
            print(run(espdl, "check", path + ".onnx").splitlines()[-1])
            for target in ("esp32p4", "esp32s3"):
                run(espdl, "quantize", path + ".onnx", "--calib", path + "_calib.npy", "--steps", "2", "--target", target,
                    "--test-input", path + "_test.npy", "-o", path + ".espdl", "--quiet")
                print(run(espdl, "test", path + ".espdl").strip())
                info = run(espdl, "info", path + ".espdl").split("  outputs\n")[1].split("  nodes")[0]
                found = sorted(line.split()[0] for line in info.splitlines())
                if found != sorted(outputs):
                    sys.exit(f"{name}: outputs {found}, wanted {outputs}")


if __name__ == "__main__":
    main()
