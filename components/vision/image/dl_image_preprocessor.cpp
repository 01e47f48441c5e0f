#include "dl_image_preprocessor.hpp"

#include <algorithm>
#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_image_preprocessor";

namespace dl {
namespace image {

TensorBase *ImagePreprocessor::find_input(Model *model, const std::string &input_name) {
    if (!model) {
        return nullptr;
    }
    auto &inputs = model->get_inputs();
    auto it = input_name.empty() ? (inputs.size() == 1 ? inputs.begin() : inputs.end()) : inputs.find(input_name);
    if (it == inputs.end()) {
        ESP_LOGE(TAG, "the model has %zu inputs: %s%s", inputs.size(),
                 input_name.empty() ? "the name of the picture's input is needed" : "none is named ",
                 input_name.c_str());
        return nullptr;
    }
    return it->second;
}

ImagePreprocessor::ImagePreprocessor(Model *model, const std::array<float, 3> &mean, const std::array<float, 3> &std,
                                     color_order_t order, const std::string &input_name) {
    init(find_input(model, input_name), {mean.begin(), mean.end()}, {std.begin(), std.end()}, order);
}

ImagePreprocessor::ImagePreprocessor(Model *model, float mean, float std, const std::string &input_name) {
    init(find_input(model, input_name), {mean}, {std}, color_order_t(false));
}

void ImagePreprocessor::init(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std,
                             color_order_t order) {
    const bool rgb_swap = order.rgb_swap();
    m_src_caps = order.caps & DL_IMAGE_CAP_RGB565_BIG_ENDIAN;
    if (!input) {
        ESP_LOGE(TAG, "no picture can be prepared without a model's input");
        return;
    }
    const std::vector<int> &shape = input->shape;
    const bool sized = shape.size() == 4 && shape[0] == 1 && shape[1] > 0 && shape[1] <= UINT16_MAX && shape[2] > 0 &&
                       shape[2] <= UINT16_MAX && (shape[3] == 1 || shape[3] == 3);
    if (!sized || !input->data) {
        ESP_LOGE(TAG, "input %s: a picture of shape [1, height, width, 1 or 3] is needed",
                 tool::shape_to_string(shape).c_str());
        return;
    }
    const size_t channels = shape[3];
    if (mean.size() != channels || std.size() != channels) {
        ESP_LOGE(TAG, "input of %zu channels: %zu means and %zu standard deviations given", channels, mean.size(),
                 std.size());
        return;
    }
    for (size_t channel = 0; channel < channels; channel++) {
        if (!std::isfinite(mean[channel]) || !std::isfinite(std[channel]) || std[channel] == 0) {
            ESP_LOGE(TAG, "channel %zu: mean %g and standard deviation %g: numbers are needed, the latter not 0",
                     channel, static_cast<double>(mean[channel]), static_cast<double>(std[channel]));
            return;
        }
    }
    img_t dst = {input->data, static_cast<uint16_t>(shape[2]), static_cast<uint16_t>(shape[1]), DL_IMAGE_PIX_TYPE_GRAY};
    switch (input->dtype) {
        case DATA_TYPE_INT8:
            dst.pix_type = channels == 1 ? DL_IMAGE_PIX_TYPE_GRAY_QINT8
                           : rgb_swap    ? DL_IMAGE_PIX_TYPE_BGR888_QINT8
                                         : DL_IMAGE_PIX_TYPE_RGB888_QINT8;
            break;
        case DATA_TYPE_INT16:
            dst.pix_type = channels == 1 ? DL_IMAGE_PIX_TYPE_GRAY_QINT16
                           : rgb_swap    ? DL_IMAGE_PIX_TYPE_BGR888_QINT16
                                         : DL_IMAGE_PIX_TYPE_RGB888_QINT16;
            break;
        case DATA_TYPE_FLOAT:
            dst.pix_type = channels == 1 ? DL_IMAGE_PIX_TYPE_GRAY
                           : rgb_swap    ? DL_IMAGE_PIX_TYPE_BGR888
                                         : DL_IMAGE_PIX_TYPE_RGB888;
            m_bytes.resize(dst.bytes());
            dst.data = m_bytes.data();
            for (size_t channel = 0; channel < channels; channel++) {
                for (int v = 0; v < 256; v++) {
                    m_float_table.push_back((static_cast<float>(v) - mean[channel]) * (1.f / std[channel]));
                }
            }
            break;
        default:
            ESP_LOGE(TAG, "input of type %s: int8, int16 or float is needed", input->get_dtype_string());
            return;
    }
    m_transformer.set_dst_img(dst);
    if (dst.pix_quant()) {
        const int bits = input->dtype == DATA_TYPE_INT8 ? 8 : 16;
        if (channels == 1) {
            m_transformer.set_norm_quant_param(mean[0], std[0], input->exponent, bits);
        } else {
            m_transformer.set_norm_quant_param({mean[0], mean[1], mean[2]}, {std[0], std[1], std[2]}, input->exponent,
                                               bits);
        }
        if (!m_transformer.has_norm_quant_param()) {
            return;  // a log line has told the reason
        }
    }
    m_input = input;
}

void ImagePreprocessor::enable_letterbox(const std::array<uint8_t, 3> &bg_value) {
    m_transformer.set_bg_value(bg_value);
    m_letterbox = true;
}

void ImagePreprocessor::enable_letterbox(uint8_t bg_value) {
    m_transformer.set_bg_value(bg_value);
    m_letterbox = true;
}

ImagePreprocessor::frame_t ImagePreprocessor::get_frame() const {
    const std::vector<int> &crop = m_transformer.get_src_img_crop_area();
    const std::vector<int> &border = m_transformer.get_dst_img_border();
    const bool cropped = crop.size() == 4;
    const bool bordered = border.size() == 4;
    const img_t &src = m_transformer.get_src_img();
    return {m_transformer.get_scale_x(true),
            m_transformer.get_scale_y(true),
            cropped ? crop[0] : 0,
            cropped ? crop[1] : 0,
            bordered ? border[2] : 0,
            bordered ? border[0] : 0,
            src.width,
            src.height};
}

esp_err_t ImagePreprocessor::preprocess(const img_t &img, const std::vector<int> &crop_area) {
    set_src_img(img);
    return resize(crop_area);
}

esp_err_t ImagePreprocessor::preprocess_nv12(const nv12_img_t &img, const std::vector<int> &crop_area) {
    m_transformer.set_src_nv12(img);
    return resize(crop_area);
}

esp_err_t ImagePreprocessor::resize(const std::vector<int> &crop_area) {
    if (!m_input) {
        return ESP_ERR_INVALID_STATE;  // the constructor has logged why
    }
    m_transformer.set_src_img_crop_area(crop_area).set_warp_affine_matrix({});
    if (m_letterbox) {
        // Sizes have 64 bits, because the crop area has not been checked yet.
        const bool cropped = crop_area.size() == 4;
        const int64_t src_width =
            cropped ? static_cast<int64_t>(crop_area[2]) - crop_area[0] : m_transformer.get_src_img().width;
        const int64_t src_height =
            cropped ? static_cast<int64_t>(crop_area[3]) - crop_area[1] : m_transformer.get_src_img().height;
        if (src_width > 0 && src_height > 0) {
            const img_t &dst = m_transformer.get_dst_img();
            const float scale =
                std::min(static_cast<float>(dst.width) / src_width, static_cast<float>(dst.height) / src_height);
            const int width = std::clamp(static_cast<int>(scale * src_width), 1, static_cast<int>(dst.width));
            const int height = std::clamp(static_cast<int>(scale * src_height), 1, static_cast<int>(dst.height));
            const int left = (dst.width - width) / 2;
            const int top = (dst.height - height) / 2;
            m_transformer.set_dst_img_border({top, dst.height - height - top, left, dst.width - width - left});
        }
    }
    return transform();
}

esp_err_t ImagePreprocessor::preprocess(const img_t &img, const dl::math::Matrix<float> &M, bool inv) {
    set_src_img(img);
    return warp(M, inv);
}

esp_err_t ImagePreprocessor::preprocess_nv12(const nv12_img_t &img, const dl::math::Matrix<float> &M, bool inv) {
    m_transformer.set_src_nv12(img);
    return warp(M, inv);
}

esp_err_t ImagePreprocessor::warp(const dl::math::Matrix<float> &M, bool inv) {
    if (!m_input) {
        return ESP_ERR_INVALID_STATE;
    }
    m_transformer.set_src_img_crop_area({}).set_dst_img_border({}).set_warp_affine_matrix(M, inv);
    return transform();
}

void ImagePreprocessor::set_src_img(const img_t &img) {
    m_transformer.set_src_img({img.data, img.width, img.height, apply_caps(img.pix_type, m_src_caps)});
}

esp_err_t ImagePreprocessor::transform() {
    const esp_err_t err = m_transformer.transform();
    if (err == ESP_OK && !m_float_table.empty()) {
        const size_t channels = m_float_table.size() / 256;
        float *out = static_cast<float *>(m_input->data);
        for (size_t i = 0; i < m_bytes.size(); i++) {
            out[i] = m_float_table[(i % channels) * 256 + m_bytes[i]];
        }
    }
    return err;
}

}  // namespace image
}  // namespace dl
