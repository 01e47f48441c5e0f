/**
 * @file dl_fbank.hpp
 * Mel filter banks.
 */
#pragma once

#include "dl_speech_features.hpp"

namespace dl {
namespace audio {

/** Per frame: the energy if asked for, then the (logarithmic) output of each mel filter. */
class Fbank : public SpeechFeatureBase {
public:
    explicit Fbank(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);
    ~Fbank() override;

protected:
    void features(float *spectrum, float energy, float *output) override;
    /** The filters' outputs, in place or elsewhere. */
    void mel_energies(const float *spectrum, float *mel) const;

private:
    mel_filter_t *m_mel_filter = nullptr;
};

}  // namespace audio
}  // namespace dl
