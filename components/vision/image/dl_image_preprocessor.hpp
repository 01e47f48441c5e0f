/**
 * @file dl_image_preprocessor.hpp
 * A picture becomes a model's input tensor.
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
 * The preprocessor crops, resizes (by the nearest pixel), adds a letterbox, swaps colours, normalizes and quantizes in
 * one pass. It writes directly to the model's input tensor: NHWC, one picture of one or three channels, of int8, int16
 * or float.
 */
class ImagePreprocessor {
public:
    /**
     * Where a picture lies in a model's input. Column x of the picture is column border_left + (x - crop_x) /
     * inv_scale_x of the input; rows likewise.
     */
    struct frame_t {
        float inv_scale_x;  ///< picture pixels per input pixel
        float inv_scale_y;
        int crop_x;  ///< top-left corner of the crop area, in the picture
        int crop_y;
        int border_left;  ///< top-left corner of the picture, in the input
        int border_top;
        uint16_t width;  ///< width of the picture
        uint16_t height;
    };

    /**
     * Make a preprocessor for a model that reads colours. If model, input and sizes do not fit together, a log line
     * says so, and get_model_input() returns nullptr.
     * @param mean, std values for each of the model's channels, on the scale 0 to 255
     * @param order true: the model reads BGR (ESP-DL's name is rgb_swap). The flags of 3.2 are accepted, too
     * @param input_name name of the input that takes the picture, if the model has several
     */
    ImagePreprocessor(Model *model, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                      color_order_t order = false, const std::string &input_name = "");
    /** Make a preprocessor for a model that reads grey pictures. */
    ImagePreprocessor(Model *model, float mean, float std, const std::string &input_name = "");
    /** Make a preprocessor for a grey model by one value, or for a colour model by three. */
    template <std::same_as<std::vector<float>> Values>
    ImagePreprocessor(Model *model, const Values &mean, const Values &std, color_order_t order = false,
                      const std::string &input_name = "") {
        init(find_input(model, input_name), mean, std, order);
    }
    /** Make a preprocessor for a tensor, without a model. */
    template <std::derived_from<TensorBase> Tensor>
    ImagePreprocessor(Tensor *input, const std::vector<float> &mean, const std::vector<float> &std,
                      color_order_t order = false) {
        init(input, mean, std, order);
    }

    /**
     * Keep pictures' proportions from now on: a picture is scaled until it fits and put into the middle. The rest is
     * filled with this colour, RGB or grey.
     */
    void enable_letterbox(const std::array<uint8_t, 3> &bg_value = {});
    void enable_letterbox(uint8_t bg_value = 0);

    /**
     * Return where the picture that was preprocessed last lies in the model's input. A postprocessor converts
     * coordinates with it.
     */
    frame_t get_frame() const;
    /** Return the input pixels per pixel of the last picture, or with `inv` the reciprocal. */
    float get_resize_scale_x(bool inv = false) const { return m_transformer.get_scale_x(inv); }
    float get_resize_scale_y(bool inv = false) const { return m_transformer.get_scale_y(inv); }
    /** Return the top-left corner of the crop area, in the picture. */
    int get_crop_area_top_left_x() const { return get_frame().crop_x; }
    int get_crop_area_top_left_y() const { return get_frame().crop_y; }
    /** Return the top-left corner of the crop area. ESP-DL up to 3.1.3 has these names. */
    float get_top_left_x() const { return static_cast<float>(get_frame().crop_x); }
    float get_top_left_y() const { return static_cast<float>(get_frame().crop_y); }
    /** Return the top-left corner of the picture in the input: 0 without letterbox. */
    int get_border_top() const { return get_frame().border_top; }
    int get_border_left() const { return get_frame().border_left; }
    TensorBase *get_model_input() const { return m_input; }
    /** Return the picture that was preprocessed last. Its pixels may have been freed. */
    const img_t &get_src_img() const { return m_transformer.get_src_img(); }

    /**
     * @param crop_area {x1, y1, x2, y2}, x2 and y2 exclusive; {}: all of the picture
     * @return an error, with a log line, leaves the input unchanged
     */
    esp_err_t preprocess(const img_t &img, const std::vector<int> &crop_area = {});
    /** @param M 2x3 matrix that maps the picture to the input, or with `inv` the input to the picture */
    esp_err_t preprocess(const img_t &img, const dl::math::Matrix<float> &M, bool inv = false);
    /**
     * Preprocess a picture in NV12 without converting it first. The input gets the values that convert_nv12() to RGB888
     * (to GRAY for a grey model) and preprocess() would give.
     */
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
    uint32_t m_src_caps = 0;  // flags, for every picture
    // For a float input, the transformer writes bytes, and the table maps them to floats.
    std::vector<float> m_float_table;
    std::vector<uint8_t> m_bytes;
};

}  // namespace image
}  // namespace dl
