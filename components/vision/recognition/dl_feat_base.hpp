/**
 * @file dl_feat_base.hpp
 * Feature extraction as an app sees it: a face in a picture in, a vector out.
 */
#pragma once

#include <vector>

#include "dl_feat_image_preprocessor.hpp"
#include "dl_feat_postprocessor.hpp"
#include "dl_model_base.hpp"

namespace dl {
namespace feat {

/**
 * Until ESP-DL 3.2, run() and m_feat_len were all of it: a class written then leaves the rest as it is here.
 */
class Feat {
public:
    virtual ~Feat() = default;
    /**
     * @param landmarks as FeatImagePreprocessor::preprocess() takes them
     * @return a feature of length 1; the extractor's, until the next run. nullptr, with a log line, if there is none
     */
    virtual TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) = 0;
    /** Values of a feature; 0 if the model cannot be loaded. */
    virtual int get_feat_len() { return m_feat_len; }
    /** The network, loaded now if it is not yet; nullptr if it cannot be loaded, or if the class does not give it. */
    virtual Model *get_raw_model();

    /** Values of a feature, where a class written for ESP-DL 3.0 or 3.1 sets it. Others: get_feat_len(). */
    int m_feat_len = 0;
};

/**
 * An extractor whose network is chosen when it is made. A derived class makes m_model in its constructor, or in
 * load_model(), which is called when the network is first needed.
 */
class FeatWrapper : public Feat {
public:
    ~FeatWrapper() override;
    TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) override;
    int get_feat_len() override;
    Model *get_raw_model() override;

protected:
    Feat *m_model = nullptr;

    /** Makes m_model. */
    virtual void load_model() {}

private:
    bool ensure_loaded();
};

/** One network with its pre- and postprocessing. A derived class makes the three. */
class FeatImpl : public Feat {
public:
    ~FeatImpl() override;
    TensorBase *run(const image::img_t &img, const std::vector<int> &landmarks) override;
    int get_feat_len() override;
    Model *get_raw_model() override;

protected:
    Model *m_model = nullptr;
    image::FeatImagePreprocessor *m_image_preprocessor = nullptr;
    FeatPostprocessor *m_postprocessor = nullptr;
};

}  // namespace feat
}  // namespace dl
