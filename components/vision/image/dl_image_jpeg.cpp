#include "dl_image_jpeg.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// Needs size_t and FILE declared first.
#include <jpeglib.h>

#include <jerror.h>

#include "dl_image_color.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg_chip.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_jpeg";

namespace dl {
namespace image {

namespace {

jpeg_decoder_t s_decoder = JPEG_DECODER_CHIP;

// A progressive picture may carry thousands of tiny scans, each of which walks the whole picture.
constexpr int MAX_SCANS = 200;

/** libjpeg's errors end in a longjmp to `jump`; its warnings that mean lost pixels end the same way. */
struct ErrorManager {
    jpeg_error_mgr base;
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_error(j_common_ptr cinfo) {
    ErrorManager *error = (ErrorManager *)cinfo->err;
    cinfo->err->format_message(cinfo, error->message);
    longjmp(error->jump, 1);
}

void on_message(j_common_ptr cinfo, int level) {
    if (level >= 0) {
        return;  // tracing
    }
    switch (cinfo->err->msg_code) {
        case JWRN_EXTRANEOUS_DATA:
        case JWRN_ADOBE_XFORM:
        case JWRN_JFIF_MAJOR:
            cinfo->err->num_warnings++;
            return;  // nothing of the picture is lost
        default:
            on_error(cinfo);
    }
}

void on_progress(j_common_ptr cinfo) {
    const j_decompress_ptr decompress = (j_decompress_ptr)cinfo;
    if (decompress->input_scan_number > MAX_SCANS) {
        ErrorManager *error = (ErrorManager *)cinfo->err;
        std::snprintf(error->message, sizeof(error->message), "more than %d scans", MAX_SCANS);
        longjmp(error->jump, 1);
    }
}

void init_error(ErrorManager &error) {
    jpeg_std_error(&error.base);
    error.base.error_exit = on_error;
    error.base.emit_message = on_message;
    error.message[0] = 0;
}

/**
 * One picture being decoded. Everything that owns memory is a member, so that a longjmp skips no destructor: the
 * functions that libjpeg may leave by longjmp hold plain values only.
 */
class Decoder {
public:
    Decoder() {
        std::memset(&m_cinfo, 0, sizeof(m_cinfo));
        init_error(m_error);
        m_cinfo.err = &m_error.base;
        std::memset(&m_progress, 0, sizeof(m_progress));
        m_progress.progress_monitor = on_progress;
    }
    ~Decoder() { jpeg_destroy_decompress(&m_cinfo); }
    Decoder(const Decoder &) = delete;
    Decoder &operator=(const Decoder &) = delete;

    /** Parse the header. */
    bool open(const jpeg_img_t &jpeg);
    /** Pixels as RGB888. `out` holds width x height of them. */
    bool decode_chip(uint8_t *out, target_t target);
    bool decode_libjpeg(uint8_t *out);

    uint32_t width() const { return m_cinfo.image_width; }
    uint32_t height() const { return m_cinfo.image_height; }
    const char *message() const { return m_error.message; }

private:
    bool refuse(const char *why) {
        std::snprintf(m_error.message, sizeof(m_error.message), "%s", why);
        return false;
    }
    bool read_coefficients();
    bool plan();
    bool decode_block_rows(uint8_t *out, target_t target);
    void decode_blocks(int component, JBLOCKARRAY rows, int row_count);
    void convert_rows(int mcu_row, target_t target, uint8_t *out) const;

    jpeg_decompress_struct m_cinfo;
    ErrorManager m_error;
    jpeg_progress_mgr m_progress;
    jvirt_barray_ptr *m_coefficients = nullptr;

