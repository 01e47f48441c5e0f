"""The installed package: what it gives equals, byte for byte, what espdl writes. Run by install_and_test.py."""
import json
import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import tempfile
import threading
import unittest

import numpy as np

import deskboard
from deskboard import _programs

ROOT = pathlib.Path(__file__).resolve().parents[3]
ESPDL = os.environ["DESKBOARD_ESPDL"]
CLASSIFIER = "imagenet_cls/models/{}/shapes_cls_mobilenetv2_s8.espdl"
DETECTOR = "coco_detect/models/{}/shapes_detect_yolo11_s8.espdl"
POSE = "coco_pose/models/{}/shapes_pose_yolo11_s8.espdl"


def model_path(name, chip="p4"):
    return ROOT / "components" / name.format(chip)


def values_for(tensor, seed=0):
    return np.random.default_rng(seed).integers(-128, 128, tensor.shape, dtype=tensor.dtype)


def espdl_run(path, inputs, *options):
    """{name: (array, exponent)} of `espdl run`."""
    with tempfile.TemporaryDirectory() as folder:
        given = []
        for i, (name, value) in enumerate(inputs.items()):
            np.save(f"{folder}/{i}.npy", value)
            given += ["--input", f"{name}={folder}/{i}.npy"]
        subprocess.run([ESPDL, "run", str(path), *given, "--out", f"{folder}/out", *options], check=True, stdout=subprocess.DEVNULL)
        with open(f"{folder}/out/manifest.json", encoding="utf-8") as file:
            return {t["name"]: (np.load(f"{folder}/out/{t['file']}"), t["exponent"]) for t in json.load(file)}


def run_in_child(model, value, queue):
    queue.put(model.run(value))


