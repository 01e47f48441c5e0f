#include "dl_image_jpeg.hpp"

#include <algorithm>
#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// jpeglib.h needs size_t and FILE to be declared before it.
#include <jpeglib.h>

#include <jerror.h>

#include "dl_image_color.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg_chip.hpp"
#include "dl_image_jpeg_scan.hpp"
#include "dl_image_pixel_cvt_dispatch.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_image_jpeg";

namespace dl {
namespace image {

namespace {

jpeg_decoder_t s_decoder = JPEG_DECODER_CHIP;
std::atomic<bool> s_progressive_allowed = true;

// The limit keeps damaged files from taking forever: a progressive picture may have thousands of tiny scans, and each
// one visits the whole picture.
constexpr int MAX_SCANS = 200;

/** Handling of libjpeg's errors: a longjmp to `jump`. A warning that means lost pixels is treated as an error. */
struct ErrorManager {
    jpeg_error_mgr base;
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_error(j_common_ptr cinfo) {
    ErrorManager *error = reinterpret_cast<ErrorManager *>(cinfo->err);
    cinfo->err->format_message(cinfo, error->message);
    longjmp(error->jump, 1);
}

void on_message(j_common_ptr cinfo, int level) {
    if (level >= 0) {
        return;  // a trace message
    }
    switch (cinfo->err->msg_code) {
        case JWRN_EXTRANEOUS_DATA:
        case JWRN_ADOBE_XFORM:
        case JWRN_JFIF_MAJOR:
            cinfo->err->num_warnings++;
            return;  // no pixel is lost
        default:
            on_error(cinfo);
    }
}

void on_progress(j_common_ptr cinfo) {
    const j_decompress_ptr decompress = reinterpret_cast<j_decompress_ptr>(cinfo);
    if (decompress->input_scan_number > MAX_SCANS) {
        ErrorManager *error = reinterpret_cast<ErrorManager *>(cinfo->err);
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
 * The decoder of one picture. libjpeg may leave its functions by longjmp, which skips destructors of local variables.
 * So everything that owns memory is a member, and functions that call libjpeg have plain local variables only.
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
    /** Decode to img, which is as large as the picture and RGB888, YUYV or UYVY. */
    bool decode_chip(const img_t &img, target_t target);
    /** Decode to RGB888. `out` has room for width x height pixels. */
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
    bool plan_sampling();
    bool plan();
    // Has the file chroma that img's pixel type cannot hold?
    bool has_other_chroma(const img_t &img) const {
        return img.pix_type != DL_IMAGE_PIX_TYPE_RGB888 && m_cinfo.num_components == 3 && m_planes[1].x_shift == 0 &&
               !m_decimate;
    }
    bool decode_scan(const img_t &img, target_t target);
    bool decode_block_rows(const img_t &img, target_t target);
    void decode_blocks(int component, JBLOCKARRAY rows, int row_count);
    void convert_rows(int first, int rows, target_t target, const img_t &img) const;
    void store_yuv(const uint8_t *y, size_t row, const img_t &img, uint8_t *out) const;

    jpeg_decompress_struct m_cinfo;
    ErrorManager m_error;
    jpeg_progress_mgr m_progress;
    jvirt_barray_ptr *m_coefficients = nullptr;

    const jpeg_chip::ScanKernels *m_kernels = jpeg_chip::scan_kernels();

    struct Plane {
        jpeg_chip::QuantTable quant;
        std::vector<uint8_t> memory;
        const uint8_t *samples = nullptr;  // one row of MCUs
        size_t stride = 0;
        int x_shift = 0;  // pixel x uses sample x >> x_shift
        int y_shift = 0;
    };
    Plane m_planes[3];
    bool m_decimate = false;  // with 4:4:4, only every other chroma sample of every other row is used
};

bool Decoder::open(const jpeg_img_t &jpeg) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    jpeg_create_decompress(&m_cinfo);
    m_cinfo.progress = &m_progress;
    if (!jpeg.data || jpeg.size() == 0) {
        return refuse("no data");
    }
    jpeg_mem_src(&m_cinfo, static_cast<const unsigned char *>(jpeg.data), jpeg.size());
    jpeg_read_header(&m_cinfo, TRUE);
    if (m_cinfo.jpeg_color_space == JCS_CMYK || m_cinfo.jpeg_color_space == JCS_YCCK) {
        return refuse("CMYK pictures are not supported: convert it to RGB");
    }
    if (m_cinfo.jpeg_color_space != JCS_YCbCr && m_cinfo.jpeg_color_space != JCS_GRAYSCALE) {
        return refuse("only YCbCr and grey pictures are supported");
    }
    if (m_cinfo.progressive_mode && !s_progressive_allowed) {
        return refuse("progressive: the chip's decoder refuses it; save it as a baseline JPEG");
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

// Return the shift with low << shift == high, or -1 if there is none.
int sampling_shift(int high, int low) {
    for (int shift = 0; shift < 3; shift++) {
        if (low << shift == high) {
            return shift;
        }
    }
    return -1;
}

bool Decoder::plan_sampling() {
    const int components = m_cinfo.num_components;
    if (components != 1 && components != 3) {
        return refuse("one or three components are needed");
    }
    for (int i = 0; i < components; i++) {
        const jpeg_component_info &info = m_cinfo.comp_info[i];
        Plane &plane = m_planes[i];
        plane.x_shift = sampling_shift(m_cinfo.max_h_samp_factor, info.h_samp_factor);
        plane.y_shift = sampling_shift(m_cinfo.max_v_samp_factor, info.v_samp_factor);
        if (plane.x_shift < 0 || plane.y_shift < 0 || (i == 0 && (plane.x_shift || plane.y_shift))) {
            return refuse("sampling factors that are no powers of two, or luma that is subsampled");
        }
    }
    if (components == 3 && (m_planes[1].x_shift != m_planes[2].x_shift || m_planes[1].y_shift != m_planes[2].y_shift)) {
        return refuse("two chroma components of different sizes");
    }
    m_decimate = components == 3 && m_planes[1].x_shift == 0 && m_planes[1].y_shift == 0;
    return true;
}

bool Decoder::plan() {
    if (!plan_sampling()) {
        return false;
    }
    for (int i = 0; i < m_cinfo.num_components; i++) {
        const jpeg_component_info &info = m_cinfo.comp_info[i];
        Plane &plane = m_planes[i];
        if (!info.quant_table) {
            return refuse("a component without data");
        }
        plane.quant = jpeg_chip::scale_quant_table(info.quant_table->quantval);
        plane.stride = static_cast<size_t>(info.width_in_blocks) * DCTSIZE;
        plane.memory.resize(plane.stride * info.v_samp_factor * DCTSIZE);
        plane.samples = plane.memory.data();
    }
    return true;
}

void Decoder::decode_blocks(int component, JBLOCKARRAY rows, int row_count) {
    const jpeg_component_info &info = m_cinfo.comp_info[component];
    Plane &plane = m_planes[component];
    for (int row = 0; row < row_count; row++) {
        uint8_t *out = plane.memory.data() + static_cast<size_t>(row) * DCTSIZE * plane.stride;
        for (JDIMENSION block = 0; block < info.width_in_blocks; block++) {
            jpeg_chip::inverse_dct(rows[row][block], plane.quant, out + static_cast<size_t>(block) * DCTSIZE,
                                   plane.stride);
        }
    }
}

void Decoder::store_yuv(const uint8_t *y, size_t row, const img_t &img, uint8_t *out) const {
    const int luma = img.pix_type == DL_IMAGE_PIX_TYPE_YUYV ? 0 : 1;
    const bool gray = m_cinfo.num_components == 1;
    const size_t chroma_row = gray ? 0 : m_decimate ? row & ~static_cast<size_t>(1) : row >> m_planes[1].y_shift;
    for (int x = 0; x < img.width; x += 2, out += 4) {
        const size_t at = gray ? 0 : chroma_row * m_planes[1].stride + (m_decimate ? x : x >> m_planes[1].x_shift);
        out[luma] = y[x];
        out[luma + 2] = y[x + 1];
        out[1 - luma] = gray ? 128 : m_planes[1].samples[at];
        out[3 - luma] = gray ? 128 : m_planes[2].samples[at];
    }
}

void Decoder::convert_rows(int first, int rows, target_t target, const img_t &img) const {
    const int width = static_cast<int>(m_cinfo.image_width);
    const Plane &luma = m_planes[0];
    for (int row = 0; row < rows && first + row < static_cast<int>(m_cinfo.image_height); row++) {
        const uint8_t *y = luma.samples + static_cast<size_t>(row) * luma.stride;
        uint8_t *out = static_cast<uint8_t *>(img.data) + static_cast<size_t>(first + row) * img.row_step();
        if (img.pix_type != DL_IMAGE_PIX_TYPE_RGB888) {
            store_yuv(y, row, img, out);
            continue;
        }
        if (m_cinfo.num_components == 1) {
            read_row_rgb888(y, DL_IMAGE_PIX_TYPE_GRAY, nullptr, width, out);
            continue;
        }
        const Plane &chroma = m_planes[1];
        const size_t chroma_row = m_decimate ? row & ~1 : row >> chroma.y_shift;
        const jpeg_chip::ChromaRow at = {m_planes[1].samples + chroma_row * chroma.stride,
                                         m_planes[2].samples + chroma_row * chroma.stride,
                                         m_decimate ? -1 : chroma.x_shift};
        (m_kernels ? m_kernels->ycc_to_rgb : jpeg_chip::ycc_to_rgb)(y, at, width, target, out);
    }
}

bool Decoder::decode_block_rows(const img_t &img, target_t target) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    const j_common_ptr common = reinterpret_cast<j_common_ptr>(&m_cinfo);
    for (JDIMENSION mcu_row = 0; mcu_row * m_cinfo.max_v_samp_factor * DCTSIZE < m_cinfo.image_height; mcu_row++) {
        for (int i = 0; i < m_cinfo.num_components; i++) {
            const jpeg_component_info &info = m_cinfo.comp_info[i];
            const JDIMENSION first = mcu_row * info.v_samp_factor;
            if (first >= info.height_in_blocks) {
                continue;
            }
            const JDIMENSION count = info.height_in_blocks - first < static_cast<JDIMENSION>(info.v_samp_factor)
                                         ? info.height_in_blocks - first
                                         : static_cast<JDIMENSION>(info.v_samp_factor);
            JBLOCKARRAY rows = m_cinfo.mem->access_virt_barray(common, m_coefficients[i], first, count, FALSE);
            decode_blocks(i, rows, static_cast<int>(count));
        }
        const int mcu_height = m_cinfo.max_v_samp_factor * DCTSIZE;
        convert_rows(static_cast<int>(mcu_row) * mcu_height, mcu_height, target, img);
    }
    return true;
}

// Decode a picture by jpeg_chip::Scan, which can decode most pictures. If not this one, return false: pixels that have
// been written are to be ignored.
bool Decoder::decode_scan(const img_t &img, target_t target) {
    jpeg_chip::Scan scan;
    if (!m_kernels || !plan_sampling() || has_other_chroma(img) || !scan.open(m_cinfo, *m_kernels)) {
        return false;
    }
    for (int i = 0; i < m_cinfo.num_components; i++) {
        m_planes[i].samples = scan.samples(i);
        m_planes[i].stride = scan.stride(i);
    }
    const int rows = scan.rows();
    for (int first = 0; first < static_cast<int>(m_cinfo.image_height); first += rows) {
        if (!scan.read_row()) {
            return false;
        }
        convert_rows(first, rows, target, img);
    }
    return scan.is_at_end();
}

bool Decoder::decode_chip(const img_t &img, target_t target) {
    if (decode_scan(img, target)) {
        return true;
    }
    if (!read_coefficients() || !plan()) {
        return false;
    }
    if (has_other_chroma(img)) {
        return refuse("chroma of every column (4:4:0) has no place in YUYV and UYVY");
    }
    return decode_block_rows(img, target);
}

bool Decoder::decode_libjpeg(uint8_t *out) {
    if (setjmp(m_error.jump)) {
        return false;
    }
    m_cinfo.out_color_space = JCS_RGB;
    jpeg_start_decompress(&m_cinfo);
    const size_t stride = static_cast<size_t>(m_cinfo.output_width) * 3;
    while (m_cinfo.output_scanline < m_cinfo.output_height) {
        JSAMPROW row = out + m_cinfo.output_scanline * stride;
        jpeg_read_scanlines(&m_cinfo, &row, 1);
    }
    jpeg_finish_decompress(&m_cinfo);
    return true;
}

/** libjpeg's encoder, with its growing output buffer, which comes from malloc(). */
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

    /** @param sampling for a picture in colour: JPEG_DOWN_SAMPLING_YUV420, ... */
    bool encode(const img_t &img, int quality, jpeg_down_sampling_type_t sampling) {
        const bool yuv = img.pix_type == DL_IMAGE_PIX_TYPE_YUYV || img.pix_type == DL_IMAGE_PIX_TYPE_UYVY;
        m_row.resize(yuv ? static_cast<size_t>(img.width) * 3 : 0);
        if (setjmp(m_error.jump)) {
            return false;
        }
        jpeg_create_compress(&m_cinfo);
        jpeg_mem_dest(&m_cinfo, &m_data, &m_size);
        m_cinfo.image_width = img.width;
        m_cinfo.image_height = img.height;
        m_cinfo.input_components = img.channel();
        m_cinfo.in_color_space = yuv ? JCS_YCbCr : img.channel() == 1 ? JCS_GRAYSCALE : JCS_RGB;
        jpeg_set_defaults(&m_cinfo);
        if (img.channel() == 3) {
            m_cinfo.comp_info[0].h_samp_factor = sampling == JPEG_DOWN_SAMPLING_YUV444 ? 1 : 2;
            m_cinfo.comp_info[0].v_samp_factor = sampling == JPEG_DOWN_SAMPLING_YUV420 ? 2 : 1;
        }
        jpeg_set_quality(&m_cinfo, quality, TRUE);
        jpeg_start_compress(&m_cinfo, TRUE);
        while (m_cinfo.next_scanline < m_cinfo.image_height) {
            JSAMPROW row =
                static_cast<JSAMPROW>(img.data) + static_cast<size_t>(m_cinfo.next_scanline) * img.row_step();
            if (yuv) {
                unpack_yuv(row, img);
                row = m_row.data();
            }
            jpeg_write_scanlines(&m_cinfo, &row, 1);
        }
        jpeg_finish_compress(&m_cinfo);
        return true;
    }

    const unsigned char *data() const { return m_data; }
    size_t size() const { return m_size; }
    const char *message() const { return m_error.message; }

private:
    void unpack_yuv(const uint8_t *in, const img_t &img) {
        const int luma = img.pix_type == DL_IMAGE_PIX_TYPE_YUYV ? 0 : 1;
        for (int x = 0; x < img.width; x++) {
            const uint8_t *pair = in + 4 * (x / 2);
            m_row[3 * x] = pair[luma + 2 * (x & 1)];
            m_row[3 * x + 1] = pair[1 - luma];
            m_row[3 * x + 2] = pair[3 - luma];
        }
    }

    std::vector<uint8_t> m_row;  // the row that is being written, in YCbCr
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

void set_progressive_jpeg_allowed(bool allowed) {
    s_progressive_allowed = allowed;
}

img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type) {
    const img_t nothing = {nullptr, 0, 0, pix_type};
    Decoder decoder;
    if (!decoder.open(jpeg_img)) {
        ESP_LOGE(TAG, "JPEG of %zu bytes: %s", jpeg_img.size(), decoder.message());
        return nothing;
    }
    const bool yuv = pixel_detail::is_yuv(pix_type);
    if (yuv && (s_decoder != JPEG_DECODER_CHIP || decoder.width() % 2 != 0)) {
        ESP_LOGE(TAG, "JPEG of %ux%u to %s: an even width and JPEG_DECODER_CHIP are needed", decoder.width(),
                 decoder.height(), pix_type2str(pix_type).c_str());
        return nothing;
    }
    img_t decoded = alloc_img("JPEG", decoder.width(), decoder.height(), yuv ? pix_type : DL_IMAGE_PIX_TYPE_RGB888);
    if (!decoded.data) {
        return nothing;
    }
    const bool ok = s_decoder == JPEG_DECODER_CHIP ? decoder.decode_chip(decoded, target())
                                                   : decoder.decode_libjpeg(static_cast<uint8_t *>(decoded.data));
    if (!ok) {
        ESP_LOGE(TAG, "JPEG of %zu bytes, %ux%u: %s", jpeg_img.size(), decoder.width(), decoder.height(),
                 decoder.message());
        heap_caps_free(decoded.data);
        return nothing;
    }
    if (pix_type == decoded.pix_type) {
        return decoded;
    }
    img_t img = alloc_img("JPEG", decoded.width, decoded.height, pix_type);
    if (img.data && convert_img(decoded, img) != ESP_OK) {
        heap_caps_free(img.data);
        img = nothing;
    }
    heap_caps_free(decoded.data);
    return img;
}

namespace {

// Encode RGB888, GRAY, YUYV or UYVY.
jpeg_img_t encode_direct(const img_t &img, uint8_t quality, jpeg_down_sampling_type_t sampling) {
    Encoder encoder;
    if (!encoder.encode(img, quality, sampling)) {
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

jpeg_img_t encode_converted(const img_t &img, uint8_t quality, jpeg_down_sampling_type_t sampling) {
    if (img.pix_type == DL_IMAGE_PIX_TYPE_RGB888 || img.pix_type == DL_IMAGE_PIX_TYPE_GRAY) {
        return encode_direct(img, quality, sampling);
    }
    if (img.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK) {
        return encode_direct({img.data, img.width, img.height, DL_IMAGE_PIX_TYPE_GRAY}, quality, sampling);
    }
    img_t rgb = alloc_img("encode JPEG", img.width, img.height, DL_IMAGE_PIX_TYPE_RGB888);
    if (!rgb.data) {
        return {nullptr, 0};
    }
    jpeg_img_t jpeg = {nullptr, 0};
    if (convert_img(img, rgb) == ESP_OK) {
        jpeg = encode_direct(rgb, quality, sampling);
    }
    heap_caps_free(rgb.data);
    return jpeg;
}

bool can_encode(const img_t &img, std::initializer_list<pix_type_t> types) {
    bool listed = false;
    std::string names;
    for (pix_type_t type : types) {
        listed = listed || img.pix_type == type;
        names += (names.empty() ? "" : ", ") + pix_type2str(type);
    }
    const bool shares_chroma = pixel_detail::is_yuv(img.pix_type);
    if (!img.data || img.width == 0 || img.height == 0 || !listed || (shares_chroma && img.width % 2 != 0)) {
        ESP_LOGE(TAG, "encode: %s of %dx%d%s: one of %s is needed%s", pix_type2str(img.pix_type).c_str(), img.width,
                 img.height, img.data ? "" : " without memory", names.c_str(),
                 shares_chroma ? ", YUV with an even width" : "");
        return false;
    }
    return true;
}

// Has the chip a codec in hardware? Only ESP32-P4 does.
bool has_codec(const char *what) {
    if (target() != TARGET_ESP32P4) {
        ESP_LOGE(TAG, "%s: this chip has no JPEG codec in hardware; use sw_%s", what, what + 3);
        return false;
    }
    return true;
}

bool known_sampling(jpeg_down_sampling_type_t sampling) {
    if (sampling != JPEG_DOWN_SAMPLING_YUV444 && sampling != JPEG_DOWN_SAMPLING_YUV422 &&
        sampling != JPEG_DOWN_SAMPLING_YUV420) {
        ESP_LOGE(TAG, "encode: sampling 0x%x: 4:4:4, 4:2:2 or 4:2:0 is needed", static_cast<unsigned>(sampling));
        return false;
    }
    return true;
}

}  // namespace

jpeg_img_t sw_encode_jpeg_base(const img_t &img, uint8_t quality) {
    if (!can_encode(
            img, {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_GRAY, DL_IMAGE_PIX_TYPE_YUYV, DL_IMAGE_PIX_TYPE_UYVY})) {
        return {nullptr, 0};
    }
    return encode_direct(img, quality,
                         pixel_detail::is_yuv(img.pix_type) ? JPEG_DOWN_SAMPLING_YUV422 : JPEG_DOWN_SAMPLING_YUV420);
}

jpeg_img_t sw_encode_jpeg(const img_t &img, uint8_t quality) {
    if (pixel_detail::is_yuv(img.pix_type)) {
        return sw_encode_jpeg_base(img, quality);
    }
    if (!can_encode(img, {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888, DL_IMAGE_PIX_TYPE_GRAY,
                          DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_RGB565BE, DL_IMAGE_PIX_TYPE_BGR565LE,
                          DL_IMAGE_PIX_TYPE_BGR565BE, DL_IMAGE_PIX_TYPE_HSV_MASK})) {
        return {nullptr, 0};
    }
    return encode_converted(img, quality, JPEG_DOWN_SAMPLING_YUV420);
}

img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, int, jpeg_yuv_rgb_conv_std_t yuv_rgb_conv_std) {
    const img_t nothing = {nullptr, 0, 0, pix_type};
    if (!has_codec("hw_decode_jpeg()")) {
        return nothing;
    }
    if (pix_type != DL_IMAGE_PIX_TYPE_GRAY && pix_type != DL_IMAGE_PIX_TYPE_RGB888 &&
        pix_type != DL_IMAGE_PIX_TYPE_BGR888 && !pixel_detail::is_565(pix_type)) {
        ESP_LOGE(TAG, "the codec decodes to GRAY, RGB888 and RGB565, not %s", pix_type2str(pix_type).c_str());
        return nothing;
    }
    if (yuv_rgb_conv_std != JPEG_YUV_RGB_CONV_STD_BT601) {
        ESP_LOGE(TAG, "the codec's colours by another standard than BT.601 are not emulated");
        return nothing;
    }
    static std::atomic<bool> warned{false};
    if (!warned.exchange(true)) {
        ESP_LOGW(
            TAG,
            "the arithmetic of the JPEG codec in hardware is not known: pixels are those of the software decoder, and "
            "may differ a little from the chip's");
    }
    const img_t img = sw_decode_jpeg(jpeg_img, pix_type);
    if (!img.data) {
        return nothing;
    }
    if (static_cast<uint32_t>(img.width) * img.height % 8 != 0) {
        ESP_LOGE(TAG, "JPEG of %dx%d: the codec decodes only pictures whose number of pixels is a multiple of 8",
                 img.width, img.height);
        heap_caps_free(img.data);
        return nothing;
    }
    const int width = align_up(img.width, 16);
    const int height = align_up(img.height, 16);
    if (width == img.width && height == img.height) {
        return img;
    }
    const img_t padded = alloc_img("JPEG", static_cast<uint32_t>(width), static_cast<uint32_t>(height), pix_type);
    for (int y = 0; padded.data && y < height; y++) {
        const uint8_t *in =
            static_cast<const uint8_t *>(img.data) + static_cast<size_t>(std::min(y, img.height - 1)) * img.row_step();
        uint8_t *out = static_cast<uint8_t *>(padded.data) + static_cast<size_t>(y) * padded.row_step();
        std::memcpy(out, in, img.row_step());
        for (int x = img.width; x < width; x++) {
            std::memcpy(out + static_cast<size_t>(x) * img.col_step(),
                        in + static_cast<size_t>(img.width - 1) * img.col_step(), img.col_step());
        }
    }
    heap_caps_free(img.data);
    return padded.data ? padded : nothing;
}

jpeg_img_t hw_encode_jpeg_base(const img_t &img, uint8_t quality, int,
                               jpeg_down_sampling_type_t rgb_sub_sample_method) {
    if (!has_codec("hw_encode_jpeg_base()") || !known_sampling(rgb_sub_sample_method) ||
        !can_encode(img, {DL_IMAGE_PIX_TYPE_GRAY, DL_IMAGE_PIX_TYPE_BGR888, DL_IMAGE_PIX_TYPE_RGB565LE})) {
        return {nullptr, 0};
    }
    return encode_converted(img, quality, rgb_sub_sample_method);
}

jpeg_img_t hw_encode_jpeg(const img_t &img, uint8_t quality, int, jpeg_down_sampling_type_t rgb_sub_sample_method) {
    if (!has_codec("hw_encode_jpeg()") || !known_sampling(rgb_sub_sample_method) ||
        !can_encode(img, {DL_IMAGE_PIX_TYPE_RGB888, DL_IMAGE_PIX_TYPE_BGR888, DL_IMAGE_PIX_TYPE_GRAY,
                          DL_IMAGE_PIX_TYPE_RGB565LE, DL_IMAGE_PIX_TYPE_RGB565BE, DL_IMAGE_PIX_TYPE_BGR565LE,
                          DL_IMAGE_PIX_TYPE_BGR565BE, DL_IMAGE_PIX_TYPE_HSV_MASK})) {
        return {nullptr, 0};
    }
    return encode_converted(img, quality, rgb_sub_sample_method);
}

namespace {

// The type that a decoder of 3.1.0 and older writes. Without a swap its RGB888 has blue first.
pix_type_t old_type(pix_type_t type, bool swap_color_bytes) {
    if (type == DL_IMAGE_PIX_TYPE_RGB888 && !swap_color_bytes) {
        return DL_IMAGE_PIX_TYPE_BGR888;
    }
    return type == DL_IMAGE_PIX_TYPE_RGB565LE && swap_color_bytes ? DL_IMAGE_PIX_TYPE_RGB565BE : type;
}

esp_err_t take(const img_t &decoded, img_t &img) {
    const pix_type_t type = img.pix_type;
    img = decoded;
    img.pix_type = type;
    return decoded.data ? ESP_OK : ESP_FAIL;
}

}  // namespace

esp_err_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, img_t &img, bool swap_color_bytes, int scale) {
    if (scale != 0) {
        ESP_LOGE(TAG, "sw_decode_jpeg() reduces no pictures: esp_jpeg_decode() does");
        return take({}, img);
    }
    return take(sw_decode_jpeg(jpeg_img, old_type(img.pix_type, swap_color_bytes)), img);
}

esp_err_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, img_t &img, bool swap_color_bytes) {
    return take(hw_decode_jpeg(jpeg_img, old_type(img.pix_type, swap_color_bytes)), img);
}

esp_err_t hw_encode_jpeg(const img_t &img, jpeg_img_t &encoded_img, jpeg_down_sampling_type_t sub_sample_mode,
                         uint8_t quality) {
    encoded_img = hw_encode_jpeg(img, quality, 70, sub_sample_mode);
    encoded_img.width = img.width;
    encoded_img.height = img.height;
    encoded_img.data_size = static_cast<uint32_t>(encoded_img.data_len);
    return encoded_img.data ? ESP_OK : ESP_FAIL;
}

jpeg_img_t read_jpeg(const char *file_name) {
    jpeg_img_t jpeg = {nullptr, 0};
    read_file(file_name, &jpeg.data, &jpeg.data_len);
    return jpeg;
}

esp_err_t write_jpeg(const jpeg_img_t &img, const char *file_name) {
    return write_file(file_name, img.data, img.size());
}

}  // namespace image
}  // namespace dl
