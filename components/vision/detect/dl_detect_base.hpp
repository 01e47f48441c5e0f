/**
 * @file dl_detect_base.hpp
 * The interface of a detector: a picture in, boxes out.
 */
#pragma once

#include <list>

#include "dl_detect_postprocessor.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace detect {

/**
 * The interface of all detectors. Up to ESP-DL 3.2 it was run() alone: the other methods have defaults, so that classes
 * of that time still compile.
 */
class Detect {
public:
    virtual ~Detect() = default;
    /**
     * @return what was found. The list belongs to the detector and is valid until the next run. It is empty, with a log
     * line, if the model could not be loaded
     */
    virtual std::list<result_t> &run(const image::img_t &img) = 0;
    /** @param idx number of the stage, for a detector that has several */
    virtual Detect &set_score_thr(float score_thr, int idx);
    virtual Detect &set_nms_thr(float nms_thr, int idx);
    /**
     * Return the network, and load it first if need be. The result is nullptr if the network cannot be loaded, or if
     * the class does not hand it out.
     */
    virtual Model *get_raw_model(int idx);
    /**
     * Choose the cores that an inference uses; RUNTIME_MODE_SINGLE_CORE is the default. A class without this choice
     * ignores the call.
     */
    virtual void set_runtime_mode(runtime_mode_t) {}
};

/**
 * A detector that forwards to another one, m_model. A derived class makes m_model in its constructor, or in
 * load_model(), which is called when the network is first needed.
 */
class DetectWrapper : public Detect {
public:
    ~DetectWrapper() override;
    std::list<result_t> &run(const image::img_t &img) override;
    Detect &set_score_thr(float score_thr, int idx = 0) override;
    Detect &set_nms_thr(float nms_thr, int idx = 0) override;
    Model *get_raw_model(int idx = 0) override;
    void set_runtime_mode(runtime_mode_t mode) override;

protected:
    Detect *m_model = nullptr;
    float m_score_thr[2] = {0, 0};
    float m_nms_thr[2] = {0, 0};

    /** Make m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();

    runtime_mode_t m_mode = RUNTIME_MODE_SINGLE_CORE;
    std::list<result_t> m_nothing;
};

/** A network with its preprocessor and its postprocessor. A derived class makes all three. */
class DetectImpl : public Detect {
public:
    ~DetectImpl() override;
    std::list<result_t> &run(const image::img_t &img) override;
    Detect &set_score_thr(float score_thr, int idx = 0) override;
    Detect &set_nms_thr(float nms_thr, int idx = 0) override;
    Model *get_raw_model(int idx = 0) override;
    void set_runtime_mode(runtime_mode_t mode) override;

protected:
    Model *m_model = nullptr;
    image::ImagePreprocessor *m_image_preprocessor = nullptr;
    DetectPostprocessor *m_postprocessor = nullptr;

private:
    bool is_ready() const;

    runtime_mode_t m_mode = RUNTIME_MODE_SINGLE_CORE;
    std::list<result_t> m_nothing;
};

}  // namespace detect
}  // namespace dl
