/**
 * @file dl_module_streaming_cache.hpp
 * StreamingCache: prepends to a chunk of frames the last window_size - 1 frames before it.
 */
#pragma once

#include <memory>

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

/** The frames before the first chunk, and those after a reset(), are zeros. */
class StreamingCache : public CopyModule {
public:
    StreamingCache(const char *name = nullptr, int window_size = 1, int frame_axis = 1,
                   module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_window_size(window_size), m_frame_axis(frame_axis) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    void reset() override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    int m_window_size;
    int m_frame_axis;
    std::unique_ptr<TensorBase> m_cache;  ///< as the output; nullptr for a window of one frame
    base::Copy m_recall;                  ///< cache to output
    base::Copy m_store;                   ///< output to cache
};

}  // namespace module
}  // namespace dl
