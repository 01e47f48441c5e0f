"""ESP-DL models from Python, with the chip's arithmetic.

    import deskboard
    result = deskboard.quantize("model.onnx", calibration, target="esp32p4")
    model = deskboard.load(result.path)
    y = model.run(x)
    deskboard.compare("model.onnx", model)

See docs/python.md.
"""
from ._compare import Comparison, compare
from ._model import Model, Raw, Tensor, load
from ._programs import Error
from ._quantize import Quantized, quantize

__all__ = ["Comparison", "Error", "Model", "Quantized", "Raw", "Tensor", "compare", "load", "quantize"]
