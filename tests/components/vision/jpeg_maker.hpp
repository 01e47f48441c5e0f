/**
 * @file jpeg_maker.hpp
 * JPEG files of any kind, for tests.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
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
    int restart = 0;        ///< MCUs between restart markers
    bool rgb = false;       ///< stored as RGB, not YCbCr
    bool optimize = false;  ///< Huffman tables of the picture's own
};

/** A file that libjpeg writes into memory. */
class Writer {
public:
    /** @param space of what it is given */
    Writer(int width, int height, const Kind &kind, J_COLOR_SPACE space) {
        cinfo.err = jpeg_std_error(&m_error);
        jpeg_create_compress(&cinfo);
        jpeg_mem_dest(&cinfo, &m_data, &m_size);
        cinfo.image_width = width;
        cinfo.image_height = height;
        cinfo.input_components = kind.components;
        cinfo.in_color_space = space;
        jpeg_set_defaults(&cinfo);
    }
    std::vector<uint8_t> finish() {
        jpeg_finish_compress(&cinfo);
        return std::vector<uint8_t>(m_data, m_data + m_size);
    }
    ~Writer() {
        jpeg_destroy_compress(&cinfo);
        std::free(m_data);
    }

    jpeg_compress_struct cinfo;

private:
    jpeg_error_mgr m_error;
    unsigned char *m_data = nullptr;
    unsigned long m_size = 0;
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
    Writer writer(width, height, kind,
                  kind.components == 1   ? JCS_GRAYSCALE
                  : kind.components == 3 ? JCS_RGB
                                         : JCS_CMYK);
    jpeg_compress_struct &cinfo = writer.cinfo;
    if (kind.rgb) {
        jpeg_set_colorspace(&cinfo, JCS_RGB);
    }
    jpeg_set_quality(&cinfo, kind.quality, TRUE);
    cinfo.comp_info[0].h_samp_factor = kind.h;
    cinfo.comp_info[0].v_samp_factor = kind.v;
    cinfo.restart_interval = kind.restart;
    cinfo.optimize_coding = kind.optimize;
    if (kind.progressive) {
        jpeg_simple_progression(&cinfo);
    }
    jpeg_start_compress(&cinfo, TRUE);
    while (cinfo.next_scanline < cinfo.image_height) {
        JSAMPROW row = pixels.data() + (size_t)cinfo.next_scanline * width * kind.components;
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    return writer.finish();
}

/**
 * A picture of these quantized coefficients.
 * @param coefficient of place i in its block, row by row: AC at most 1023 either way, DC no further from the one before
 * than 2047
 * @param quant an element of a quantization table; 16 bits
 */
inline std::vector<uint8_t> make_of_coefficients(int width, int height, const Kind &kind,
                                                 const std::function<int(int i)> &coefficient,
                                                 const std::function<uint32_t()> &quant) {
    Writer writer(width, height, kind, kind.components == 1 ? JCS_GRAYSCALE : JCS_YCbCr);
    jpeg_compress_struct &cinfo = writer.cinfo;
    for (int table = 0; table < (kind.components == 1 ? 1 : 2); table++) {
        for (UINT16 &element : cinfo.quant_tbl_ptrs[table]->quantval) {
            element = (UINT16)quant();
        }
    }
    cinfo.comp_info[0].h_samp_factor = kind.h;
    cinfo.comp_info[0].v_samp_factor = kind.v;
    cinfo.restart_interval = kind.restart;
    jvirt_barray_ptr arrays[3];
    for (int c = 0; c < kind.components; c++) {
        // As many blocks as whole MCUs have.
        const int h = c == 0 ? kind.h : 1, v = c == 0 ? kind.v : 1;
        const JDIMENSION columns = (JDIMENSION)((width + 8 * kind.h - 1) / (8 * kind.h) * h);
        const JDIMENSION rows = (JDIMENSION)((height + 8 * kind.v - 1) / (8 * kind.v) * v);
        arrays[c] = cinfo.mem->request_virt_barray((j_common_ptr)&cinfo, JPOOL_IMAGE, TRUE, columns, rows, v);
    }
#if JPEG_LIB_VERSION >= 70
    // As in Ubuntu's library: sizes that a file's own header would have set.
    cinfo.jpeg_width = cinfo.image_width;
    cinfo.jpeg_height = cinfo.image_height;
    cinfo.min_DCT_h_scaled_size = cinfo.min_DCT_v_scaled_size = DCTSIZE;
#endif
    jpeg_write_coefficients(&cinfo, arrays);
    for (int c = 0; c < kind.components; c++) {
        const jpeg_component_info &info = cinfo.comp_info[c];
        for (JDIMENSION row = 0; row < info.height_in_blocks; row++) {
            JBLOCKARRAY blocks = cinfo.mem->access_virt_barray((j_common_ptr)&cinfo, arrays[c], row, 1, TRUE);
            for (JDIMENSION column = 0; column < info.width_in_blocks; column++) {
                for (int i = 0; i < DCTSIZE2; i++) {
                    blocks[0][column][i] = (JCOEF)coefficient(i);
                }
            }
        }
    }
    return writer.finish();
}

}  // namespace jpeg_maker
