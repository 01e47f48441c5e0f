"""espdl quantize."""
import io
import json
import os
import tempfile

import numpy as np

from . import _programs
from ._model import load
from ._programs import Error


class Quantized:
    """What a run of the quantizer gave: path of the .espdl file, its target, the log, the warnings in it."""

    def __init__(self, path, target, log):
        self.path, self.target, self.log = path, target, log
        self.warnings = [line.split("warning: ", 1)[1] for line in log.splitlines() if line.startswith("espdl: warning: ")]

    def load(self):
        return load(self.path, self.target)

    def __repr__(self):
        told = [line for line in self.log.splitlines() if line.startswith(("output '", "verified for ", "espdl: warning: "))]
        return "\n".join([f"deskboard.Quantized('{self.path}', target='{self.target}')"] + [f"  {line}" for line in told])


def _array(value):
    """NumPy's, PyTorch's, or a list of numbers; 64-bit floats become 32-bit ones."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _is_array(value):
    return isinstance(value, np.ndarray) or hasattr(value, "detach")


def _samples(calibration):
    """An array, a dict of them, or an iterator of batches -> {input: array}; the only, or first, input is called None."""
    if _is_array(calibration):
        return {None: _array(calibration)}
    if isinstance(calibration, dict):
        return {name: _array(value) for name, value in calibration.items()}
    parts = {}
    for batch in calibration:
        # A data loader gives pairs of pictures and labels.
        if isinstance(batch, (tuple, list)):
            batch = batch[0]
        for name, value in (batch if isinstance(batch, dict) else {None: batch}).items():
            parts.setdefault(name, []).append(_array(value))
    if not parts:
        raise Error("the calibration set holds no sample")
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def _write(samples, folder, stem):
    """@return the arguments of --calib or --test-input"""
    arguments = []
    for i, (name, array) in enumerate(samples.items()):
        path = os.path.join(folder, f"{stem}_{i}.npy")
        np.save(path, np.ascontiguousarray(array))
        arguments.append(path if name is None else f"{name}={path}")
    return arguments


def _arguments(value, folder, stem):
    if isinstance(value, (str, os.PathLike)):
        return [os.fspath(value)]
    if isinstance(value, (list, tuple)) and value and all(isinstance(part, (str, os.PathLike)) for part in value):
        return [os.fspath(part) for part in value]
    return _write(_samples(value), folder, stem)


def _export(module, samples, path):
    """A PyTorch module as ONNX. Its inputs are the first sample of each calibration array."""
    import torch

    if any(isinstance(value, (str, os.PathLike)) for value in samples.values()):
        raise Error("a PyTorch module is exported with the first calibration sample: arrays are needed, no files")
    training = module.training
    module.eval()
    names = [name or "input" for name in samples]
    file = io.BytesIO()
    try:
        with torch.no_grad():
            torch.onnx.export(module, tuple(torch.from_numpy(np.ascontiguousarray(array[:1])) for array in samples.values()), file,
                              opset_version=13, input_names=names)
    finally:
        module.train(training)
    with open(path, "wb") as out:
        out.write(file.getvalue())


def _model_path(model, calibration, folder):
    """@return the path of an ONNX file, and the calibration set, which may have been an iterator"""
    path = os.path.join(folder, "model.onnx")
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model), calibration
    if isinstance(model, (bytes, bytearray, memoryview)) or hasattr(model, "SerializeToString"):
        with open(path, "wb") as out:
            out.write(model.SerializeToString() if hasattr(model, "SerializeToString") else model)
        return path, calibration
    if hasattr(model, "state_dict") and hasattr(model, "eval"):
        if isinstance(calibration, (str, os.PathLike)):
            raise Error("a PyTorch module is exported with the first calibration sample: arrays are needed, no files")
        samples = _samples(calibration)
        _export(model, samples, path)
        return path, samples
    raise Error(f"a model is the path or the bytes of an ONNX file, an onnx.ModelProto or a torch.nn.Module, no {type(model).__name__}")


def _toml(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return json.dumps(os.fspath(value) if isinstance(value, os.PathLike) else str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def quantize(model, calibration="random", target="esp32p4", *, output=None, test_input=None, progress=False, **options):
    """Quantize a network for a chip, and verify the file on the emulated chip.

    @param model       path or bytes of an ONNX file, an onnx.ModelProto, or a torch.nn.Module
    @param calibration an array (samples first, channels first), a dict of them by input, an iterator of batches (of a DataLoader, too), a
                       .npy or .npz file, a folder of pictures or arrays, or "random"
    @param output      the .espdl file; default: beside the ONNX file, or model.espdl. It has .info, .json and .toml beside it
    @param test_input  an array, a dict or a path: goes into the file, for `espdl test`; default: the first calibration sample
    @param progress    show what the quantizer prints
    @param options     those of `espdl quantize`, with _ for -: bits=16, observer="kl", mean=(...), int16=["/head"], equalize=True, ...
    @return Quantized
    """
    with tempfile.TemporaryDirectory(prefix="deskboard-") as folder:
        path, calibration = _model_path(model, calibration, folder)
        output = os.fspath(output) if output is not None else "model.espdl" if path.startswith(folder) else os.path.splitext(path)[0] + ".espdl"
        calib = _arguments(calibration, folder, "calib")
        if test_input is None and not isinstance(calibration, (str, os.PathLike)):
            test = calib
        else:
            test = [] if test_input is None else _arguments(test_input, folder, "test")
        if options.get("letterbox") is True:
            options["letterbox"] = (114, 114, 114)  # the default; a file of options has no word for it
        settings = {"target": target, "calib": calib, "output": output, **({"test_input": test} if test else {}), **options}
        file = os.path.join(folder, "options.toml")
        with open(file, "w", encoding="utf-8") as out:
            for name, value in settings.items():
                if value is not None and value is not False:
                    out.write(f"{name.replace('_', '-')} = {_toml(value)}\n")
        code, out, err = _programs.call(_programs.quantizer() + ["quantize", path, "--config", file], progress)
    if code:
        raise Error(_programs.reason(err, "espdl quantize").replace("--config: " + file, "options"))
    return Quantized(output, target, out if progress else out + err)
