/**
 * @file dl_image_preprocessor.hpp
 * From a picture to a model's input tensor.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dl_image_process.hpp"
#include "dl_model_base.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace image {

/**
 * Crop, resize (nearest), letterbox, swap colours, normalize and quantize in one pass, straight into the model's input
 * tensor: NHWC with one picture of one or three channels; int8, int16 or float.
 */
class ImagePreprocessor {
public:
    /**
     * @param mean, std of each of the model's channels, on the scale 0 to 255: one value for a grey model, three for a
     * colour one
     * @param rgb_swap the model reads BGR
     * @param input_name the picture's input if the model has several
     * Where model, input or sizes do not fit together the reason is logged, and get_model_input() is nullptr.
     */
    ImagePreprocessor(Model *model, const std::vector<float> &mean, const std::vector<float> &std,
                      bool rgb_swap = false, const std::string &input_name = "");
    /** The same for a tensor. */
    ImagePreprocessor(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std,
                      bool rgb_swap = false);

    /** Keep the picture's proportions from now on: scaled to fit, centred, the rest filled with this colour (RGB or
     * grey). */
    void enable_letterbox(const std::vector<uint8_t> &bg_value);

    /** Input pixels per pixel of the picture last prepared, or with `inv` the reverse. */
    float get_resize_scale_x(bool inv = false) const { return m_transformer.get_scale_x(inv); }
    float get_resize_scale_y(bool inv = false) const { return m_transformer.get_scale_y(inv); }
    /** Corner of the crop area, in the picture. */
    int get_crop_area_top_left_x();
    int get_crop_area_top_left_y();
    /** Corner of the picture in the input: 0 without letterbox. */
    int get_border_top();
    int get_border_left();
    TensorBase *get_model_input() const { return m_input; }
    /** The picture last prepared; its pixels may be gone. */
    const img_t &get_src_img() const { return m_transformer.get_src_img(); }

    /**
     * @param crop_area {x1, y1, x2, y2}, x2 and y2 exclusive; {}: all of the picture
     * @return what was wrong is also logged; the input is then unchanged
     */
    esp_err_t preprocess(const img_t &img, const std::vector<int> &crop_area = {});
    /** @param M 2x3 matrix from picture to input, or with `inv` from input to picture */
    esp_err_t preprocess(const img_t &img, const dl::math::Matrix<float> &M, bool inv = false);

private:
    void init(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std, bool rgb_swap);
    esp_err_t transform();

    TensorBase *m_input = nullptr;
    ImageTransformer m_transformer;
    bool m_letterbox = false;
    // Float inputs: the transformer writes bytes, which the table then maps.
    std::vector<float> m_float_table;
    std::vector<uint8_t> m_bytes;
};

}  // namespace image
}  // namespace dl
