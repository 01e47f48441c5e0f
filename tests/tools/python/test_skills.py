"""Runs every command of the guides for coding assistants (docs/skills), as it stands there, in one shell for each guide.

Usage: test_skills.py ESPDL quantize|operator

`fw` is a stand-in: `fw espdl` is the built espdl, `fw test` the built test; the real one would build first. The networks are those of examples/.
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
STAND_IN = """#!/bin/sh
case $1 in
espdl) shift; exec "{espdl}" "$@" ;;
test)
    # Not by ctest, which may be running this. Of the operator's family only the operator.
    program=$(find "{build}/tests" -type f -perm -100 -name "$(printf %s "$3" | tr -d '^$')")
    [ -n "$program" ] || {{ echo "fw: $3 is not built" >&2; exit 2; }}
    case "$3" in *test_dl_*) export GTEST_FILTER="*/${{OP}}_*" ;; esac
    exec "$program" ;;
esac
echo "fw: the stand-in knows espdl and test" >&2; exit 2
"""


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(skill, folder, script, env):
    """One shell: a variable that a block sets is there in the next one."""
    result = subprocess.run(["sh", "-e", "-x", "-c", script], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(result.stdout)
    if result.returncode:
        sys.exit(f"docs/skills/{skill}/SKILL.md: a command failed")
    return result.stdout


def quantize(text, folder, env):
    model = EXAMPLES / "tutorial_sine" / "model"
    shutil.copy(model / "sine.onnx", folder / "model.onnx")
    for name in ("calib.npy", "test.npy"):
        shutil.copy(model / name, folder)
    (contract,) = blocks(text, "python")
    (folder / "measure.py").write_text(contract)
    found = blocks(text, "sh")
    run("espdl-quantize", folder, "\n".join(found), {**env, "TARGET": "esp32s3", "BOARD": "esp32_s3_eye"})
    history = [line.split("\t") for line in (folder / "outputs/history.tsv").read_text().splitlines()]
    assert [line[0] for line in history] == ["0", "1", "2", "3"], history
    best = max(history, key=lambda line: float(line[2]))
    assert (folder / "outputs/best/measure").read_text().strip() == best[2], (history, best)
    # 16 bits in the last layer are worth something to a network whose output is a sine.
    assert float(history[2][2]) > float(history[0][2]), history


def operator(text, folder, env):
    shutil.copy(EXAMPLES / "tutorial_streaming" / "model" / "onsets.onnx", folder / "network.onnx")
    shutil.copy(EXAMPLES / "tutorial_streaming" / "model" / "test.npy", folder / "test.npy")
    # The commands name files of the checkout, and write beside them.
    for name in ("tools", "components", "tests", "docs", "apps", "hal", "examples", "cmake"):
        (folder / name).symlink_to(ROOT / name)
    script = "\n".join(blocks(text, "sh")).replace("/tmp/", f"{folder}/")
    if not env.pop("QUANTIZER"):
        print("SKIPPED: the commands that quantize, since espdl-quantize is not built")
        script = "\n".join(block.replace("/tmp/", f"{folder}/") for block in blocks(text, "sh") if "network" not in block)
    output = run("espdl-operator", folder, script, {**env, "OP": "Relu", "FAMILY": "unary"})
    assert "is new" not in output and "no row yet" not in output and "the registry has changed" not in output, output


def main():
    espdl, which = sys.argv[1:]
    tools = pathlib.Path(espdl).resolve().parent
    quantizer = any((tools / place / "espdl-quantize").is_file() for place in (".", "../quantize"))
    if which == "quantize" and (not quantizer or importlib.util.find_spec("numpy") is None):
        print("SKIPPED: the quantizer is not built, or apt-get install python3-numpy")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        stand_in = folder / "bin" / "fw"
        stand_in.write_text(STAND_IN.format(espdl=espdl, build=os.environ["DESKBOARD_HOST_BUILD"]))
        stand_in.chmod(0o755)
        env = {**os.environ, "PATH": f"{folder / 'bin'}:/usr/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "tools" / "python"),
               "PYTHONDONTWRITEBYTECODE": "1", "DESKBOARD_ESPDL": espdl}
        text = (ROOT / "docs" / "skills" / f"espdl-{which}" / "SKILL.md").read_text()
        if which == "quantize":
            quantize(text, folder, env)
        else:
            operator(text, folder, {**env, "QUANTIZER": "1" if quantizer else ""})
    return 0


if __name__ == "__main__":
    sys.exit(main())
