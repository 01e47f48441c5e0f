#include "two_stage.hpp"

#include <algorithm>

#include "log_capture.hpp"

namespace espdl_tool {

namespace {

/** The square around a candidate, within the picture: what the second stage was trained on. */
void make_square(dl::detect::result_t &candidate, const dl::image::img_t &img) {
    std::vector<int> &box = candidate.box;
    const int side = std::max(box[2] - box[0], box[3] - box[1]);
    const int left = (box[0] + box[2]) / 2 - side / 2, top = (box[1] + box[3]) / 2 - side / 2;
    box = {left, top, left + side, top + side};
    candidate.limit_box(img.width, img.height);
}

}  // namespace

std::unique_ptr<TwoStageDetect> TwoStageDetect::make(std::unique_ptr<dl::detect::Detect> first, const std::string &path,
                                                     const Input &input, const Thresholds &thresholds,
                                                     std::string &error) {
    auto detect = std::make_unique<TwoStageDetect>();
    detect->m_file = ModelFile::open(path, {}, error);
    if (!detect->m_file) {
        return nullptr;
    }
    LogCapture log;
    detect->m_model = std::make_unique<dl::Model>(&detect->m_file->model());
    dl::Model *model = detect->m_model.get();
    if (!model->is_ready()) {
        error = "'" + path + "': " + log.errors();
        return nullptr;
    }
    for (const char *output : {"score", "box", "landmark"}) {
        if (!model->get_outputs().count(output)) {
            error = "'" + path + "' has no output '" + output + "': it is no second stage";
            return nullptr;
        }
    }
    if (model->get_inputs().size() != 1) {
        error = "'" + path + "' has " + std::to_string(model->get_inputs().size()) + " inputs: it is no second stage";
        return nullptr;
    }
    detect->m_preprocessor = std::make_unique<dl::image::ImagePreprocessor>(model, input.mean, input.std, input.bgr);
    const std::vector<dl::detect::anchor_box_stage_t> stages = {{1, 1, 0, 0, {{48, 48}}}};
    detect->m_postprocessor = std::make_unique<dl::detect::MNPPostprocessor>(
        model, detect->m_preprocessor.get(), thresholds.score, thresholds.nms, thresholds.top_k, stages);
    if (!log.errors().empty()) {
        error = "'" + path + "': " + log.errors();
        return nullptr;
    }
    detect->m_first = std::move(first);
    return detect;
}

std::list<dl::detect::result_t> &TwoStageDetect::run(const dl::image::img_t &img) {
    m_postprocessor->clear_result();
    for (dl::detect::result_t candidate : m_first->run(img)) {
        make_square(candidate, img);
        if (m_preprocessor->preprocess(img, candidate.box) == ESP_OK) {
            m_model->run();
            m_postprocessor->postprocess();
        }
    }
    m_postprocessor->nms();
    return m_postprocessor->get_result(img.width, img.height);
}

dl::detect::Detect &TwoStageDetect::set_score_thr(float score_thr, int idx) {
    if (idx == 0) {
        m_first->set_score_thr(score_thr, 0);
    } else {
        m_postprocessor->set_score_thr(score_thr);
    }
    return *this;
}

dl::detect::Detect &TwoStageDetect::set_nms_thr(float nms_thr, int idx) {
    if (idx == 0) {
        m_first->set_nms_thr(nms_thr, 0);
    } else {
        m_postprocessor->set_nms_thr(nms_thr);
    }
    return *this;
}

dl::Model *TwoStageDetect::get_raw_model(int idx) {
    return idx == 0 ? m_first->get_raw_model(0) : m_model.get();
}

}  // namespace espdl_tool
