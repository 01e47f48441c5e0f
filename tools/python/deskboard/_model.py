"""Models, each in a process of its own: espdl serve.

A process and not a shared library, because the emulated board is one for a process: its chip, its memory, and the C library's functions
that it stands in for. So models for several chips run at the same time, from several threads, without Python's lock, and whatever happens
to one of them leaves the interpreter alone.
"""
import html
import io
import json
import os
import subprocess
import tempfile
import threading
from typing import NamedTuple, Tuple

import numpy as np

from . import _programs
from ._programs import Error

# The runtime's names; NumPy has others for two of them.
_NUMPY = {"float": "float32", "double": "float64"}


class Tensor(NamedTuple):
    """A tensor of a model. An integer i means i * 2**exponent."""

    name: str
    shape: Tuple[int, ...]
    dtype: str
    exponent: int

    @property
    def scale(self):
        return 2.0**self.exponent if np.dtype(self.dtype).kind in "iu" else 1.0

    def __repr__(self):
        exponent = f", 2^{self.exponent}" if np.dtype(self.dtype).kind in "iu" else ""
        return f"{self.name}: {self.dtype}{list(self.shape)}{exponent}"


class Raw(NamedTuple):
    """Values as the chip has them."""

    values: np.ndarray
    exponent: int

    def to_float(self):
        if self.values.dtype.kind not in "iu":
            return self.values
        return np.ldexp(self.values.astype(np.float64), self.exponent).astype(np.float32)


def _tensor(entry):
    return Tensor(entry["name"], tuple(entry["shape"]), _NUMPY.get(entry["dtype"], entry["dtype"]), entry["exponent"])


class _Process:
    """One conversation with espdl serve."""

    def __init__(self, command):
        self.errors = tempfile.TemporaryFile()
        # A session of its own: Ctrl-C is Python's business.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True)
        self.pid = os.getpid()
        try:
            self.hello, _ = self._reply()
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        self.process.wait()
        self.errors.close()

    def forget(self):
        """After a fork: the other end is the parent's, only this side's copies of the pipes are closed."""
        for file in (self.process.stdin, self.process.stdout, self.errors):
            file.close()
        self.process.returncode = 0

    def _ended(self):
        code = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip().splitlines()[-8:]
        return Error("\n".join([f"the emulated chip ended (exit code {code})"] + said))

    def _bytes(self, count):
        data = self.process.stdout.read(count)
        if len(data) != count:
            raise self._ended()
        return data

    def _reply(self):
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        reply = json.loads(line)
        if "error" in reply:
            raise Error(reply["error"])
        arrays = {}
        for kind in ("outputs", "test_inputs", "test_outputs"):
            described = [entry for entry in reply.get(kind, []) if "bytes" in entry]
            arrays[kind] = [np.load(io.BytesIO(self._bytes(entry["bytes"])), allow_pickle=False) for entry in described]
        return reply, arrays

    def ask(self, request, bodies=()):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            for body in bodies:
                self.process.stdin.write(body)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return self._reply()


