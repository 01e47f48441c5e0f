"""espdl compare."""
import html
import json
import os
import tempfile

import numpy as np

from . import _programs
from ._model import Raw
from ._programs import Error


class Comparison:
    """Tensor by tensor, what two forms of a network make of the same input (docs/compare.md tells what the columns are).

    tensors: a list of dicts (tensor, node, type, cosine, snr_db, snr_loss_db, max_steps, differing, elements, output, ...), in the order of
    execution. first_difference, largest_loss: one of them, or None. equal: no tensor differs.
    """

    def __init__(self, content):
        self.a, self.b = content["a"], content["b"]
        self.tensors = [_numbers(tensor) for tensor in content["tensors"]]
        self.first_difference = content["first_difference"] and _numbers(content["first_difference"])
        self.largest_loss = content["largest_loss"] and _numbers(content["largest_loss"])
        self.only_in_a, self.only_in_b = content["only_in_a"], content["only_in_b"]

    @property
    def equal(self):
        return not any(tensor["differing"] for tensor in self.tensors)

    @property
    def outputs(self):
        return [tensor for tensor in self.tensors if tensor["output"]]

    def _rows(self):
        for tensor in self.tensors:
            yield (tensor["tensor"], tensor["type"], f"{tensor['cosine']:.6f}", f"{tensor['snr_db']:.1f}", f"{tensor['max_steps']:.4g}",
                   f"{tensor['differing']} of {tensor['elements']}", "output" if tensor["output"] else "")

    _HEADINGS = ("tensor", "type", "cosine", "SNR dB", "max steps", "differing", "")

    def __repr__(self):
        rows = [self._HEADINGS] + list(self._rows())
        widths = [max(len(row[i]) for row in rows) for i in range(len(self._HEADINGS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join([f"A  {self.a}", f"B  {self.b}"] + lines)

    def _repr_html_(self):
        def row(cells, tag):
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        return (f"A {html.escape(self.a)}<br>B {html.escape(self.b)}<table>" + row(self._HEADINGS, "th")
                + "".join(row(cells, "td") for cells in self._rows()) + "</table>")


def _numbers(tensor):
    """JSON has no infinity: it stands there as text."""
    return {key: float(value) if value in ("inf", "-inf", "nan") else value for key, value in tensor.items()}


def _path(side):
    return os.fspath(getattr(side, "path", side))


def compare(a, b, inputs=None, *, target_a=None, target_b=None):
    """Compare two .espdl files, a float .onnx file with an .espdl file, or a folder of recorded tensors with either.

    @param a, b   paths, models, or what quantize() gave
    @param inputs an array, or a dict of them by name, in the layout of the .espdl file; default: the test values in it
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [_programs.espdl() if not any(_path(side).endswith(".onnx") for side in (a, b)) else None, "compare", _path(a), _path(b), "--json"]
        command = (_programs.quantizer() if command[0] is None else command[:1]) + command[1:]
        for option, side, target in (("--target-a", a, target_a), ("--target-b", b, target_b)):
            target = target or getattr(side, "target", None)
            if target:
                command += [option, target]
        given = inputs if isinstance(inputs, dict) else {} if inputs is None else {None: inputs}
        for i, (name, value) in enumerate(given.items()):
            array = np.asarray(value.values if isinstance(value, Raw) else value)
            path = os.path.join(folder, f"{i}.npy")
            np.save(path, np.ascontiguousarray(array.astype(np.float32) if array.dtype == np.float64 else array))
            command += ["--input", path if name is None else f"{name}={path}"]
        code, out, err = _programs.call(command)
    if code not in (0, 1) or not out.strip():
        raise Error(_programs.reason(err, "espdl compare"))
    return Comparison(json.loads(out[out.index("{"):]))
