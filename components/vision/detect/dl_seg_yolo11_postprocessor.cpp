#include "dl_seg_yolo11_postprocessor.hpp"

#include "dl_detect_decode.hpp"

namespace dl {
namespace detect {

void yolo11segPostProcessor::decode_extra(result_t &result, const TensorBase *coefficients, int cell, int, int,
                                          const anchor_point_stage_t &, const Frame &) const {
    const float scale = DL_SCALE(coefficients->exponent);
    result.mask_coeff.resize(PROTOTYPES);
    with_type(coefficients, [&](auto *type) {
        const auto *value = static_cast<decltype(type)>(coefficients->data) + static_cast<size_t>(cell) * PROTOTYPES;
        for (int i = 0; i < PROTOTYPES; i++) {
            result.mask_coeff[i] = dequantize(value[i], scale);
        }
    });
}

void yolo11segPostProcessor::add_mask(result_t &result, const TensorBase *prototypes) const {
    const int rows = prototypes->shape[1];
    const int columns = prototypes->shape[2];
    const std::vector<int> &input = m_image_preprocessor->get_model_input()->shape;
    const float ratio_x = static_cast<float>(columns) / static_cast<float>(input[2]);
    const float ratio_y = static_cast<float>(rows) / static_cast<float>(input[1]);
    const Frame at = frame();
    // Convert a column of the picture to one of the model's input, then to one of the prototypes. Both steps truncate.
    auto column = [&](int x) {
        const int in_model = truncate(x * (1.f / at.inv_scale_x) + at.left);
        return std::clamp(static_cast<int>(in_model * ratio_x), 0, columns - 1);
    };
    auto row = [&](int y) {
        const int in_model = truncate(y * (1.f / at.inv_scale_y) + at.top);
        return std::clamp(static_cast<int>(in_model * ratio_y), 0, rows - 1);
    };
    const int left = column(result.box[0]);
    const int top = row(result.box[1]);
    const int mask_width = column(result.box[2]) - left;
    const int mask_height = row(result.box[3]) - top;
    const int width = result.box[2] - result.box[0];
    const int height = result.box[3] - result.box[1];
    if (mask_width <= 0 || mask_height <= 0 || width <= 0 || height <= 0) {
        return;
    }
    const float scale = DL_SCALE(prototypes->exponent);
    std::vector<uint8_t> small(static_cast<size_t>(mask_width) * mask_height);
    with_type(prototypes, [&](auto *type) {
        const auto *first = static_cast<decltype(type)>(prototypes->data);
        for (int y = 0; y < mask_height; y++) {
            const auto *value = first + (static_cast<size_t>(top + y) * columns + left) * PROTOTYPES;
            for (int x = 0; x < mask_width; x++, value += PROTOTYPES) {
                float sum = 0;
                for (int i = 0; i < PROTOTYPES; i++) {
                    sum += result.mask_coeff[i] * dequantize(value[i], scale);
                }
                small[static_cast<size_t>(y) * mask_width + x] = sum > 0;
            }
        }
    });
    result.mask.resize(static_cast<size_t>(width) * height);
    for (int y = 0; y < height; y++) {
        const uint8_t *in =
            small.data() + static_cast<size_t>(static_cast<int64_t>(y) * mask_height / height) * mask_width;
        for (int x = 0; x < width; x++) {
            result.mask[static_cast<size_t>(y) * width + x] = in[static_cast<int64_t>(x) * mask_width / width];
        }
    }
}

void yolo11segPostProcessor::postprocess() {
    const TensorBase *prototypes = output("p", PROTOTYPES, nullptr);
    if (!prototypes || !m_image_preprocessor || !m_image_preprocessor->get_model_input() ||
        !parse_stages("mc", PROTOTYPES)) {
        m_box_list.clear();
        return;
    }
    const image::img_t &picture = m_image_preprocessor->get_src_img();
    for (result_t &result : m_box_list) {
        result.limit_box(picture.width,
                         picture.height);  // limited first, so that the mask has the size of the final box
        add_mask(result, prototypes);
    }
}

}  // namespace detect
}  // namespace dl
