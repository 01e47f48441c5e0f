/**
 * @file jpeg_maker.hpp
 * JPEG files of any kind, for tests.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include <jpeglib.h>

namespace jpeg_maker {

struct Kind {
    int components = 3;  ///< 1 grey, 3 colour, 4 CMYK
    int h = 2;           ///< luma's sampling factors; chroma's are 1
    int v = 2;
    bool progressive = false;
    int quality = 80;
    int restart = 0;   ///< MCUs between restart markers
    bool rgb = false;  ///< stored as RGB, not YCbCr
};

/** Gradients with noise: every coefficient occurs. */
inline std::vector<uint8_t> make(int width, int height, const Kind &kind, uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::vector<uint8_t> pixels((size_t)width * height * kind.components);
    for (size_t i = 0; i < pixels.size(); i++) {
        const int x = (int)(i / kind.components % width);
        const int y = (int)(i / kind.components / width);
        const int c = (int)(i % kind.components);
        const int noise = (int)(random() % 160) - 80;
        pixels[i] = (uint8_t)std::min(255, std::max(0, x * 3 * (c + 1) % 256 + (c == 1 ? y : -y) + noise));
    }
    jpeg_compress_struct cinfo;
    jpeg_error_mgr error;
    cinfo.err = jpeg_std_error(&error);
    jpeg_create_compress(&cinfo);
    unsigned char *data = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&cinfo, &data, &size);
    cinfo.image_width = width;
    cinfo.image_height = height;
    cinfo.input_components = kind.components;
    cinfo.in_color_space = kind.components == 1 ? JCS_GRAYSCALE : kind.components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&cinfo);
    if (kind.rgb) {
        jpeg_set_colorspace(&cinfo, JCS_RGB);
    }
    jpeg_set_quality(&cinfo, kind.quality, TRUE);
    cinfo.comp_info[0].h_samp_factor = kind.h;
    cinfo.comp_info[0].v_samp_factor = kind.v;
    cinfo.restart_interval = kind.restart;
    if (kind.progressive) {
        jpeg_simple_progression(&cinfo);
    }
    jpeg_start_compress(&cinfo, TRUE);
    while (cinfo.next_scanline < cinfo.image_height) {
        JSAMPROW row = pixels.data() + (size_t)cinfo.next_scanline * width * kind.components;
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    std::vector<uint8_t> file(data, data + size);
    std::free(data);
    return file;
}

}  // namespace jpeg_maker
