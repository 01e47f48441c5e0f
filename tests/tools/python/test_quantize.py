"""quantize() and compare() of the installed package on the networks of examples/. Run by install_and_test.py."""
import importlib.util
import itertools
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np

import deskboard

ROOT = pathlib.Path(__file__).resolve().parents[3]
ESPDL = os.environ["DESKBOARD_ESPDL"]
MODELS = ROOT / "examples"
SINE = MODELS / "tutorial_sine" / "model"
ONSETS = MODELS / "tutorial_streaming" / "model"


class Quantizing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name, "out.espdl")
        self.calibration = np.load(SINE / "calib.npy")

    def command(self, *options):
        """What the command makes of the same."""
        path = pathlib.Path(self.folder.name, "command.espdl")
        subprocess.run([ESPDL, "quantize", str(SINE / "sine.onnx"), "--calib", str(SINE / "calib.npy"), "-o", str(path), *options],
                       check=True, stdout=subprocess.DEVNULL)
        return path.read_bytes()

    def test_is_the_command(self):
        wanted = self.command("--target", "esp32s3", "--test-input", str(SINE / "test.npy"))
        result = deskboard.quantize(SINE / "sine.onnx", SINE / "calib.npy", "esp32s3", output=self.out, test_input=SINE / "test.npy")
        self.assertEqual(self.out.read_bytes(), wanted)
        self.assertEqual((result.path, result.target), (str(self.out), "esp32s3"))
        self.assertEqual([warning for warning in result.warnings if "node 'layer2'" not in warning], [])
        self.assertEqual(len(result.warnings), result.log.count("espdl: warning: "))
        self.assertRegex(repr(result), r"output 'y': \d+\.\d dB signal to noise")
        self.assertIn("verified for esp32s3", repr(result))
        # Bytes and arrays instead of files.
        deskboard.quantize((SINE / "sine.onnx").read_bytes(), self.calibration, "esp32s3", output=self.out, test_input=np.array([[1.0]]))
        self.assertEqual(self.out.read_bytes(), wanted)
        # Batches, pairs with labels, and an archive.
        batches = ((batch, "label") for batch in np.split(self.calibration, 8))
        deskboard.quantize(SINE / "sine.onnx", batches, "esp32s3", output=self.out, test_input=SINE / "test.npy")
        self.assertEqual(self.out.read_bytes(), wanted)
        np.savez_compressed(f"{self.folder.name}/calib.npz", x=self.calibration, y=np.sin(self.calibration))
        deskboard.quantize(SINE / "sine.onnx", f"{self.folder.name}/calib.npz", "esp32s3", output=self.out, test_input=SINE / "test.npy")
        self.assertEqual(self.out.read_bytes(), wanted)

    def test_options(self):
        wanted = self.command("--bits", "16", "--observer", "minmax", "--bias-correction", "--metadata", 'a="b\\', "--int16", "layer0", "layer1")
        deskboard.quantize(SINE / "sine.onnx", {"x": self.calibration}, output=self.out, bits=16, observer="minmax", bias_correction=True,
                           equalize=False, scales=None, metadata='a="b\\', int16=["layer0", "layer1"], test_input=None)
        with deskboard.load(self.out) as found:
            self.assertEqual(found.metadata["a"], '"b\\')
            self.assertEqual(found.metadata["bits"], "16")
            self.assertEqual(found.inputs[0].dtype, "int16")
        self.out.with_suffix(".wanted").write_bytes(wanted)
        self.assertTrue(deskboard.compare(self.out, self.out.with_suffix(".wanted"), np.array([[2.0]], np.float32)).equal)

    def test_the_quantized_network(self):
        result = deskboard.quantize(SINE / "sine.onnx", self.calibration, output=self.out)
        model = result.load()
        x = np.linspace(0, 2 * np.pi, 50).astype(np.float32)
        y = np.array([model.run(np.array([[v]]))[0, 0] for v in x])
        self.assertLess(np.abs(y - np.sin(x)).max(), 0.2)
        comparison = deskboard.compare(SINE / "sine.onnx", result, np.array([[1.0]], np.float32))
        self.assertGreater(comparison.outputs[0]["cosine"], 0.99)
        inputs, outputs = model.test_values()
        self.assertEqual(model.run(inputs, raw=True)["y"].values.tobytes(), outputs["y"].values.tobytes())

    def test_default_place(self):
        path = pathlib.Path(self.folder.name, "network.onnx")
        path.write_bytes((SINE / "sine.onnx").read_bytes())
        self.assertEqual(deskboard.quantize(path, self.calibration).path, str(path.with_suffix(".espdl")))
        before = os.getcwd()
        os.chdir(self.folder.name)
        try:
            self.assertEqual(deskboard.quantize(path.read_bytes(), self.calibration).path, "model.espdl")
            self.assertTrue(pathlib.Path("model.espdl").is_file())
        finally:
            os.chdir(before)

    def test_streams(self):
        """Chunk by chunk with what the caches keep, and at once."""
        sequence = np.load(ONSETS / "test.npy")
        whole = deskboard.quantize(ONSETS / "onsets.onnx", ONSETS / "calib.npy", output=self.out.with_name("whole.espdl"), test_input=sequence).load()
        stream = deskboard.quantize(ONSETS / "onsets.onnx", ONSETS / "calib.npy", output=self.out, test_input=sequence, streaming="1x8x3").load()
        x = np.ascontiguousarray(sequence.transpose(0, 2, 1))
        wanted = whole.run(x)
        np.testing.assert_array_equal(stream.run(x), wanted)
        parts = [stream.run(chunk, reset=i == 0) for i, chunk in enumerate(np.split(x, 8, axis=1))]
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), wanted)

    def test_reasons(self):
        def refuses(pattern, *arguments, **options):
            with self.assertRaisesRegex(deskboard.Error, pattern):
                deskboard.quantize(*arguments, output=self.out, **options)
            self.assertFalse(self.out.exists())

        refuses("no such option.*observer", SINE / "sine.onnx", self.calibration, obserever="kl")
        refuses("layer0", SINE / "sine.onnx", self.calibration, int16=["layer00"])
        refuses("no samples?", SINE / "sine.onnx", [])
        refuses("shape", SINE / "sine.onnx", np.zeros((4, 7), np.float32))
        refuses("nonexistent", "/nonexistent.onnx", self.calibration)
        refuses("no int", 5, self.calibration)
        refuses("ESP|esp", SINE / "sine.onnx", self.calibration, target="esp8266")

    @unittest.skipUnless(all(map(importlib.util.find_spec, ("torch", "onnx"))), "SKIPPED: apt-get install python3-torch python3-onnx")
    def test_a_module(self):
        import torch

        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten(),
                                      torch.nn.Linear(8 * 36, 5))
        pictures = torch.randn(24, 3, 6, 6)
        network(pictures)  # the statistics
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(pictures, torch.zeros(24)), batch_size=5)
        result = deskboard.quantize(network, loader, output=self.out)
        self.assertTrue(network.training, "left as it was")
        network.eval()
        one = pictures[3:4]
        found = result.load().run(one.permute(0, 2, 3, 1))
        wanted = network(one).detach().numpy()
        self.assertGreater((found * wanted).sum() / np.sqrt((found**2).sum() * (wanted**2).sum()), 0.99)
        limited = itertools.islice(itertools.cycle(loader), 7)
        self.assertIn("verified", repr(deskboard.quantize(network, limited, output=self.out)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