    struct Plane {
        jpeg_chip::QuantTable quant;
        std::vector<uint8_t> samples;  // one row of MCUs
        size_t stride = 0;
        int x_shift = 0;  // pixel x shows sample x >> x_shift
        int y_shift = 0;
    };
    Plane m_planes[3];
    bool m_decimate = false;  // 4:4:4: every other chroma sample of every other row
};

bool Decoder::open(const jpeg_img_t &jpeg) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    jpeg_create_decompress(&m_cinfo);
    m_cinfo.progress = &m_progress;
    if (!jpeg.data || jpeg.data_len == 0) {
        return refuse("no data");
    }
    jpeg_mem_src(&m_cinfo, (const unsigned char *)jpeg.data, jpeg.data_len);
    jpeg_read_header(&m_cinfo, TRUE);
    if (m_cinfo.jpeg_color_space == JCS_CMYK || m_cinfo.jpeg_color_space == JCS_YCCK) {
        return refuse("CMYK pictures are not supported: convert it to RGB");
    }
    if (m_cinfo.jpeg_color_space != JCS_YCbCr && m_cinfo.jpeg_color_space != JCS_GRAYSCALE) {
        return refuse("only YCbCr and grey pictures are supported");
    }
    if (m_cinfo.progressive_mode) {
        ESP_LOGW(TAG, "progressive JPEG of %ux%u: the chip's decoder would refuse it", width(), height());
    }
    return true;
}

bool Decoder::read_coefficients() {
    if (setjmp(m_error.jump)) {
        return false;
    }
    m_coefficients = jpeg_read_coefficients(&m_cinfo);
    return m_coefficients != nullptr;
}

// Shift that divides `high` by `low`, or -1.
int sampling_shift(int high, int low) {
    for (int shift = 0; shift < 3; shift++) {
        if (low << shift == high) {
            return shift;
        }
    }
    return -1;
}

bool Decoder::plan() {
    const int components = m_cinfo.num_components;
    if (components != 1 && components != 3) {
        return refuse("one or three components are needed");
    }
    for (int i = 0; i < components; i++) {
        const jpeg_component_info &info = m_cinfo.comp_info[i];
        Plane &plane = m_planes[i];
        if (!info.quant_table) {
            return refuse("a component without data");
        }
        plane.x_shift = sampling_shift(m_cinfo.max_h_samp_factor, info.h_samp_factor);
        plane.y_shift = sampling_shift(m_cinfo.max_v_samp_factor, info.v_samp_factor);
        if (plane.x_shift < 0 || plane.y_shift < 0 || (i == 0 && (plane.x_shift || plane.y_shift))) {
            return refuse("sampling factors that are no powers of two, or luma that is subsampled");
        }
        plane.quant = jpeg_chip::scale_quant_table(info.quant_table->quantval);
        plane.stride = (size_t)info.width_in_blocks * DCTSIZE;
        plane.samples.resize(plane.stride * info.v_samp_factor * DCTSIZE);
    }
    if (components == 3 && (m_planes[1].x_shift != m_planes[2].x_shift || m_planes[1].y_shift != m_planes[2].y_shift)) {
        return refuse("two chroma components of different sizes");
    }
    m_decimate = components == 3 && m_planes[1].x_shift == 0 && m_planes[1].y_shift == 0;
    return true;
}

void Decoder::decode_blocks(int component, JBLOCKARRAY rows, int row_count) {
    const jpeg_component_info &info = m_cinfo.comp_info[component];
    Plane &plane = m_planes[component];
    for (int row = 0; row < row_count; row++) {
        uint8_t *out = plane.samples.data() + (size_t)row * DCTSIZE * plane.stride;
        for (JDIMENSION block = 0; block < info.width_in_blocks; block++) {
            jpeg_chip::inverse_dct(rows[row][block], plane.quant, out + (size_t)block * DCTSIZE, plane.stride);
        }
    }
}

void Decoder::convert_rows(int mcu_row, target_t target, uint8_t *out) const {
    const int mcu_height = m_cinfo.max_v_samp_factor * DCTSIZE;
    const int first = mcu_row * mcu_height;
    const int width = (int)m_cinfo.image_width;
    const Plane &luma = m_planes[0];
    for (int row = 0; row < mcu_height && first + row < (int)m_cinfo.image_height; row++) {
        const uint8_t *y = luma.samples.data() + (size_t)row * luma.stride;
        uint8_t *rgb = out + (size_t)(first + row) * width * 3;
        if (m_cinfo.num_components == 1) {
            read_row_rgb888(y, DL_IMAGE_PIX_TYPE_GRAY, nullptr, width, rgb);
            continue;
        }
        const Plane &chroma = m_planes[1];
        const size_t chroma_row = m_decimate ? row & ~1 : row >> chroma.y_shift;
        const jpeg_chip::ChromaRow at = {m_planes[1].samples.data() + chroma_row * chroma.stride,
                                         m_planes[2].samples.data() + chroma_row * chroma.stride,
                                         m_decimate ? -1 : chroma.x_shift};
        jpeg_chip::ycc_to_rgb(y, at, width, target, rgb);
    }
}

bool Decoder::decode_block_rows(uint8_t *out, target_t target) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    const j_common_ptr common = (j_common_ptr)&m_cinfo;
    for (JDIMENSION mcu_row = 0; mcu_row * m_cinfo.max_v_samp_factor * DCTSIZE < m_cinfo.image_height; mcu_row++) {
        for (int i = 0; i < m_cinfo.num_components; i++) {
            const jpeg_component_info &info = m_cinfo.comp_info[i];
            const JDIMENSION first = mcu_row * info.v_samp_factor;
            if (first >= info.height_in_blocks) {
                continue;
            }
            const JDIMENSION count = info.height_in_blocks - first < (JDIMENSION)info.v_samp_factor
                                         ? info.height_in_blocks - first
                                         : (JDIMENSION)info.v_samp_factor;
            JBLOCKARRAY rows = m_cinfo.mem->access_virt_barray(common, m_coefficients[i], first, count, FALSE);
            decode_blocks(i, rows, (int)count);
        }
        convert_rows((int)mcu_row, target, out);
    }
    return true;
}

bool Decoder::decode_chip(uint8_t *out, target_t target) {
    return read_coefficients() && plan() && decode_block_rows(out, target);
}

bool Decoder::decode_libjpeg(uint8_t *out) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    m_cinfo.out_color_space = JCS_RGB;
    jpeg_start_decompress(&m_cinfo);
    const size_t stride = (size_t)m_cinfo.output_width * 3;
    while (m_cinfo.output_scanline < m_cinfo.output_height) {
        JSAMPROW row = out + m_cinfo.output_scanline * stride;
        jpeg_read_scanlines(&m_cinfo, &row, 1);
    }
    jpeg_finish_decompress(&m_cinfo);
    return true;
}

/** libjpeg's growing output buffer, from malloc. */
class Encoder {
public:
    Encoder() {
        std::memset(&m_cinfo, 0, sizeof(m_cinfo));
        init_error(m_error);
        m_cinfo.err = &m_error.base;
    }
    ~Encoder() {
        jpeg_destroy_compress(&m_cinfo);
        std::free(m_data);
    }
    Encoder(const Encoder &) = delete;
    Encoder &operator=(const Encoder &) = delete;

