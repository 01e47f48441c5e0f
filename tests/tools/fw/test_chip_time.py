"""fw run's predicted times, --chip-speed, fw trace: what is computed, without a build."""

import json
import unittest
from pathlib import Path

from support import TemporaryFolder

import chip_time
import tracing
from console import Failure


def prediction(name, microseconds, basis="fitted to published measurements"):
    total = sum(microseconds) / 1e3
    return {"model": name, "models": [""], "title": name, "basis": basis, "model_ms": {"value": total, "low": total * 0.85, "high": total * 1.15},
            "nodes": [{"us": {"value": us}} for us in microseconds]}


class Join(unittest.TestCase):
    def setUp(self):
        self.found = {chip_time.key_of(p): p for p in (prediction("net", [1000, 500]), prediction("net", [7000]))}

    def test_a_model_is_its_name_and_its_number_of_nodes(self):
        run = {"runs": 3, "mean_ms": 2.5, "shortest_ms": 2, "chip_speed": False}
        rows = chip_time.join([{"name": "net", "nodes": 2, **run}, {"name": "net", "nodes": 5, **run}, {"name": "other", "nodes": 1, **run}], self.found)
        self.assertEqual([row["chip_ms"] and row["chip_ms"]["value"] for row in rows], [1.5, None, None])
        self.assertEqual(rows[1]["chip_basis"], "unknown")

    def test_a_run_that_left_no_report_has_predictions_only(self):
        rows = chip_time.join(None, self.found)
        self.assertEqual([(row["runs"], row["chip_ms"]["value"]) for row in rows], [(None, 1.5), (None, 7.0)])

    def test_the_speed_file_has_a_line_for_each_node(self):
        hostile = prediction("a\nmodel 1 b", [1])
        path = chip_time.write_speed_file({**self.found, chip_time.key_of(hostile): hostile})
        self.addCleanup(Path(path).unlink)
        self.assertEqual(Path(path).read_text(), "model 2 net\n1000.000\n500.000\nmodel 1 net\n7000.000\nmodel 1 a?model 1 b\n1.000\n")


TABLE = [{"name": "nvs", "offset": 0x9000, "size": 0x6000}, {"name": "model", "offset": 0x20000, "size": 0x10000}]


class Assembly(TemporaryFolder):
    def assemble(self, *events, tail=""):
        file = self.write("events", "".join(json.dumps(event) + "\n" for event in events) + tail)
        trace = tracing.assemble(file, "app", TABLE, {})
        # Complete spans of a track nest or lie apart.
        for one in self.spans(trace):
            for other in self.spans(trace):
                if one["tid"] == other["tid"] and one["ts"] < other["ts"] < one["ts"] + one["dur"]:
                    self.assertLessEqual(other["ts"] + other["dur"], one["ts"] + one["dur"] + 1e-6)
        times = [event["ts"] for event in trace["traceEvents"] if event["ph"] != "M"]
        self.assertEqual(times, sorted(times))
        return trace

    @staticmethod
    def spans(trace):
        return [event for event in trace["traceEvents"] if event["ph"] == "X"]

    @staticmethod
    def begin(time, name, category="node", track=1, **arguments):
        return {"ph": "B", "ts": time, "pid": 1, "tid": track, "cat": category, "name": name, "args": arguments}

    @staticmethod
    def end(time, track=1, phase="E"):
        return {"ph": phase, "ts": time, "pid": 1, "tid": track}

    def test_spans_nest_by_task(self):
        trace = self.assemble(self.begin(1, "main", "task"), self.begin(2, "net", "model"), self.begin(2, "worker", "task", track=2), self.end(3),
                              self.end(9, track=2, phase="e"), self.end(10, phase="e"))
        self.assertEqual([(s["name"], s["ts"], s["dur"]) for s in self.spans(trace)], [("main", 1, 9), ("worker", 2, 7), ("net", 2, 1)])

    def test_what_a_panic_left_open_ends_with_the_app(self):
        trace = self.assemble(self.begin(1, "main", "task"), self.begin(2, "net", "model"), self.begin(5, "/conv"), tail='{"ph":"E","ts":6.0,"pi')
        self.assertEqual([(s["name"], s["dur"], s["args"]["unfinished"]) for s in self.spans(trace)], [("main", 4, True), ("net", 3, True), ("/conv", 0, True)])

    def test_flash_has_the_partition(self):
        trace = self.assemble(self.begin(1, "read", "flash", address=0x20010, bytes=4), self.end(2),
                              self.begin(3, "erase", "flash", address=0, bytes=4096), self.end(4))
        self.assertEqual([s["name"] for s in self.spans(trace)], ["read model", "erase no partition"])

    def test_names_are_what_they_were_and_garbage_is_passed_over(self):
        name = "é</script>\"\n"
        escaped = name.encode().decode("latin-1")
        trace = self.assemble(self.begin(1, escaped), self.end(2), {"ph": "B"}, {"ph": "E", "ts": 3, "tid": 9}, tail='[]\n{"ph":"full"}\nnonsense\n')
        self.assertEqual([s["name"] for s in self.spans(trace)], [name])
        self.assertTrue(trace["otherData"]["truncated"])


class Output(TemporaryFolder):
    def test_what_cannot_be_written_is_said(self):
        for name in (self.dir, self.dir / "no" / "trace.json"):
            with self.assertRaises(Failure):
                tracing.check_output(name)

    def test_a_file_is_whole_or_not_there(self):
        target = self.dir / "trace.json"
        tracing.write_whole(target, "{}", "-o")
        self.assertEqual((target.read_text(), [p.name for p in self.dir.iterdir()]), ("{}", ["trace.json"]))
        target.unlink()
        target.mkdir()
        with self.assertRaises(Failure):
            tracing.write_whole(target, "{}", "-o")
        self.assertEqual([p.name for p in self.dir.iterdir()], ["trace.json"])


if __name__ == "__main__":
    unittest.main()
