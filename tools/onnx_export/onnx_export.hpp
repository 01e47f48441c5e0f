/**
 * @file onnx_export.hpp
 * An .espdl model as ONNX again: channels first, weights unblocked, quantization as QuantizeLinear/DequantizeLinear
 * pairs.
 */
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "fbs_model.hpp"

namespace onnx_export {

/** There is no ONNX form; what() names node or tensor and the reason. */
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Form {
    FLOAT,   ///< the dequantized weights, no quantization of activations
    QDQ_S8,  ///< int8 with zero point 0 around every operator of the file: the chip's numbers
    /**
     * The form that ONNX Runtime computes fastest on x86, for comparisons of speed; the numbers are nearly those of the
     * chip. uint8 with zero point 128, or 0 where no value is negative: there the lower limit of the quantization is
     * the ReLU, which a Conv would otherwise not be merged with (and the upper limit is 255 steps instead of 127).
     * Swish is quantized between Sigmoid and Mul. What the chip adds or concatenates is not brought to one scale
     * before.
     */
    QDQ_U8,
};

/** What the ONNX model's inputs and outputs are. */
enum class Ports {
    FLOAT,  ///< floats, channels first
    FILE,   ///< integers in the order of the .espdl file: what runs on the chip, with `zero_point` added
};

/** How an input or output of the ONNX model belongs to the tensor of that name in the .espdl file. */
struct Port {
    std::string name;
    dl::dtype_t dtype;           ///< in the file
    int exponent;                ///< of the file's integers
    int zero_point;              ///< what ONNX adds to them, if it has integers there
    std::vector<int> shape;      ///< in the file
    std::vector<int> onnx_axis;  ///< dimension i of the file is dimension onnx_axis[i] in ONNX
};

struct Result {
    std::string bytes;  ///< of the .onnx file, which onnx.checker has passed
    std::vector<Port> inputs, outputs;
};

/** Whether an operator of a file can be written as ONNX. */
bool has_form(const std::string &type);

/** dl::target() must be the file's. Throws Error for an operator or layout that has no ONNX form. */
Result export_onnx(fbs::FbsModel &model, Form form, Ports ports = Ports::FLOAT);

}  // namespace onnx_export