class Running(unittest.TestCase):
    def same(self, found, wanted):
        self.assertEqual(sorted(found), sorted(wanted))
        for name, (array, exponent) in wanted.items():
            self.assertEqual(found[name].values.dtype, array.dtype, name)
            self.assertEqual(found[name].values.shape, array.shape, name)
            self.assertEqual(found[name].values.tobytes(), array.tobytes(), name)
            self.assertEqual(found[name].exponent, exponent, name)

    def test_every_byte_is_that_of_espdl_run(self):
        for name in (CLASSIFIER, DETECTOR, POSE):
            for chip in ("p4", "s3"):
                path = model_path(name, chip)
                with self.subTest(path=path.name, chip=chip), deskboard.load(path) as model:
                    self.assertEqual(model.target, f"esp32{chip}")
                    value = values_for(model.inputs[0])
                    wanted = espdl_run(path, {model.inputs[0].name: value})
                    self.same(model.run({model.inputs[0].name: value}, raw=True), wanted)
                    self.assertEqual([t.name for t in model.outputs], list(wanted))

    def test_floats_are_quantized_as_on_the_chip(self):
        path = model_path(CLASSIFIER)
        model = deskboard.load(path)
        value = np.random.default_rng(1).normal(size=model.inputs[0].shape).astype(np.float32)
        wanted = espdl_run(path, {model.inputs[0].name: value})
        self.same(model.run({model.inputs[0].name: value}, raw=True), wanted)
        name = model.outputs[0].name
        single = model.run(value)
        self.assertEqual(single.dtype, np.float32)
        np.testing.assert_array_equal(single, wanted[name][0] * np.float32(2.0 ** wanted[name][1]))
        # float64 is taken, and given as the only input or by name.
        np.testing.assert_array_equal(model(value.astype(np.float64)), single)
        np.testing.assert_array_equal(model.run({model.inputs[0].name: value})[name], single)

    def test_another_chip(self):
        path, values = model_path(CLASSIFIER), None
        found = []
        for target in ("esp32p4", "esp32s3"):
            model = deskboard.load(path, target)
            values = values_for(model.inputs[0])
            self.assertEqual(model.target, target)
            found.append(model.run({model.inputs[0].name: values}, raw=True))
            self.same(found[-1], espdl_run(path, {model.inputs[0].name: values}, "--target", target))
        self.assertFalse(all(np.array_equal(found[0][name].values, found[1][name].values) for name in found[0]))

    def test_tensors_inside(self):
        path = model_path(CLASSIFIER)
        model = deskboard.load(path)
        value = values_for(model.inputs[0])
        wanted = espdl_run(path, {model.inputs[0].name: value}, "--all")
        everything = model.run(value, raw=True, tensors="all")
        self.same(everything, wanted)
        self.assertEqual(list(everything), model.tensors)
        some = model.tensors[3:5]
        self.same(model.run(value, raw=True, tensors=some), {name: wanted[name] for name in some})

    def test_values_in_the_file(self):
        for chip in ("p4", "s3"):
            with deskboard.load(model_path(CLASSIFIER, chip)) as model:
                inputs, outputs = model.test_values()
                self.assertTrue(inputs and outputs)
                found = model.run(inputs, raw=True)
                for tensor, value in outputs.items():
                    np.testing.assert_array_equal(found[tensor].values, value.values)
                    self.assertEqual(found[tensor].exponent, value.exponent)
        with deskboard.load(model_path(POSE)) as model:
            self.assertEqual(model.test_values(), ({}, {}), "this one holds none")

    def test_from_several_threads(self):
        cases = []
        for chip in ("p4", "s3"):
            model = deskboard.load(model_path(CLASSIFIER, chip))
            for seed in range(3):
                value = values_for(model.inputs[0], seed)
                cases.append((model, value, model.run(value)))
        wrong = []

        def work(model, value, wanted):
            for _ in range(5):
                if not np.array_equal(model.run(value), wanted):
                    wrong.append(model)

        threads = [threading.Thread(target=work, args=case) for case in cases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_python_goes_on_while_a_model_runs(self):
        stopped, other = deskboard.load(model_path(CLASSIFIER)), deskboard.load(model_path(CLASSIFIER, "s3"))
        value = values_for(other.inputs[0])
        wanted, results = other.run(value), []
        os.kill(stopped._process.process.pid, signal.SIGSTOP)
        thread = threading.Thread(target=lambda: results.append(stopped.run(value)))
        thread.start()
        # The first model cannot come to an end before this has been computed.
        np.testing.assert_array_equal(other.run(value), wanted)
        self.assertEqual(results, [])
        os.kill(stopped._process.process.pid, signal.SIGCONT)
        thread.join()
        self.assertEqual(len(results), 1)

    def test_in_other_processes(self):
        model = deskboard.load(model_path(CLASSIFIER))
        value = values_for(model.inputs[0])
        wanted = model.run(value)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).run(value), wanted)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        child = context.Process(target=run_in_child, args=(model, value, queue))
        child.start()
        np.testing.assert_array_equal(queue.get(timeout=60), wanted)
        child.join()
        np.testing.assert_array_equal(model.run(value), wanted)

    def test_shown_in_a_notebook(self):
        model = deskboard.load(model_path(DETECTOR))
        text, page = repr(model), model._repr_html_()
        for tensor in model.inputs + model.outputs:
            self.assertIn(f"{tensor.name}: {tensor.dtype}{list(tensor.shape)}, 2^{tensor.exponent}", text)
            self.assertIn(f"<td>{tensor.name}</td>", page)


