/**
 * @file custom_ops.hpp
 * Declarations of the user's own operators.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/custom.hpp"

namespace quantize {

using CustomOps = std::vector<std::shared_ptr<const CustomOp>>;

/**
 * From "DOMAIN.TYPE=int8,shape:1x8x4x4,scale:input,layout:last,constants:quantized,as:NAME,body:FILE", in which
 * everything behind TYPE may be left out; the body comes last. Reads the body's file if it is an .npz. Throws Error.
 */
CustomOps parse_custom_ops(const std::vector<std::string> &arguments);

/** Is this what the declaration is about? */
bool is_declared(const CustomOp &custom, const std::string &domain, const std::string &type);

/** "the identity", "'wave.onnx'": what stands in for the module here. */
std::string body_text(const CustomOp &custom);

}  // namespace quantize
