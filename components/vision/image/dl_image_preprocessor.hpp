/**
 * @file dl_image_preprocessor.hpp
 * From a picture to a model's input tensor.
 */
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include "dl_image.hpp"  // apps written for ESP-DL 3.0 and 3.1 include no more than this header
#include "dl_image_caps.hpp"
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
    /** A picture in a model's input: x in the input is border_left + (x in the picture - crop_x) / inv_scale_x. */
    struct frame_t {
        float inv_scale_x;  ///< picture pixels per input pixel
        float inv_scale_y;
        int crop_x;  ///< corner of the crop area, in the picture
        int crop_y;
        int border_left;  ///< corner of the picture, in the input
        int border_top;
        uint16_t width;  ///< of the picture
        uint16_t height;
    };

    /**
     * For a colour model.
     * @param mean, std of each of the model's channels, on the scale 0 to 255
     * @param order `true`: the model reads BGR (ESP-DL calls it rgb_swap); the flags of 3.2 are taken, too
     * @param input_name the picture's input if the model has several
     * Where model, input or sizes do not fit together the reason is logged, and get_model_input() is nullptr.
     */
    ImagePreprocessor(Model *model, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                      color_order_t order = false, const std::string &input_name = "");
    /** For a grey model. */
    ImagePreprocessor(Model *model, float mean, float std, const std::string &input_name = "");
    /** For either: one value or three. */
    template <std::same_as<std::vector<float>> Values>
    ImagePreprocessor(Model *model, const Values &mean, const Values &std, color_order_t order = false,
                      const std::string &input_name = "") {
        init(find_input(model, input_name), mean, std, order);
    }
    /** The same for a tensor. */
    template <std::derived_from<TensorBase> Tensor>
    ImagePreprocessor(Tensor *input, const std::vector<float> &mean, const std::vector<float> &std,
                      color_order_t order = false) {
        init(input, mean, std, order);
    }

    /** Keep the picture's proportions from now on: scaled to fit, centred, the rest filled with this colour (RGB or
     * grey). */
    void enable_letterbox(const std::array<uint8_t, 3> &bg_value = {});
    void enable_letterbox(uint8_t bg_value = 0);

    /** How the picture last prepared lies in the model's input: all that a postprocessor needs to bring results back.
     */
    frame_t get_frame() const;
    /** Input pixels per pixel of the picture last prepared, or with `inv` the reverse. */
    float get_resize_scale_x(bool inv = false) const { return m_transformer.get_scale_x(inv); }
    float get_resize_scale_y(bool inv = false) const { return m_transformer.get_scale_y(inv); }
    /** Corner of the crop area, in the picture. */
    int get_crop_area_top_left_x() const { return get_frame().crop_x; }
    int get_crop_area_top_left_y() const { return get_frame().crop_y; }
    /** The same, as up to ESP-DL 3.1.3. */
    float get_top_left_x() const { return static_cast<float>(get_frame().crop_x); }
    float get_top_left_y() const { return static_cast<float>(get_frame().crop_y); }
    /** Corner of the picture in the input: 0 without letterbox. */
    int get_border_top() const { return get_frame().border_top; }
    int get_border_left() const { return get_frame().border_left; }
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
    /** The same of NV12, without a picture in between: its values are those of convert_nv12() to RGB888 (GRAY for a
     * grey model) and preprocess(). */
    esp_err_t preprocess_nv12(const nv12_img_t &img, const std::vector<int> &crop_area = {});
    esp_err_t preprocess_nv12(const nv12_img_t &img, const dl::math::Matrix<float> &M, bool inv = false);

private:
    static TensorBase *find_input(Model *model, const std::string &input_name);
    void init(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std, color_order_t order);
    void set_src_img(const img_t &img);
    esp_err_t resize(const std::vector<int> &crop_area);
    esp_err_t warp(const dl::math::Matrix<float> &M, bool inv);
    esp_err_t transform();

    TensorBase *m_input = nullptr;
    ImageTransformer m_transformer;
    bool m_letterbox = false;
    uint32_t m_src_caps = 0;  // what flags say of the pictures to come
    // Float inputs: the transformer writes bytes, which the table then maps.
    std::vector<float> m_float_table;
    std::vector<uint8_t> m_bytes;
};

}  // namespace image
}  // namespace dl