class Errors(unittest.TestCase):
    def refuses(self, pattern, function, *arguments, **options):
        with self.assertRaisesRegex(deskboard.Error, pattern):
            function(*arguments, **options)

    def test_files(self):
        self.refuses("/nonexistent.espdl", deskboard.load, "/nonexistent.espdl")
        self.refuses("CMakeLists.txt", deskboard.load, ROOT / "CMakeLists.txt")
        self.refuses("esp8266' is unknown", deskboard.load, model_path(CLASSIFIER), "esp8266")
        with tempfile.TemporaryDirectory() as folder:
            cut = pathlib.Path(folder, "cut.espdl")
            cut.write_bytes(model_path(CLASSIFIER).read_bytes()[:20000])
            self.refuses("cut.espdl", deskboard.load, cut)

    def test_inputs(self):
        model = deskboard.load(model_path(CLASSIFIER))
        tensor = model.inputs[0]
        value = values_for(tensor)
        wanted = model.run(value)
        self.refuses(rf"'{tensor.name}' has shape .*, needed", model.run, value[:, :10])
        self.refuses("no input 'other'", model.run, {tensor.name: value, "other": value})
        self.refuses(f"no value for input '{tensor.name}'", model.run, {})
        self.refuses(f"'{tensor.name}' is int16, needed int8", model.run, value.astype(np.int16))
        self.refuses("type '<c8'", model.run, value.astype(np.complex64))
        self.refuses(f"exponent {tensor.exponent + 1}, the model's is {tensor.exponent}", model.run, deskboard.Raw(value, tensor.exponent + 1))
        self.refuses("no tensor 'nowhere'", model.run, value, tensors=["nowhere"])
        np.testing.assert_array_equal(model.run(value), wanted)

    def test_an_end_without_a_word(self):
        model = deskboard.load(model_path(CLASSIFIER))
        value = values_for(model.inputs[0])
        wanted = model.run(value)
        model._process.process.kill()
        self.refuses("the emulated chip ended", model.run, value)
        np.testing.assert_array_equal(model.run(value), wanted)

    def test_an_interrupt(self):
        """A run that was interrupted leaves no reply behind that the next one would take for its own."""
        model = deskboard.load(model_path(CLASSIFIER))
        values = [values_for(model.inputs[0], seed) for seed in (0, 1)]
        wanted = [model.run(value) for value in values]
        process = model._process
        reply = process._reply

        def interrupted():
            raise KeyboardInterrupt

        process._reply = interrupted
        with self.assertRaises(KeyboardInterrupt):
            model.run(values[0])
        process._reply = reply
        np.testing.assert_array_equal(model.run(values[1]), wanted[1])

    def test_what_espdl_serve_is_told(self):
        """Requests that no Model would send: a word of refusal, or the end; never a crash."""
        requests = [b"", b"\n", b"{\n", b"[]\n", b"null\n", b'{"inputs": 3}\n', b'{"inputs": [3]}\n', b'{"inputs": [{"name": "x"}]}\n',
                    b'{"inputs": [{"name": "x", "bytes": -1}]}\n', b'{"inputs": [{"name": "x", "bytes": 1e30}]}\n',
                    b'{"inputs": [{"name": "x", "bytes": 2000000000}]}\nshort', b'{"inputs": [{"name": "x", "bytes": 4}]}\nabcd',
                    b'{"tensors": {"a": 1}, "reset": "no"}\n', b'{"tensors": [1, null]}\n', b"x" * 2000000, b"\xff\xfe\n", b'{"test_values": 1}\n']
        for request in requests:
            with self.subTest(request=request[:60]):
                result = subprocess.run([ESPDL, "serve", str(model_path(CLASSIFIER))], input=request, capture_output=True, timeout=60)
                self.assertEqual(result.returncode, 0, result.stderr)
                lines = result.stdout.split(b"\n")
                self.assertIn("target", json.loads(lines[0]))
                for line in lines[1:]:
                    self.assertTrue(not line or "error" in json.loads(line), line)


class Comparing(unittest.TestCase):
    def test_with_itself_and_with_another_chip(self):
        model = deskboard.load(model_path(CLASSIFIER))
        value = values_for(model.inputs[0])
        same = deskboard.compare(model, model_path(CLASSIFIER), value)
        self.assertTrue(same.equal)
        self.assertIsNone(same.first_difference)
        self.assertEqual(len(same.tensors), len(model.inputs) + len(model.tensors))
        other = deskboard.compare(model, deskboard.load(model_path(CLASSIFIER), "esp32s3"), {model.inputs[0].name: value})
        self.assertFalse(other.equal)
        self.assertEqual([t["tensor"] for t in other.outputs], [t.name for t in model.outputs])
        self.assertEqual(other.largest_loss["tensor"], min(other.tensors, key=lambda t: -t["snr_loss_db"])["tensor"])
        self.assertIn(other.first_difference["tensor"], repr(other))
        self.assertIn(other.first_difference["tensor"], other._repr_html_())

    def test_reasons(self):
        with self.assertRaisesRegex(deskboard.Error, "nonexistent"):
            deskboard.compare("/nonexistent.espdl", model_path(CLASSIFIER))


class Programs(unittest.TestCase):
    def test_where_they_are(self):
        given = os.environ.pop("DESKBOARD_ESPDL")
        try:
            self.assertEqual(_programs.espdl(), str(pathlib.Path(deskboard.__file__).with_name("bin") / "espdl"))
            # The quantizer is not installed: the checkout builds it when it is first used.
            self.assertEqual(_programs.quantizer(), [str(ROOT / "fw"), "espdl"])
            os.environ["DESKBOARD_ESPDL"] = "/nonexistent/espdl"
            with self.assertRaisesRegex(deskboard.Error, "DESKBOARD_ESPDL"):
                _programs.espdl()
        finally:
            os.environ["DESKBOARD_ESPDL"] = given


if __name__ == "__main__":
    unittest.main(verbosity=2)
