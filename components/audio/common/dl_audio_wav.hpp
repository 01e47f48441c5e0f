/**
 * @file dl_audio_wav.hpp
 * Reading of WAV files.
 */
#pragma once

#include <cstdint>

namespace dl {
namespace audio {

/** Sound in memory. */
typedef struct {
    int16_t *data;        ///< samples, channels interleaved
    uint32_t length;      ///< samples of all channels together
    int sample_rate;      ///< Hz
    int bits_per_sample;  ///< 16
    int channels;
} dl_audio_t;

/**
 * Decode a WAV file of 16-bit PCM.
 * @return the sound, which free_audio() frees; nullptr, with a log line, on failure
 */
dl_audio_t *decode_wav(const uint8_t *data, int data_len);
/** Free a sound. nullptr is allowed. */
void free_audio(dl_audio_t *audio);

/** Log rate, bits, channels and length. */
void print_audio_info(dl_audio_t *data);

}  // namespace audio
}  // namespace dl