    bool encode(const img_t &img, int quality) {
        if (setjmp(m_error.jump)) {
            return false;
        }
        jpeg_create_compress(&m_cinfo);
        jpeg_mem_dest(&m_cinfo, &m_data, &m_size);
        m_cinfo.image_width = img.width;
        m_cinfo.image_height = img.height;
        m_cinfo.input_components = img.channel();
        m_cinfo.in_color_space = img.channel() == 1 ? JCS_GRAYSCALE : JCS_RGB;
        jpeg_set_defaults(&m_cinfo);
        jpeg_set_quality(&m_cinfo, quality, TRUE);
        jpeg_start_compress(&m_cinfo, TRUE);
        while (m_cinfo.next_scanline < m_cinfo.image_height) {
            JSAMPROW row = (JSAMPROW)img.data + (size_t)m_cinfo.next_scanline * img.row_step();
            jpeg_write_scanlines(&m_cinfo, &row, 1);
        }
        jpeg_finish_compress(&m_cinfo);
        return true;
    }

    const unsigned char *data() const { return m_data; }
    size_t size() const { return m_size; }
    const char *message() const { return m_error.message; }

private:
    jpeg_compress_struct m_cinfo;
    ErrorManager m_error;
    unsigned char *m_data = nullptr;
    unsigned long m_size = 0;
};

}  // namespace

void set_jpeg_decoder(jpeg_decoder_t decoder) {
    s_decoder = decoder;
}
jpeg_decoder_t get_jpeg_decoder() {
    return s_decoder;
}

