#include "dl_detect_yolo11_postprocessor.hpp"

#include "dl_detect_decode.hpp"

namespace dl {
namespace detect {

template <typename T>
void yolo11PostProcessor::parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                                      const anchor_point_stage_t &stage) {
    const T *scores = static_cast<const T *>(score->data);
    const T *boxes = static_cast<const T *>(box->data);
    const float score_scale = DL_SCALE(score->exponent);
    const float box_scale = DL_SCALE(box->exponent);
    const int width = score->shape[2];
    const int classes = score->shape[3];
    const Frame at = frame();
    for_each_above<false>(scores, score->size, quantized_threshold<T>(m_score_thr, score), [&](int i) {
        const int cell = i / classes;
        const int x = cell % width * stage.stride_x + stage.offset_x;
        const int y = cell / width * stage.stride_y + stage.offset_y;
        const T *sides = boxes + static_cast<size_t>(cell) * 4 * BINS;
        result_t result;
        result.category = i % classes;
        result.score = sigmoid(dequantize(scores[i], score_scale));
        result.box = {at.x(x - mean_bin<BINS>(sides, box_scale) * stage.stride_x),
                      at.y(y - mean_bin<BINS>(sides + BINS, box_scale) * stage.stride_y),
                      at.x(x + mean_bin<BINS>(sides + 2 * BINS, box_scale) * stage.stride_x),
                      at.y(y + mean_bin<BINS>(sides + 3 * BINS, box_scale) * stage.stride_y)};
        if (extra) {
            decode_extra(result, extra, cell, x, y, stage, at);
        }
        m_box_list.push_back(std::move(result));
    });
}

void yolo11PostProcessor::parse_stage(const TensorBase *score, const TensorBase *box, const TensorBase *extra,
                                      const anchor_point_stage_t &stage) {
    if (score->dtype == DATA_TYPE_INT8) {
        parse_stage<int8_t>(score, box, extra, stage);
    } else {
        parse_stage<int16_t>(score, box, extra, stage);
    }
}

void yolo11PostProcessor::decode_extra(result_t &, const TensorBase *, int, int, int, const anchor_point_stage_t &,
                                       const Frame &) const {}

bool yolo11PostProcessor::parse_stages(const char *extra_prefix, int extra_channels) {
    for (size_t i = 0; i < m_stages.size(); i++) {
        const std::string number = std::to_string(i);
        const TensorBase *score = output("score" + number, 0, nullptr);
        const TensorBase *box = score ? output("box" + number, 4 * BINS, score) : nullptr;
        const TensorBase *extra = box && extra_prefix ? output(extra_prefix + number, extra_channels, score) : nullptr;
        if (!box || (extra_prefix && !extra)) {
            m_box_list.clear();
            return false;
        }
        parse_stage(score, box, extra, m_stages[i]);
    }
    nms();
    return true;
}

void yolo11PostProcessor::postprocess() {
    parse_stages(nullptr, 0);
}

}  // namespace detect
}  // namespace dl
