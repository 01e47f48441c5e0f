/**
 * @file dl_module_resize.hpp
 * Resize on [n, h, w, c] or [n, w, c]: nearest and linear.
 */
#pragma once

#include "dl_base_resize.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

class Resize : public Module, public Fusible {
public:
    typedef enum { HALF_PIXEL, PYTORCH_HALF_PIXEL, ALIGN_CORNERS, ASYMMETRIC } coordinates_t;
    typedef enum { FLOOR, CEIL, ROUND_PREFER_FLOOR, ROUND_PREFER_CEIL } nearest_t;

    /**
     * @param scales in the order [n, c, h, w] or [n, c, w] of the original model, whatever the layout of the data;
     * {}: given by sizes
     * @param sizes in the same order; {}: floor(input * scale)
     */
    Resize(const char *name, resize_mode_t mode, std::vector<float> scales, std::vector<int> sizes,
           coordinates_t coordinates, nearest_t nearest = FLOOR, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type),
          m_mode(mode),
          m_scales(scales),
          m_sizes(sizes),
          m_coordinates(coordinates),
          m_nearest(nearest) {}
    /** With the rules of most deep learning frameworks: linear has half_pixel, or align_corners if asked for; nearest
     * rounds down. */
    Resize(const char *name = nullptr, resize_mode_t resize_mode = RESIZE_NEAREST, std::vector<float> scales = {},
           std::vector<int64_t> sizes = {}, bool align_corners = false, quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    Fusible *fusible() override { return this; }
    bool set_input_pitch(size_t i, int pitch) override;
    bool set_output_pitch(size_t i, int pitch) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** Make the table of one axis. @param axis index in the order of scales and sizes */
    std::vector<base::ResizeArgs::Tap> make_taps(int length, int out_length, size_t axis) const;

    resize_mode_t m_mode;
    std::vector<float> m_scales;
    std::vector<int> m_sizes;
    coordinates_t m_coordinates;
    nearest_t m_nearest;
    base::ResizeArgs m_args;
    base::BoundKernel<base::ResizeArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
