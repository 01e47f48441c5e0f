#include "dl_fbank.hpp"

namespace dl {
namespace audio {

Fbank::Fbank(const SpeechFeatureConfig config, uint32_t caps) : SpeechFeatureBase(config, caps) {
    m_feature_dim = m_config.num_mel_bins + (m_config.use_energy ? 1 : 0);
    if (m_ready) {
        m_mel_filter = mel_filter_init(m_fft_size, m_config.num_mel_bins, static_cast<int>(m_config.low_freq),
                                       static_cast<int>(m_config.high_freq), m_config.sample_rate, m_caps);
        m_ready = m_mel_filter != nullptr;
    }
}

Fbank::~Fbank() {
    mel_filter_deinit(m_mel_filter);
}

void Fbank::mel_energies(const float *spectrum, float *mel) const {
    mel_dotprod(spectrum, m_mel_filter, mel);
    take_log(mel, m_config.num_mel_bins);
}

void Fbank::features(float *spectrum, float energy, float *output) {
    if (m_config.use_energy) {
        *output++ = energy;
    }
    mel_energies(spectrum, output);
}

}  // namespace audio
}  // namespace dl
