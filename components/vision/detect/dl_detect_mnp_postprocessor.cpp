#include "dl_detect_mnp_postprocessor.hpp"

#include "dl_detect_decode.hpp"

namespace dl {
namespace detect {

template <typename T>
void MNPPostprocessor::parse(const TensorBase *score, const TensorBase *box, const TensorBase *landmark,
                             const std::vector<int> &anchor) {
    constexpr int CLASSES = 2;
    constexpr int LANDMARKS = 5;
    const T *scores = static_cast<const T *>(score->data);
    const T *sides = static_cast<const T *>(box->data);
    const T *points = static_cast<const T *>(landmark->data);
    const float box_scale = DL_SCALE(box->exponent);
    const float landmark_scale = DL_SCALE(landmark->exponent);
    const Frame at = frame();

    float value[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
        value[i] = dequantize(scores[i], DL_SCALE(score->exponent));
    }
    const float highest = std::max(value[0], value[1]);
    float sum = 0;
    for (int i = 0; i < CLASSES; i++) {
        sum += std::exp(value[i] - highest);
    }
    result_t result;
    result.category = 0;
    result.score = static_cast<float>(1.0 / sum);
    if (!(result.score > m_score_thr)) {
        return;
    }
    const int height = anchor[0];
    const int width = anchor[1];
    auto x = [&](float in_model) { return truncate(in_model * at.inv_scale_x + at.crop_x); };
    auto y = [&](float in_model) { return truncate(in_model * at.inv_scale_y + at.crop_y); };
    result.box = {x(width * dequantize(sides[0], box_scale)), y(height * dequantize(sides[1], box_scale)),
                  x(width * dequantize(sides[2], box_scale) + width),
                  y(height * dequantize(sides[3], box_scale) + height)};
    for (int i = 0; i < LANDMARKS; i++) {
        result.keypoint.push_back(x(width * dequantize(points[2 * i], landmark_scale)));
        result.keypoint.push_back(y(height * dequantize(points[2 * i + 1], landmark_scale)));
    }
    m_box_list.push_back(std::move(result));
}

void MNPPostprocessor::postprocess() {
    const TensorBase *score = output("score", 2, nullptr);
    const TensorBase *box = score ? output("box", 4, score) : nullptr;
    const TensorBase *landmark = box ? output("landmark", 10, score) : nullptr;
    if (!landmark || m_stages.empty() || m_stages[0].anchor_shape.empty()) {
        return;
    }
    if (score->dtype == DATA_TYPE_INT8) {
        parse<int8_t>(score, box, landmark, m_stages[0].anchor_shape[0]);
    } else {
        parse<int16_t>(score, box, landmark, m_stages[0].anchor_shape[0]);
    }
}

}  // namespace detect
}  // namespace dl
