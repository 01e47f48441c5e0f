// Any file, to each of esp_jpeg's decoders: it is refused, or becomes pixels of the announced size.

#include <vector>

#include "tiny_jpeg.hpp"

namespace {

struct Pixels {
    int width;
    int height;
    std::vector<uint8_t> rgb;
};

void put(void *user, const tiny_jpeg::Rectangle &where, const uint8_t *rgb) {
    Pixels &pixels = *static_cast<Pixels *>(user);
    for (int y = 0; y < where.height; y++) {
        for (int i = 0; i < where.width * 3; i++) {
            pixels.rgb.at(static_cast<size_t>(((where.y + y) * pixels.width + where.x) * 3 + i)) = *rgb++;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    tiny_jpeg::Frame frame = {};
    tiny_jpeg::find_frame(data, size, frame);
    for (const tiny_jpeg::Options &options :
         {tiny_jpeg::Options{true, 0, 512, true, false}, tiny_jpeg::Options{false, 1, 512, false, true}}) {
        for (int scale : {0, 1, 3}) {
            tiny_jpeg::Decoder decoder(options);
            if (decoder.prepare(data, size, 65472) != tiny_jpeg::Result::OK) {
                continue;
            }
            // Large pictures would take the fuzzer's time only.
            if (int64_t{decoder.width()} * decoder.height() <= 1 << 16) {
                Pixels pixels = {decoder.width() >> scale, decoder.height() >> scale, {}};
                pixels.rgb.resize(static_cast<size_t>(pixels.width * pixels.height * 3));
                decoder.decode(scale, put, &pixels);
            }
        }
    }
    return 0;
}
