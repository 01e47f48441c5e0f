/**
 * @file dl_detect_base.hpp
 * A detector as an app sees it: picture in, boxes out.
 */
#pragma once

#include <list>

#include "dl_detect_postprocessor.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace detect {

/**
 * Until ESP-DL 3.2, run() was all of it: a class written then leaves the rest as it is here.
 */
class Detect {
public:
    virtual ~Detect() = default;
    /** @return what was found; the detector's, until the next run. Empty, with a log line, if the model could not be
     * loaded */
    virtual std::list<result_t> &run(const image::img_t &img) = 0;
    /** @param idx stage of a detector with several */
    virtual Detect &set_score_thr(float score_thr, int idx);
    virtual Detect &set_nms_thr(float nms_thr, int idx);
    /** The network, loaded now if it is not yet; nullptr if it cannot be loaded, or if the class does not give it. */
    virtual Model *get_raw_model(int idx);
    /** Cores that an inference uses. At first: RUNTIME_MODE_SINGLE_CORE. Classes that know no such choice ignore it. */
    virtual void set_runtime_mode(runtime_mode_t) {}
};

/**
 * A detector whose network is chosen when it is made. A derived class makes m_model in its constructor, or in
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

    /** Makes m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();

    runtime_mode_t m_mode = RUNTIME_MODE_SINGLE_CORE;
    std::list<result_t> m_nothing;
};

/** One network with its pre- and postprocessing. A derived class makes the three. */
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
