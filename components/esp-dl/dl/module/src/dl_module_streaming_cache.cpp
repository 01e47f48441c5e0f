#include "dl_module_streaming_cache.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> StreamingCache::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<int> shape = input_shapes.empty() ? std::vector<int>{} : input_shapes[0];
    int axis = m_frame_axis;
    if (!normalize_axis(axis, static_cast<int>(shape.size())) || m_window_size < 1 ||
        m_window_size > INT32_MAX - shape[axis]) {
        refuse("frame_axis %d with window_size %d does not suit the shape %s", m_frame_axis, m_window_size,
               tool::shape_to_string(shape).c_str());
        return {};
    }
    shape[axis] += m_window_size - 1;
    return {shape};
}

esp_err_t StreamingCache::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    int axis = m_frame_axis;
    normalize_axis(axis, static_cast<int>(in->shape.size()));
    const int64_t frame = elements_from(in->shape, axis + 1);
    const int64_t in_row = frame * in->shape[axis];
    const int64_t out_row = frame * out->shape[axis];
    const int64_t cache_row = out_row - in_row;
    const int64_t outer = in->size / in_row;

    m_steps.clear();
    base::Copy &append = add_copy(context, 0, 0, 0, cache_row);
    append.loop(outer, in_row, out_row);
    append.loop(in_row, 1, 1);
    prepare_copies();
    if (cache_row == 0) {
        m_cache.reset();
        return ESP_OK;
    }

    std::vector<int> shape = in->shape;
    shape[axis] = m_window_size - 1;
    if (!m_cache || m_cache->shape != shape || m_cache->dtype != out->dtype) {
        m_cache.reset(new TensorBase(shape, nullptr, out->exponent, out->dtype));
        if (!m_cache->data) {
            m_cache.reset();
            return ESP_ERR_NO_MEM;
        }
        reset();
    }
    m_recall.begin(m_cache.get(), out);
    m_recall.loop(outer, cache_row, out_row);
    m_recall.loop(cache_row, 1, 1);
    m_recall.prepare();
    m_store.begin(out, m_cache.get(), in_row, 0);
    m_store.loop(outer, out_row, cache_row);
    m_store.loop(cache_row, 1, 1);
    m_store.prepare();
    return ESP_OK;
}

void StreamingCache::forward(ModelContext *context, runtime_mode_t mode) {
    if (m_cache) {
        m_recall.run(m_cache.get(), output(context), mode);
    }
    CopyModule::forward(context, mode);
    if (m_cache) {
        m_store.run(output(context), m_cache.get(), mode);
    }
}

void StreamingCache::reset() {
    if (m_cache) {
        m_cache->memset(0);
    }
}

void StreamingCache::print() {
    ESP_LOGI("StreamingCache", "%s: window_size %d, frame_axis %d", this->name.c_str(), m_window_size, m_frame_axis);
}

Module *StreamingCache::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int window_size = 1;
    int frame_axis = 1;
    fbs_model->get_operation_attribute(node_name, "window_size", window_size);
    fbs_model->get_operation_attribute(node_name, "frame_axis", frame_axis);
    if (window_size < 1) {
        return refuse_node(node_name, "StreamingCache", "attribute 'window_size' is %d: at least 1 is needed",
                           window_size);
    }
    return new StreamingCache(node_name.c_str(), window_size, frame_axis, MODULE_NON_INPLACE,
                              get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
