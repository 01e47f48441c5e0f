"""`espdl predict` against every published latency of the test data: predict_published.py ESPDL TESTDATA REPOSITORY

Fails if a model's prediction is further from its published time than the documentation says (docs/predict.md).
"""

import pathlib
import subprocess
import sys
import json

espdl, testdata, repository = sys.argv[1], pathlib.Path(sys.argv[2] or "/nonexistent"), pathlib.Path(sys.argv[3])
sys.path.insert(0, str(repository / "tools" / "predict"))
sys.dont_write_bytecode = True
import fit

WORST = {"preprocess_ms": 0.6, "model_ms": 0.15, "postprocess_ms": 1.0}

table = testdata / "spec" / "chip-latency.tsv"
if not table.exists():
    print("SKIPPED: no published latencies, DESKBOARD_TESTDATA names no folder that has them")
    sys.exit(77)
failed = compared = 0
for row in fit.read_rows(table):
    chip = row["chip"]
    file = fit.model_file(testdata, row["component"], row["model"], chip)
    arguments = [espdl, "predict", str(file), "--board", fit.BOARD[chip], "--json"]
    arguments += ["--cores", "2" if row["cores"] == "multi" else "1"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{row['model']}: {done.stderr}")
    report = json.loads(done.stdout)
    for part, allowed in WORST.items():
        published, predicted = float(row[part]), report[part]["value"]
        assert report[part]["low"] <= predicted <= report[part]["high"], (row, part)
        # The published figures have one decimal.
        error = abs(predicted - published) / max(published, 0.5)
        compared += 1
        if error > allowed:
            failed += 1
            print(f"{row['model']} ({chip}, {row['cores']}) {part}: published {published}, predicted {predicted:.2f}")
print(f"{compared} durations compared, {failed} too far off")
sys.exit(1 if failed or not compared else 0)
