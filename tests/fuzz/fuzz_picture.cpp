// Any JPEG, PNG or BMP file: it is refused, or becomes a picture that resizing and drawing can use.

#include <cstdlib>

#include "dl_image_annotate.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "fuzz_board.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (dl::image::jpeg_decoder_t decoder : {dl::image::JPEG_DECODER_CHIP, dl::image::JPEG_DECODER_LIBJPEG}) {
        dl::image::set_jpeg_decoder(decoder);
        dl::image::img_t img = fuzz_board() ? dl::image::decode_image(data, size) : dl::image::img_t{};
        if (img.data != nullptr) {
            uint32_t sum = 0;
            for (size_t i = 0; i < (size_t)img.width * img.height * 3; i++) {
                sum += static_cast<const uint8_t *>(img.data)[i];
            }
            volatile uint32_t used = sum;
            (void)used;
            dl::image::draw_text(img, -3, img.height - 4, "fuzz", {1, 2, 3}, 2);
        }
        heap_caps_free(img.data);
    }
    return 0;
}
