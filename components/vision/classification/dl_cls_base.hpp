/**
 * @file dl_cls_base.hpp
 * A classifier as an app sees it: picture in, names out.
 */
#pragma once

#include <vector>

#include "dl_cls_postprocessor.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace cls {

/**
 * Until ESP-DL 3.2, run() was all of it: a class written then leaves the rest as it is here.
 */
class Cls {
public:
    virtual ~Cls() = default;
    /**
     * @param mode cores that the inference uses
     * @return best first; the classifier's, until the next run. Empty, with a log line, if the model could not be
     * loaded or the picture cannot be used
     */
    virtual std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) = 0;
    virtual Cls &set_topk(int topk);
    virtual Cls &set_score_thr(float score_thr);
    /** The network, loaded now if it is not yet; nullptr if it cannot be loaded, or if the class does not give it. */
    virtual Model *get_raw_model();
};

/**
 * A classifier whose network is chosen when it is made. A derived class makes m_model in its constructor, or in
 * load_model(), which is called when the network is first needed.
 */
class ClsWrapper : public Cls {
public:
    ~ClsWrapper() override;
    std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    Cls &set_topk(int topk) override;
    Cls &set_score_thr(float score_thr) override;
    Model *get_raw_model() override;

protected:
    Cls *m_model = nullptr;
    int m_topk = 0;
    float m_score_thr = 0;

    /** Makes m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();

    std::vector<result_t> m_nothing;
};

/** One network with its pre- and postprocessing. A derived class makes the three. */
class ClsImpl : public Cls {
public:
    ~ClsImpl() override;
    std::vector<result_t> &run(const image::img_t &img, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    Cls &set_topk(int topk) override;
    Cls &set_score_thr(float score_thr) override;
    Model *get_raw_model() override;

protected:
    Model *m_model = nullptr;
    image::ImagePreprocessor *m_image_preprocessor = nullptr;
    ClsPostprocessor *m_postprocessor = nullptr;

private:
    bool is_ready() const;

    std::vector<result_t> m_nothing;
};

}  // namespace cls
}  // namespace dl
