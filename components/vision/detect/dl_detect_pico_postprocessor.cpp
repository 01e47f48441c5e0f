#include "dl_detect_pico_postprocessor.hpp"

#include "dl_detect_decode.hpp"

namespace dl {
namespace detect {

template <typename T>
void PicoPostprocessor::parse_stage(const TensorBase *score, const TensorBase *box, const anchor_point_stage_t &stage) {
    const T *scores = static_cast<const T *>(score->data);
    const T *boxes = static_cast<const T *>(box->data);
    const float score_scale = DL_SCALE(score->exponent);
    const float box_scale = DL_SCALE(box->exponent);
    const int width = score->shape[2];
    const int classes = score->shape[3];
    const Frame at = frame();
    const T threshold = quantized<T>(m_score_thr * m_score_thr, score);
    for_each_above<false>(scores, score->size, threshold, [&](int i) {
        const int cell = i / classes;
        const int x = cell % width * stage.stride_x + stage.offset_x;
        const int y = cell / width * stage.stride_y + stage.offset_y;
        const T *sides = boxes + static_cast<size_t>(cell) * 4 * BINS;
        result_t result;
        result.category = i % classes;
        result.score = std::sqrt(dequantize(scores[i], score_scale));
        result.box = {at.x(x - mean_bin<BINS>(sides, box_scale) * stage.stride_x),
                      at.y(y - mean_bin<BINS>(sides + BINS, box_scale) * stage.stride_y),
                      at.x(x + mean_bin<BINS>(sides + 2 * BINS, box_scale) * stage.stride_x),
                      at.y(y + mean_bin<BINS>(sides + 3 * BINS, box_scale) * stage.stride_y)};
        m_box_list.push_back(std::move(result));
    });
}

void PicoPostprocessor::postprocess() {
    for (size_t i = 0; i < m_stages.size(); i++) {
        const std::string number = std::to_string(i);
        const TensorBase *score = output("score" + number, 0, nullptr);
        const TensorBase *box = score ? output("bbox" + number, 4 * BINS, score) : nullptr;
        if (!box) {
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
