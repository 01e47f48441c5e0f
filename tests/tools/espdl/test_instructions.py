"""How many instructions an inference takes: an inference that has become slower is found without a clock.

    test_instructions.py ESPDL COMPILER BUILD_TYPE [--renew]

Callgrind counts what dl::Model::run() executes, for the models of this repository, with the AVX2 kernels (valgrind 3.19 knows no
AVX-512) and with the reference kernels. Counts depend on the compiler: they are compared only with figures of the same one, else, and
without valgrind, the test is skipped. Fails where a count is more than TOLERANCE above its figure. One that is as much below asks for
a new figure; --renew writes instructions.json anew, with the compiler at hand.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FIGURES = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.03
# Two runs: `espdl bench --runs 1` has one that does not count, and one that does.
RUNS = 2
CLASSIFIER = "components/imagenet_cls/models/p4/shapes_cls_mobilenetv2_s8.espdl"
DETECTOR = "components/coco_detect/models/p4/shapes_detect_yolo11_s8.espdl"
MEASURED = [(CLASSIFIER, "avx2"), (CLASSIFIER, "reference"), (DETECTOR, "avx2")]
SKIPPED = 77


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def has_avx2():
    return re.search(r"^flags\s*:.*\bavx2\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE) is not None


def count(espdl, model, isa):
    """Instructions of one run."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--collect-atstart=no",
                   "--toggle-collect=dl::Model::run(dl::runtime_mode_t)", espdl, "bench", "--runs", "1", "--isa", isa, str(ROOT / model)]
        # Nothing but the arguments decides about the kernels.
        env = {name: value for name, value in os.environ.items() if not name.startswith("DESKBOARD_")}
        result = subprocess.run(command, env={**env, "DESKBOARD_NO_STACK_PAINT": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = re.search(r"Collected : (\d+)", result.stdout)
    if result.returncode or not found or int(found[1]) == 0:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}, no instructions were counted\n{result.stdout}")
    return int(found[1]) // RUNS


def main(argv):
    renew = "--renew" in argv
    espdl, compiler, build_type = [word for word in argv if word != "--renew"]
    if not shutil.which("valgrind"):
        skip("valgrind is not installed: instructions are not counted (apt-get install valgrind)")
    if not has_avx2():
        skip("this processor has no AVX2")
    figures = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    here = {"compiler": compiler, "build_type": build_type}
    stored = {name: figures.get(name) for name in here}
    if stored != here and not renew:
        skip(f"the figures are of {stored['compiler']}, {stored['build_type']}; this build is of {compiler}, {build_type}")
    counts, failed = {}, False
    for model, isa in MEASURED:
        name = f"{Path(model).stem} {isa}"
        counts[name] = count(espdl, model, isa)
        if renew:
            continue
        figure = figures["instructions"][name]
        change = counts[name] / figure - 1
        print(f"{name}: {counts[name]:,} instructions, the figure is {figure:,}: {change:+.2%}")
        failed = failed or change > TOLERANCE
        if change < -TOLERANCE:
            print("  fewer than before: write a new figure, so that it stays so")
    if renew:
        FIGURES.write_text(json.dumps({**here, "instructions": counts}, indent=1) + "\n")
        print(FIGURES.read_text(), end="")
    if failed:
        sys.exit(f"More than {TOLERANCE:.0%} above the figure. If that is the price of something: {Path(__file__).name} ... --renew, and say so in the commit.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
