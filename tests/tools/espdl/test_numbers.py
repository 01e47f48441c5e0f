"""What espdl info and espdl bench say of the demonstration classifier, against counting by hand.

Usage: test_numbers.py ESPDL
"""
import json
import subprocess
import sys
import unittest
from math import prod
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODELS = [ROOT / "components" / path for path in ("imagenet_cls/models/p4/shapes_cls_mobilenetv2_s8.espdl",
                                                  "coco_detect/models/s3/shapes_detect_yolo11_s8.espdl")]
BYTES = {"int8": 1, "int16": 2, "int32": 4, "float": 4}
ESPDL = sys.argv.pop(1) if len(sys.argv) > 1 else "espdl"


def espdl(*arguments):
    return subprocess.run([ESPDL, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


class Numbers(unittest.TestCase):
    def test_info_counts_work_and_bytes_of_each_node(self):
        for model in MODELS:
            info = json.loads(espdl("info", model, "--json"))
            sizes = {p["name"]: p for p in info["parameters"]}
            convolutions = 0
            for node in info["nodes"]:
                own = [sizes[name] for name in node["inputs"] if name in sizes]
                self.assertEqual(node["parameters"], sum(prod(p["shape"]) for p in own), node["name"])
                self.assertEqual(node["parameter_bytes"], sum(p["bytes"] for p in own), node["name"])
                self.assertEqual([tensor["name"] for tensor in node["tensors"]], node["outputs"])
                for tensor in node["tensors"]:
                    self.assertEqual(tensor["bytes"], prod(tensor["shape"]) * BYTES[tensor["dtype"]])
                    expected = [prod(tensor["shape"][i + 1:]) for i in range(len(tensor["shape"]))]
                    self.assertEqual(tensor["strides"], expected)
                if node["op"] == "Conv":
                    # Weights are [height, width, inputs of a group, outputs]; depthwise ones [height, width, channels, 1].
                    height, width, inputs, outputs = own[0]["shape"]
                    group = int(node["attributes"].get("group", 1))
                    taps = height * width * (1 if group > 1 else inputs)
                    self.assertEqual(node["macs"], prod(node["tensors"][0]["shape"]) * taps, node)
                    convolutions += 1
            self.assertGreater(convolutions, 20)
            text = espdl("info", model)
            self.assertIn("MACs", text)
            self.assertIn("strides", text)

    def test_bench_measures_streams(self):
        model = MODELS[0]
        packed = []
        for streams in (1, 3):
            result = json.loads(espdl("bench", model, "--streams", streams, "--runs", 5, "--json"))[0]["streams"]
            self.assertEqual(result["count"], streams)
            self.assertGreater(result["frames_per_second"], 0)
            self.assertLessEqual(result["median_ms"], result["p95_ms"])
            self.assertLessEqual(result["p95_ms"], result["max_ms"])
            packed.append(result["packed_weight_bytes"])
        self.assertEqual(packed[0], packed[1], "the streams share their weights")
        self.assertNotIn("streams", json.loads(espdl("bench", model, "--runs", 5, "--json"))[0])
        self.assertIn("frames a second", espdl("bench", model, "--streams", 2, "--runs", 3))


if __name__ == "__main__":
    unittest.main()
