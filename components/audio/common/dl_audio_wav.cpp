#include "dl_audio_wav.hpp"

#include <cstring>

#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_audio_wav";

namespace dl {
namespace audio {

namespace {

constexpr uint16_t PCM = 1;
constexpr uint16_t EXTENSIBLE = 0xFFFE;  // the format's real number follows in the chunk
constexpr size_t RIFF_HEADER = 12;
constexpr size_t CHUNK_HEADER = 8;

uint16_t get16(const uint8_t *p) {
    return static_cast<uint16_t>(p[0] | p[1] << 8);
}
uint32_t get32(const uint8_t *p) {
    return static_cast<uint32_t>(get16(p)) | static_cast<uint32_t>(get16(p + 2)) << 16;
}

struct Chunks {
    const uint8_t *format = nullptr;
    uint32_t format_size = 0;
    const uint8_t *samples = nullptr;
    uint32_t samples_size = 0;
};

bool find_chunks(const uint8_t *data, size_t size, Chunks *chunks) {
    if (!data || size < RIFF_HEADER || std::memcmp(data, "RIFF", 4) != 0 || std::memcmp(data + 8, "WAVE", 4) != 0) {
        ESP_LOGE(TAG, "%zu bytes: no RIFF/WAVE header", size);
        return false;
    }
    size_t at = RIFF_HEADER;
    while (at + CHUNK_HEADER <= size && !chunks->samples) {
        const uint32_t length = get32(data + at + 4);
        const uint8_t *body = data + at + CHUNK_HEADER;
        const size_t left = size - at - CHUNK_HEADER;
        if (length > left) {
            ESP_LOGE(TAG, "chunk at %zu: %u bytes needed, %zu present", at, static_cast<unsigned>(length), left);
            return false;
        }
        if (std::memcmp(data + at, "fmt ", 4) == 0) {
            chunks->format = body;
            chunks->format_size = length;
        } else if (std::memcmp(data + at, "data", 4) == 0) {
            chunks->samples = body;
            chunks->samples_size = length;
        }
        at += CHUNK_HEADER + length + length % 2;  // chunks start at even offsets
    }
    if (!chunks->format || chunks->format_size < 16 || !chunks->samples) {
        ESP_LOGE(TAG, "%zu bytes: no %s chunk", size, chunks->samples ? "fmt" : "data");
        return false;
    }
    return true;
}

}  // namespace

dl_audio_t *decode_wav(const uint8_t *data, int data_len) {
    Chunks chunks;
    if (!find_chunks(data, data_len > 0 ? static_cast<size_t>(data_len) : 0, &chunks)) {
        return nullptr;
    }
    uint16_t format = get16(chunks.format);
    const int channels = get16(chunks.format + 2);
    const uint32_t sample_rate = get32(chunks.format + 4);
    const int bits = get16(chunks.format + 14);
    if (format == EXTENSIBLE && chunks.format_size >= 26) {
        format = get16(chunks.format + 24);
    }
    if (format != PCM || bits != 16 || channels == 0 || sample_rate == 0 || sample_rate > INT32_MAX) {
        ESP_LOGE(TAG, "format %d, %d bits, %d channels, %u Hz: 16-bit PCM is needed", format, bits, channels,
                 static_cast<unsigned>(sample_rate));
        return nullptr;
    }
    // A frame that is incomplete at the end is dropped.
    const uint32_t length = chunks.samples_size / 2 / channels * channels;
    if (length == 0) {
        ESP_LOGE(TAG, "no samples");
        return nullptr;
    }
    dl_audio_t *audio =
        static_cast<dl_audio_t *>(heap_caps_aligned_alloc(alignof(dl_audio_t), sizeof(dl_audio_t), MALLOC_CAP_DEFAULT));
    int16_t *samples =
        static_cast<int16_t *>(heap_caps_aligned_alloc(16, static_cast<size_t>(length) * 2, MALLOC_CAP_DEFAULT));
    if (!audio || !samples) {
        ESP_LOGE(TAG, "no memory for %u samples: %zu bytes needed, largest free block %zu",
                 static_cast<unsigned>(length), static_cast<size_t>(length) * 2,
                 heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT));
        heap_caps_free(audio);
        heap_caps_free(samples);
        return nullptr;
    }
    for (uint32_t i = 0; i < length; i++) {
        samples[i] = static_cast<int16_t>(get16(chunks.samples + 2 * i));
    }
    *audio = {samples, length, static_cast<int>(sample_rate), bits, channels};
    return audio;
}

void free_audio(dl_audio_t *audio) {
    if (audio) {
        heap_caps_free(audio->data);
        heap_caps_free(audio);
    }
}

void print_audio_info(dl_audio_t *data) {
    if (data) {
        ESP_LOGI(TAG, "%d Hz, %d bits, %d channels, %u samples", data->sample_rate, data->bits_per_sample,
                 data->channels, static_cast<unsigned>(data->length));
    }
}

}  // namespace audio
}  // namespace dl
