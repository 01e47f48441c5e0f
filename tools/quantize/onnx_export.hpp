/**
 * @file onnx_export.hpp
 * An .espdl model as ONNX again: channels first, weights unblocked, quantization as QuantizeLinear/DequantizeLinear
 * pairs.
 */
#pragma once

#include <string>

#include "fbs_model.hpp"

namespace quantize {

enum class OnnxForm {
    FLOAT,   ///< the dequantized weights, no quantization of activations
    QDQ_S8,  ///< int8 with zero point 0, as the chip has it
    QDQ_U8,  ///< uint8 with zero point 128: the same values, which ONNX Runtime's x86 kernels compute faster
};

/** The file's bytes, checked with onnx.checker. Throws Error for an operator or layout that has no ONNX form. */
std::string export_onnx(fbs::FbsModel &model, OnnxForm form);

}  // namespace quantize