img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type) {
    const img_t nothing = {nullptr, 0, 0, pix_type};
    Decoder decoder;
    if (!decoder.open(jpeg_img)) {
        ESP_LOGE(TAG, "JPEG of %zu bytes: %s", jpeg_img.data_len, decoder.message());
        return nothing;
    }
    img_t rgb = alloc_img("JPEG", decoder.width(), decoder.height(), DL_IMAGE_PIX_TYPE_RGB888);
    if (!rgb.data) {
        return nothing;
    }
    const bool decoded = s_decoder == JPEG_DECODER_CHIP ? decoder.decode_chip((uint8_t *)rgb.data, target())
                                                        : decoder.decode_libjpeg((uint8_t *)rgb.data);
    if (!decoded) {
        ESP_LOGE(TAG, "JPEG of %zu bytes, %ux%u: %s", jpeg_img.data_len, decoder.width(), decoder.height(),
                 decoder.message());
        heap_caps_free(rgb.data);
        return nothing;
    }
    if (pix_type == DL_IMAGE_PIX_TYPE_RGB888) {
        return rgb;
    }
    img_t img = alloc_img("JPEG", rgb.width, rgb.height, pix_type);
    if (img.data && convert_img(rgb, img) != ESP_OK) {
        heap_caps_free(img.data);
        img = nothing;
    }
    heap_caps_free(rgb.data);
    return img;
}

jpeg_img_t sw_encode_jpeg_base(const img_t &img, uint8_t quality) {
    if (!img.data || img.width == 0 || img.height == 0 ||
        (img.pix_type != DL_IMAGE_PIX_TYPE_RGB888 && img.pix_type != DL_IMAGE_PIX_TYPE_GRAY)) {
        ESP_LOGE(TAG, "encode: %s of %dx%d%s: RGB888 or GRAY is needed", pix_type2str(img.pix_type).c_str(), img.width,
                 img.height, img.data ? "" : " without memory");
        return {nullptr, 0};
    }
    Encoder encoder;
    if (!encoder.encode(img, quality)) {
        ESP_LOGE(TAG, "encode %dx%d: %s", img.width, img.height, encoder.message());
        return {nullptr, 0};
    }
    jpeg_img_t jpeg = {heap_caps_malloc(encoder.size(), MALLOC_CAP_DEFAULT), encoder.size()};
    if (!jpeg.data) {
        ESP_LOGE(TAG, "encode %dx%d: no memory for %zu bytes", img.width, img.height, encoder.size());
        return {nullptr, 0};
    }
    std::memcpy(jpeg.data, encoder.data(), encoder.size());
    return jpeg;
}

jpeg_img_t sw_encode_jpeg(const img_t &img, uint8_t quality) {
    if (img.pix_type == DL_IMAGE_PIX_TYPE_RGB888 || img.pix_type == DL_IMAGE_PIX_TYPE_GRAY) {
        return sw_encode_jpeg_base(img, quality);
    }
    if (img.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK) {
        return sw_encode_jpeg_base({img.data, img.width, img.height, DL_IMAGE_PIX_TYPE_GRAY}, quality);
    }
    img_t rgb = alloc_img("encode JPEG", img.width, img.height, DL_IMAGE_PIX_TYPE_RGB888);
    if (!rgb.data) {
        return {nullptr, 0};
    }
    jpeg_img_t jpeg = {nullptr, 0};
    if (convert_img(img, rgb) == ESP_OK) {
        jpeg = sw_encode_jpeg_base(rgb, quality);
    }
    heap_caps_free(rgb.data);
    return jpeg;
}

img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, int) {
    return sw_decode_jpeg(jpeg_img, pix_type);
}
jpeg_img_t hw_encode_jpeg_base(const img_t &img, uint8_t quality, int) {
    return sw_encode_jpeg_base(img, quality);
}
jpeg_img_t hw_encode_jpeg(const img_t &img, uint8_t quality, int) {
    return sw_encode_jpeg(img, quality);
}

jpeg_img_t read_jpeg(const char *file_name) {
    jpeg_img_t jpeg = {nullptr, 0};
    read_file(file_name, &jpeg.data, &jpeg.data_len);
    return jpeg;
}

esp_err_t write_jpeg(const jpeg_img_t &img, const char *file_name) {
    return write_file(file_name, img.data, img.data_len);
}

}  // namespace image
}  // namespace dl
