#include "dl_detect_msr_postprocessor.hpp"

#include "dl_detect_decode.hpp"
#include "esp_log.h"

static const char *TAG = "dl_detect_msr";

namespace dl {
namespace detect {

template <typename T>
void MSRPostprocessor::parse_stage(const TensorBase *score, const TensorBase *box, const anchor_box_stage_t &stage) {
    const T *scores = static_cast<const T *>(score->data);
    const T *boxes = static_cast<const T *>(box->data);
    const float score_scale = DL_SCALE(score->exponent);
    const float box_scale = DL_SCALE(box->exponent);
    const int width = score->shape[2];
    const int anchors = static_cast<int>(stage.anchor_shape.size());
    const int classes = score->shape[3] / anchors;
    const Frame at = frame();
    for_each_above<false>(scores, score->size, quantized_threshold<T>(m_score_thr, score), [&](int i) {
        const int anchor = i / classes % anchors;
        const int cell = i / classes / anchors;
        const int anchor_height = stage.anchor_shape[anchor][0];
        const int anchor_width = stage.anchor_shape[anchor][1];
        const int left = cell % width * stage.stride_x + stage.offset_x - anchor_width / 2;
        const int top = cell / width * stage.stride_y + stage.offset_y - anchor_height / 2;
        const T *side = boxes + static_cast<size_t>(i) * 4;
        result_t result;
        result.category = i % classes;
        result.score = sigmoid(dequantize(scores[i], score_scale));
        result.box = {at.x(left + anchor_width * dequantize(side[0], box_scale)),
                      at.y(top + anchor_height * dequantize(side[1], box_scale)),
                      at.x(left + anchor_width + anchor_width * dequantize(side[2], box_scale)),
                      at.y(top + anchor_height + anchor_height * dequantize(side[3], box_scale))};
        m_box_list.push_back(std::move(result));
    });
}

void MSRPostprocessor::postprocess() {
    for (size_t i = 0; i < m_stages.size(); i++) {
        const std::string number = std::to_string(i);
        const TensorBase *score = output("score" + number, 0, nullptr);
        const TensorBase *box = score ? output("box" + number, score->shape[3] * 4, score) : nullptr;
        const int anchors = static_cast<int>(m_stages[i].anchor_shape.size());
        if (!box || anchors == 0 || score->shape[3] % anchors != 0) {
            ESP_LOGE(TAG, "stage %zu: no boxes for %d anchors", i, anchors);
            m_box_list.clear();
            return;
        }
        if (score->dtype == DATA_TYPE_INT8) {
            parse_stage<int8_t>(score, box, m_stages[i]);
        } else {
            parse_stage<int16_t>(score, box, m_stages[i]);
        }
    }
    nms();
}

}  // namespace detect
}  // namespace dl
