#include "dl_module_copy.hpp"

namespace dl {
namespace module {

esp_err_t CopyModule::check_copy(ModelContext *context, bool all_inputs) {
    for (size_t o = 0; o < m_outputs_index.size(); o++) {
        TensorBase *out = output(context, o);
        if (!out) {
            continue;  // an output without a name has no reader
        }
        for (size_t i = 0; i < (all_inputs ? m_inputs_index.size() : 1); i++) {
            TensorBase *in = input(context, i);
            if (!in) {
                return refuse("input %zu is needed and missing", i);
            }
            if (in->size == 0 || out->size == 0) {
                return refuse("a tensor without elements cannot be computed");
            }
            if (in->shape.size() > 8 || out->shape.size() > 8) {
                return refuse("ranks up to 8 are supported, input %zu has %zu", i, in->shape.size());
            }
            if (!base::copy_supports(in->dtype, out->dtype)) {
                return refuse("%s cannot be copied to %s", in->get_dtype_string(), out->get_dtype_string());
            }
        }
    }
    return ESP_OK;
}

void CopyModule::forward(ModelContext *context, runtime_mode_t mode) {
    for (Step &step : m_steps) {
        step.copy.run(input(context, step.input), output(context, step.output), mode);
    }
}

base::Copy &CopyModule::add_copy(ModelContext *context, size_t input_index, size_t output_index, int64_t src_offset,
                                 int64_t dst_offset) {
    m_steps.push_back({input_index, output_index, {}});
    base::Copy &copy = m_steps.back().copy;
    copy.begin(input(context, input_index), output(context, output_index), src_offset, dst_offset);
    return copy;
}

void CopyModule::prepare_copies() {
    for (Step &step : m_steps) {
        step.copy.prepare();
    }
}

esp_err_t CopyModule::prepare_flat(ModelContext *context) {
    m_steps.clear();
    if (input(context, 0)->data == output(context)->data) {
        return ESP_OK;
    }
    add_copy(context, 0, 0).loop(input(context, 0)->size, 1, 1);
    prepare_copies();
    return ESP_OK;
}

esp_err_t PartsModule::prepare_parts(ModelContext *context, const std::vector<int> &lengths) {
    const TensorBase *whole = m_joins ? output(context) : input(context, 0);
    const std::vector<int> &shape = whole->shape;
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(shape.size()));
    const bool by_column = axis + 1 == static_cast<int>(shape.size());
    const auto place = [&](int64_t elements, int row, int column) {
        const int columns = by_column ? static_cast<int>(elements) : shape.back();
        return Place{static_cast<int>(elements / columns), columns, row, column, columns};
    };
    m_whole = place(elements_from(shape, axis), 0, 0);
    m_outer = static_cast<int>(tool::shape_size(shape) / elements_from(shape, axis));
    m_steps.clear();
    m_places.clear();
    int row = 0, column = 0;
    for (size_t i = 0; i < lengths.size(); i++) {
        m_places.push_back(place(elements_from(shape, axis) / shape[axis] * lengths[i], row, column));
        (by_column ? column : row) += by_column ? lengths[i] : m_places.back().rows;
        if (m_joins || output(context, i)) {
            add_copy(context, m_joins ? i : 0, m_joins ? 0 : i);
            describe_copy(m_steps.back());
        }
    }
    return ESP_OK;
}

FusionDescription PartsModule::describe(ModelContext *context) const {
    FusionDescription description;
    // The rows of a part are not one stretch of the whole's rows: other parts' rows lie between them.
    if (m_outer > 1 && m_whole.rows > 1) {
        return description;
    }
    for (const Step &step : m_steps) {
        const Place &place = m_places[m_joins ? step.input : step.output];
        const int in = m_inputs_index[step.input], out = m_outputs_index[step.output];
        if (base::CopyTypes(context->get_tensor(in), context->get_tensor(out)).is_plain()) {
            description.parts.push_back({m_joins ? out : in, m_joins ? in : out, place.row, place.column});
        }
    }
    return description;
}

bool PartsModule::set_pitch(bool part, size_t i, int pitch) {
    Place &place = part ? m_places[i] : m_whole;
    place.pitch = pitch ? pitch : place.columns;
    for (Step &step : m_steps) {
        describe_copy(step);
    }
    return true;
}

void PartsModule::describe_copy(Step &step) {
    const Place &part = m_places[m_joins ? step.input : step.output];
    const int64_t offset = static_cast<int64_t>(part.row) * m_whole.pitch + part.column;
    const Place &from = m_joins ? part : m_whole, &to = m_joins ? m_whole : part;
    step.copy.restart(m_joins ? 0 : offset, m_joins ? offset : 0);
    step.copy.loop(m_outer, static_cast<int64_t>(from.rows) * from.pitch, static_cast<int64_t>(to.rows) * to.pitch);
    step.copy.loop(part.rows, from.pitch, to.pitch);
    step.copy.loop(part.columns, 1, 1);
    step.copy.prepare();
}

}  // namespace module
}  // namespace dl