class Model:
    """A model on the emulated chip. `load` makes one.

    It may be used from several threads, one run at a time; different models run side by side.
    """

    def __init__(self, path, target=None, model=None, key=None):
        self.path = os.fspath(path)
        self._arguments = (self.path, target, model, key)
        command = [_programs.espdl(), "serve", self.path]
        for option, value in (("--target", target), ("--model", model), ("--key", key)):
            if value is not None:
                command += [option, str(value)]
        self._command = command
        self._lock = threading.Lock()
        self._process = None
        with self._lock:
            hello = self._started().hello
        self.target = hello["target"]
        self.name = hello["name"]
        self.metadata = hello["metadata"]
        self.inputs = [_tensor(entry) for entry in hello["inputs"]]
        self.outputs = [_tensor(entry) for entry in hello["outputs"]]
        self.tensors = hello["tensors"]

    def _started(self):
        # After a fork the pipes are the parent's.
        if self._process and self._process.pid != os.getpid():
            self._process.forget()
            self._process = None
        if not self._process:
            self._process = _Process(self._command)
        return self._process

    def _ask(self, request, bodies=()):
        with self._lock:
            process = self._started()
            try:
                return process.ask(request, bodies)
            except BaseException as error:
                # A refusal is a whole reply; after anything else nobody knows what comes next.
                if not isinstance(error, Error) or process.process.poll() is not None:
                    process.close()
                    self._process = None
                raise

    def _input(self, name, value):
        """@return the bytes of a .npy file"""
        known = {tensor.name: tensor for tensor in self.inputs}.get(name)
        if isinstance(value, Raw):
            if known and value.exponent != known.exponent:
                raise Error(f"input '{name}' has exponent {value.exponent}, the model's is {known.exponent}")
            value = value.values
        elif hasattr(value, "detach"):
            value = value.detach().cpu().numpy()
        array = np.asarray(value)
        # float64 is what Python's numbers and most of NumPy's functions give.
        if array.dtype.kind == "f" and array.dtype != np.float32:
            array = array.astype(np.float32)
        elif array.dtype.kind in "iu" and not isinstance(value, np.ndarray) and known and np.dtype(known.dtype).kind in "iu":
            array = array.astype(known.dtype)
        file = io.BytesIO()
        np.lib.format.write_array(file, np.ascontiguousarray(array.reshape(known.shape) if known and array.ndim == 0 else array), allow_pickle=False)
        return file.getvalue()

    def run(self, inputs, *, raw=False, tensors=None, reset=True):
        """Run on one input, or on a dict of them by name.

        Floats are quantized as on the chip; integers of an input's own type are taken as they are. Shapes are the model's (channels last).
        A sequence longer than the input is fed in chunks.

        @param raw     Raw (values and exponent) instead of float32
        @param tensors names of tensors of the graph, or "all", instead of the outputs
        @param reset   False: streaming caches keep what the last run left in them
        @return for an array, and a model of one output, an array; else a dict by name
        """
        single = not isinstance(inputs, dict)
        if single:
            if len(self.inputs) != 1:
                names = ", ".join(tensor.name for tensor in self.inputs)
                raise Error(f"the model has {len(self.inputs)} inputs: a dict of {names} is needed")
            inputs = {self.inputs[0].name: inputs}
        bodies = {name: self._input(name, value) for name, value in inputs.items()}
        request = {"inputs": [{"name": name, "bytes": len(body)} for name, body in bodies.items()], "reset": bool(reset)}
        if tensors is not None:
            request["tensors"] = tensors if tensors == "all" else list(tensors)
        reply, arrays = self._ask(request, bodies.values())
        result = {}
        for entry, array in zip(reply["outputs"], arrays["outputs"]):
            value = Raw(array, entry["exponent"])
            result[entry["name"]] = value if raw else value.to_float()
        return next(iter(result.values())) if single and tensors is None and len(result) == 1 else result

    __call__ = run

    def test_values(self):
        """What the file holds for a test: (inputs, outputs), each a dict of Raw by name; empty if there is nothing."""
        reply, arrays = self._ask({"test_values": True})
        return tuple({entry["name"]: Raw(array, entry["exponent"]) for entry, array in zip(reply[kind], arrays[kind])}
                     for kind in ("test_inputs", "test_outputs"))

    def close(self):
        with self._lock:
            if self._process and self._process.pid == os.getpid():
                self._process.close()
            self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        try:
            self.close()
        except Exception:  # the interpreter is ending
            pass

    def __reduce__(self):
        return Model, self._arguments

    def __repr__(self):
        lines = [f"deskboard.Model('{self.path}', target='{self.target}')"]
        lines += [f"  input   {tensor!r}" for tensor in self.inputs]
        lines += [f"  output  {tensor!r}" for tensor in self.outputs]
        return "\n".join(lines)

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td>{kind}</td><td>{html.escape(t.name)}</td><td>{t.dtype}</td><td>{'x'.join(map(str, t.shape))}</td><td>2<sup>{t.exponent}</sup></td></tr>"
            for kind, ports in (("input", self.inputs), ("output", self.outputs)) for t in ports)
        return (f"<b>{html.escape(os.path.basename(self.path))}</b> on {self.target}<table><tr><th></th><th>tensor</th><th>type</th>"
                f"<th>shape</th><th>scale</th></tr>{rows}</table>")


def load(path, target=None, *, model=None, key=None):
    """Load an .espdl file.

    @param target the chip whose arithmetic is used; default: a folder of that name in the path, else what the file tells, else esp32p4
    @param model  which one of a package: its name or number
    @param key    of an encrypted file: 32 hexadecimal digits
    """
    return Model(getattr(path, "path", path), target, model, key)
