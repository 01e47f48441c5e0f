/**
 * @file two_stage.hpp
 * A detector of two networks: the first finds candidates, the second looks at each of them.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dl_detect_base.hpp"
#include "dl_detect_mnp_postprocessor.hpp"
#include "model_file.hpp"

namespace espdl_tool {

/** MSR and MNP, ESP-DL's face detector. What stages are called by index: 0 the first, 1 the second. */
class TwoStageDetect : public dl::detect::Detect {
public:
    /** The preprocessing of both stages. */
    struct Input {
        std::vector<float> mean, std;
        bool bgr;
    };
    struct Thresholds {
        float score, nms;
        int top_k;
    };
    /**
     * @param path of the second stage's model
     * @return nullptr with the reason in `error`
     */
    static std::unique_ptr<TwoStageDetect> make(std::unique_ptr<dl::detect::Detect> first, const std::string &path,
                                                const Input &input, const Thresholds &thresholds, std::string &error);

    std::list<dl::detect::result_t> &run(const dl::image::img_t &img) override;
    dl::detect::Detect &set_score_thr(float score_thr, int idx) override;
    dl::detect::Detect &set_nms_thr(float nms_thr, int idx) override;
    dl::Model *get_raw_model(int idx) override;

    const ModelFile &second_file() const { return *m_file; }

private:
    std::unique_ptr<dl::detect::Detect> m_first;
    std::unique_ptr<ModelFile> m_file;
    std::unique_ptr<dl::Model> m_model;
    std::unique_ptr<dl::image::ImagePreprocessor> m_preprocessor;
    std::unique_ptr<dl::detect::MNPPostprocessor> m_postprocessor;
};

}  // namespace espdl_tool
