#include "numerics/functions.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

}  // namespace

void refuse(const Op &op, const std::string &why) {
    throw Error("node '" + op.name + "' (" + op.type + "): " + why);
}

Ints ints(const Tensor &t) {
    const Tensor flat = t.to(torch::kLong).contiguous().flatten();
    return Ints(flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel());
}

const Tensor &need(const Op &op, const Inputs &in, size_t i) {
    if (i >= in.size() || !in[i].defined()) {
        refuse(op, "input " + std::to_string(i) + " is missing");
    }
    return in[i];
}

bool given(const Inputs &in, size_t i) {
    return i < in.size() && in[i].defined();
}

/** Constant integers of an input, else of an attribute. */
std::optional<Ints> list(const Op &op, const Inputs &in, size_t i, const char *attribute) {
    if (given(in, i)) {
        return ints(in[i]);
    }
    if (!op.has(attribute)) {
        return std::nullopt;
    }
    return constant_ints(op, SIZE_MAX, attribute);
}

Ints all_axes(const Tensor &x) {
    Ints axes(x.dim());
    for (int64_t i = 0; i < x.dim(); i++) {
        axes[i] = i;
    }
    return axes;
}

}  // namespace quantize
