#include "dl_module_slice.hpp"

#include <algorithm>

namespace dl {
namespace module {

bool Slice::resolve(const std::vector<int> &shape, std::vector<int> &start, std::vector<int> &step,
                    std::vector<int> &length) const {
    const size_t count = m_starts.size();
    if (m_ends.size() != count || (!m_axes.empty() && m_axes.size() != count) ||
        (!m_steps_by.empty() && m_steps_by.size() != count)) {
        refuse("starts, ends, axes and steps have %zu, %zu, %zu and %zu entries", count, m_ends.size(), m_axes.size(),
               m_steps_by.size());
        return false;
    }
    start.assign(shape.size(), 0);
    step.assign(shape.size(), 1);
    length = shape;
    for (size_t i = 0; i < count; i++) {
        int axis = m_axes.empty() ? static_cast<int>(i) : m_axes[i];
        const int64_t by = m_steps_by.empty() ? 1 : m_steps_by[i];
        if (!normalize_axis(axis, static_cast<int>(shape.size())) || by == 0) {
            refuse("axis %d with step %d does not suit the shape %s", axis, static_cast<int>(by),
                   tool::shape_to_string(shape).c_str());
            return false;
        }
        const int64_t n = shape[axis];
        // With a positive step, start and end are limited to [0, n]; with a negative one, the start to [0, n - 1] and
        // the end to [-1, n - 1].
        const int64_t low = by < 0 ? -1 : 0;
        const int64_t high = by < 0 ? n - 1 : n;
        int64_t first = m_starts[i];
        int64_t last = m_ends[i];
        first = std::clamp<int64_t>(first < 0 ? first + n : first, by < 0 ? 0 : low, high);
        last = std::clamp<int64_t>(last < 0 ? last + n : last, low, high);
        const int64_t elements = by > 0 ? (last - first + by - 1) / by : (first - last - by - 1) / -by;
        if (elements <= 0) {
            refuse("nothing is left of axis %d of the shape %s (start %d, end %d, step %d)", axis,
                   tool::shape_to_string(shape).c_str(), m_starts[i], m_ends[i], static_cast<int>(by));
            return false;
        }
        start[axis] = static_cast<int>(first);
        step[axis] = elements == 1 ? 1 : static_cast<int>(by);
        length[axis] = static_cast<int>(elements);
    }
    return true;
}

std::vector<std::vector<int>> Slice::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<int> start;
    std::vector<int> step;
    std::vector<int> length;
    if (input_shapes.empty() || !resolve(input_shapes[0], start, step, length)) {
        return {};
    }
    return {length};
}

esp_err_t Slice::prepare(ModelContext *context) {
    const std::vector<int> &shape = input(context, 0)->shape;
    std::vector<int> start;
    std::vector<int> step;
    std::vector<int> length;
    resolve(shape, start, step, length);
    const std::vector<int64_t> src_strides = strides_of(shape);
    const std::vector<int64_t> dst_strides = strides_of(length);
    int64_t offset = 0;
    for (size_t i = 0; i < shape.size(); i++) {
        offset += start[i] * src_strides[i];
    }
    m_steps.clear();
    base::Copy &copy = add_copy(context, 0, 0, offset, 0);
    for (size_t i = 0; i < shape.size(); i++) {
        copy.loop(length[i], step[i] * src_strides[i], dst_strides[i]);
    }
    prepare_copies();
    return ESP_OK;
}

void Slice::print() {
    ESP_LOGI("Slice", "%s: starts %s, ends %s, axes %s, steps %s", this->name.c_str(),
             tool::shape_to_string(m_starts).c_str(), tool::shape_to_string(m_ends).c_str(),
             tool::shape_to_string(m_axes).c_str(), tool::shape_to_string(m_steps_by).c_str());
}

Module *Slice::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    static const char *const attributes[] = {"starts", "ends", "axes", "steps"};
    std::vector<int> values[4];
    for (int i = 0; i < 4; i++) {
        const ints_t given = get_ints(fbs_model, node_name, i + 1, attributes[i], values[i]);
        if (given == INTS_NOT_CONST || (given == INTS_ABSENT && i < 2)) {
            return refuse_node(node_name, "Slice", "input %d (%s) must be a constant of int64", i + 1, attributes[i]);
        }
    }
    return new Slice(node_name.c_str(), values[0], values[1], values[2], values[3], MODULE_NON_INPLACE,
                     get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
