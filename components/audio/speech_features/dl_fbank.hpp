/**
 * @file dl_fbank.hpp
 * Mel filter banks.
 */
#pragma once

#include "dl_speech_features.hpp"

namespace dl {
namespace audio {

/**
 * The features of a frame: its energy, if the settings ask for it, then the output of each mel filter, by default as a
 * logarithm.
 */
class Fbank : public SpeechFeatureBase {
public:
    explicit Fbank(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);
    ~Fbank() override;

protected:
    void features(float *spectrum, float energy, float *output) override;
    /** Compute the filters' outputs. `mel` may be `spectrum`. */
    void mel_energies(const float *spectrum, float *mel) const;

private:
    mel_filter_t *m_mel_filter = nullptr;
};

}  // namespace audio
}  // namespace dl
