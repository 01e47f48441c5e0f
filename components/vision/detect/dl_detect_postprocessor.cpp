#include "dl_detect_postprocessor.hpp"

#include <algorithm>
#include <cmath>

#include "dl_detect_decode.hpp"
#include "esp_log.h"

static const char *TAG = "dl_detect_postprocessor";

namespace dl {
namespace detect {

namespace {
int limit(int v, int n) {
    return std::clamp(v, 0, std::max(n - 1, 0));
}
}  // namespace

void result_t::limit_box(int width, int height) {
    for (size_t i = 0; i < box.size(); i++) {
        box[i] = limit(box[i], i % 2 ? height : width);
    }
}

void result_t::limit_keypoint(int width, int height) {
    for (size_t i = 0; i < keypoint.size(); i++) {
        keypoint[i] = limit(keypoint[i], i % 2 ? height : width);
    }
}

DetectPostprocessor::DetectPostprocessor(Model *model, image::ImagePreprocessor *image_preprocessor, float score_thr,
                                         float nms_thr, int top_k)
    : m_model(model),
      m_image_preprocessor(image_preprocessor),
      m_score_thr(score_thr),
      m_nms_thr(nms_thr),
      m_top_k(top_k) {
    if (model) {
        m_outputs = model->get_outputs();
    }
}

DetectPostprocessor::DetectPostprocessor(const std::map<std::string, TensorBase *> &outputs,
                                         image::ImagePreprocessor *image_preprocessor, float score_thr, float nms_thr,
                                         int top_k)
    : m_outputs(outputs),
      m_image_preprocessor(image_preprocessor),
      m_score_thr(score_thr),
      m_nms_thr(nms_thr),
      m_top_k(top_k) {}

int DetectPostprocessor::Frame::x(float in_model) const {
    return truncate((in_model - left) * inv_scale_x);
}
int DetectPostprocessor::Frame::y(float in_model) const {
    return truncate((in_model - top) * inv_scale_y);
}
int DetectPostprocessor::Frame::x(double in_model) const {
    return truncate((in_model - left) * inv_scale_x);
}
int DetectPostprocessor::Frame::y(double in_model) const {
    return truncate((in_model - top) * inv_scale_y);
}

DetectPostprocessor::Frame DetectPostprocessor::frame() const {
    if (!m_image_preprocessor) {
        return {1 / m_resize_scale_x, 1 / m_resize_scale_y, 0, 0, truncate(m_top_left_x), truncate(m_top_left_y)};
    }
    const image::ImagePreprocessor::frame_t f = m_image_preprocessor->get_frame();
    return {f.inv_scale_x, f.inv_scale_y, f.border_left, f.border_top, f.crop_x, f.crop_y};
}

void DetectPostprocessor::set_scale(float &member, float scale) {
    if (!(scale > 0)) {
        ESP_LOGE(TAG, "a picture cannot lie in the model's input at a scale of %f", scale);
        return;
    }
    member = scale;
}

TensorBase *DetectPostprocessor::output(const std::string &name, int channels, const TensorBase *like) const {
    auto it = m_outputs.find(name);
    if (it == m_outputs.end() || !it->second || !it->second->data) {
        ESP_LOGE(TAG, "the model has no output named %s", name.c_str());
        return nullptr;
    }
    TensorBase *tensor = it->second;
    const std::vector<int> &shape = tensor->shape;
    const bool typed = tensor->dtype == DATA_TYPE_INT8 || tensor->dtype == DATA_TYPE_INT16;
    bool fits = typed && shape.size() == 4 && shape[0] == 1 && (channels == 0 || shape[3] >= channels);
    if (fits && like) {
        fits = tensor->dtype == like->dtype && shape[1] == like->shape[1] && shape[2] == like->shape[2];
    }
    if (!fits) {
        ESP_LOGE(TAG, "output %s is %s %s: [1, height, width, %d] of int8 or int16 is needed%s%s", name.c_str(),
                 tensor->get_dtype_string(), tool::shape_to_string(shape).c_str(), channels, like ? ", as " : "",
                 like ? tool::shape_to_string(like->shape).c_str() : "");
        return nullptr;
    }
    if (channels > 0 && shape[3] > channels && !m_misread) {
        // The chip does not stop here either. The results are those that it prints.
        ESP_LOGW(TAG,
                 "output %s has %d channels for each position, this postprocessor reads %d: it does not suit the model",
                 name.c_str(), shape[3], channels);
        m_misread = true;
    }
    return tensor;
}

void DetectPostprocessor::nms() {
    // A derived class may add anything. Sorting and overlaps need boxes, and scores that are numbers.
    m_box_list.remove_if([](const result_t &r) { return r.box.size() != 4 || std::isnan(r.score); });
    if (m_top_k <= 0) {
        m_box_list.clear();
    }
    m_box_list.sort(greater_box);  // stable: of equal scores, the one found first stays first
    // Lengths are whole numbers in double, so that the area of no box overflows.
    auto length = [](int first, int last) { return static_cast<double>(last) - first + 1; };
    int kept = 0;
    for (auto best = m_box_list.begin(); best != m_box_list.end(); ++best) {
        if (++kept >= m_top_k) {
            m_box_list.erase(std::next(best), m_box_list.end());
            return;
        }
        const std::vector<int> &a = best->box;
        const double best_area = length(a[0], a[2]) * length(a[1], a[3]);
        m_box_list.erase(std::remove_if(std::next(best), m_box_list.end(),
                                        [&](const result_t &other) {
                                            const std::vector<int> &b = other.box;
                                            const double width = length(std::max(a[0], b[0]), std::min(a[2], b[2]));
                                            const double height = length(std::max(a[1], b[1]), std::min(a[3], b[3]));
                                            if (width <= 0 || height <= 0) {
                                                return false;
                                            }
                                            const double common = width * height;
                                            const double other_area = length(b[0], b[2]) * length(b[1], b[3]);
                                            return static_cast<float>(common) /
                                                       static_cast<float>(best_area + other_area - common) >
                                                   m_nms_thr;
                                        }),
                         m_box_list.end());
    }
}

std::list<result_t> &DetectPostprocessor::get_result(int width, int height) {
    for (result_t &result : m_box_list) {
        result.limit_box(width, height);
        result.limit_keypoint(width, height);
    }
    return m_box_list;
}

}  // namespace detect
}  // namespace dl
