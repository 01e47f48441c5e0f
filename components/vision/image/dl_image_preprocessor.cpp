#include "dl_image_preprocessor.hpp"

#include <algorithm>
#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_image_preprocessor";

namespace dl {
namespace image {

ImagePreprocessor::ImagePreprocessor(Model *model, const std::vector<float> &mean, const std::vector<float> &std,
                                     bool rgb_swap, const std::string &input_name) {
    TensorBase *input = nullptr;
    if (model) {
        auto &inputs = model->get_inputs();
        auto it = input_name.empty() ? (inputs.size() == 1 ? inputs.begin() : inputs.end()) : inputs.find(input_name);
        if (it == inputs.end()) {
            ESP_LOGE(TAG, "the model has %zu inputs: %s%s", inputs.size(),
                     input_name.empty() ? "the name of the picture's input is needed" : "none is named ",
                     input_name.c_str());
            return;
        }
        input = it->second;
    }
    init(input, mean, std, rgb_swap);
}

ImagePreprocessor::ImagePreprocessor(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std,
                                     bool rgb_swap) {
    init(input, mean, std, rgb_swap);
}

void ImagePreprocessor::init(TensorBase *input, const std::vector<float> &mean, const std::vector<float> &std,
                             bool rgb_swap) {
    if (!input) {
        ESP_LOGE(TAG, "no model, or no input");
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
    img_t dst = {input->data, (uint16_t)shape[2], (uint16_t)shape[1], DL_IMAGE_PIX_TYPE_GRAY};
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
                    m_float_table.push_back(((float)v - mean[channel]) * (1.f / std[channel]));
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
    }
    m_input = input;
}

void ImagePreprocessor::enable_letterbox(const std::vector<uint8_t> &bg_value) {
    if (bg_value.size() == 3) {
        m_transformer.set_bg_value({bg_value[0], bg_value[1], bg_value[2]});
    } else if (bg_value.size() == 1) {
        m_transformer.set_bg_value(bg_value[0]);
    } else {
        ESP_LOGE(TAG, "letterbox: a colour has one or three values, not %zu", bg_value.size());
        return;
    }
    m_letterbox = true;
}

int ImagePreprocessor::get_crop_area_top_left_x() {
    const std::vector<int> &crop = m_transformer.get_src_img_crop_area();
    return crop.empty() ? 0 : crop[0];
}

int ImagePreprocessor::get_crop_area_top_left_y() {
    const std::vector<int> &crop = m_transformer.get_src_img_crop_area();
    return crop.empty() ? 0 : crop[1];
}

int ImagePreprocessor::get_border_top() {
    const std::vector<int> &border = m_transformer.get_dst_img_border();
    return border.empty() ? 0 : border[0];
}

int ImagePreprocessor::get_border_left() {
    const std::vector<int> &border = m_transformer.get_dst_img_border();
    return border.empty() ? 0 : border[2];
}

esp_err_t ImagePreprocessor::preprocess(const img_t &img, const std::vector<int> &crop_area) {
    if (!m_input) {
        return ESP_ERR_INVALID_STATE;  // the constructor has said why
    }
    m_transformer.set_src_img(img).set_src_img_crop_area(crop_area).set_warp_affine_matrix({});
    if (m_letterbox) {
        const int src_width = crop_area.size() == 4 ? crop_area[2] - crop_area[0] : img.width;
        const int src_height = crop_area.size() == 4 ? crop_area[3] - crop_area[1] : img.height;
        if (src_width > 0 && src_height > 0) {
            const img_t &dst = m_transformer.get_dst_img();
            const float scale = std::min((float)dst.width / src_width, (float)dst.height / src_height);
            const int width = std::clamp((int)(scale * src_width), 1, (int)dst.width);
            const int height = std::clamp((int)(scale * src_height), 1, (int)dst.height);
            const int left = (dst.width - width) / 2;
            const int top = (dst.height - height) / 2;
            m_transformer.set_dst_img_border({top, dst.height - height - top, left, dst.width - width - left});
        }
    }
    return transform();
}

esp_err_t ImagePreprocessor::preprocess(const img_t &img, const dl::math::Matrix<float> &M, bool inv) {
    if (!m_input) {
        return ESP_ERR_INVALID_STATE;
    }
    m_transformer.set_src_img(img).set_src_img_crop_area({}).set_dst_img_border({}).set_warp_affine_matrix(M, inv);
    return transform();
}

esp_err_t ImagePreprocessor::transform() {
    const esp_err_t err = m_transformer.transform();
    if (err == ESP_OK && !m_float_table.empty()) {
        const size_t channels = m_float_table.size() / 256;
        float *out = (float *)m_input->data;
        for (size_t i = 0; i < m_bytes.size(); i++) {
            out[i] = m_float_table[(i % channels) * 256 + m_bytes[i]];
        }
    }
    return err;
}

}  // namespace image
}  // namespace dl
