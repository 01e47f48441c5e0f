#include "dl_base_broadcast.hpp"

namespace dl {
namespace base {

bool broadcast_shape(const std::vector<std::vector<int>> &shapes, std::vector<int> &out) {
    size_t rank = 0;
    for (const std::vector<int> &shape : shapes) {
        rank = std::max(rank, shape.size());
    }
    if (rank > MAX_RANK) {
        return false;
    }
    out.assign(rank, 1);
    for (const std::vector<int> &shape : shapes) {
        for (size_t i = 0; i < shape.size(); i++) {
            int &dim = out[rank - shape.size() + i];
            if (dim != shape[i] && dim != 1 && shape[i] != 1) {
                return false;
            }
            dim = dim == 1 ? shape[i] : dim;
        }
    }
    return true;
}

Broadcast::Broadcast(const std::vector<std::vector<int>> &shapes, const std::vector<int> &out) {
    const size_t operands = shapes.size();
    stride.resize(operands);
    step.assign(operands, 0);

    // The output's axes longer than 1, and each operand's stride along them (0 where it is broadcast).
    std::vector<int64_t> size(operands, 1);
    std::vector<int> kept;
    std::vector<std::vector<int64_t>> kept_stride;
    for (int axis = static_cast<int>(out.size()) - 1; axis >= 0; axis--) {
        std::vector<int64_t> along(operands, 0);
        for (size_t k = 0; k < operands; k++) {
            const int own = axis - (static_cast<int>(out.size()) - static_cast<int>(shapes[k].size()));
            if (own >= 0 && shapes[k][own] != 1) {
                along[k] = size[k];
                size[k] *= shapes[k][own];
            }
        }
        if (out[axis] == 1) {
            continue;
        }
        bool merges = !kept.empty();
        for (size_t k = 0; merges && k < operands; k++) {
            merges = along[k] == kept_stride.back()[k] * kept.back();
        }
        if (merges) {
            kept.back() *= out[axis];
        } else {
            kept.push_back(out[axis]);
            kept_stride.push_back(along);
        }
    }
    if (kept.empty()) {
        kept.push_back(1);
        kept_stride.emplace_back(operands, 0);
    }

    // `kept` runs from the innermost axis outwards.
    row = kept[0];
    rank = static_cast<int>(kept.size()) - 1;
    int64_t rows = 1;
    for (int axis = 0; axis < rank; axis++) {
        const int from = rank - axis;
        extent[axis] = kept[from];
        rows *= kept[from];
        for (size_t k = 0; k < operands; k++) {
            stride[k][axis] = kept_stride[from][k];
        }
    }
    for (size_t k = 0; k < operands; k++) {
        step[k] = static_cast<int>(kept_stride[0][k]);
    }
    blocks = (row + BLOCK - 1) / BLOCK;
    units = static_cast<int>(rows * blocks);
}

}  // namespace base
}  // namespace dl
