// ESP_NEW_JPEG's interface. The codec, with the chip's arithmetic, is components/vision's.
#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_jpeg_dec.h"
#include "esp_jpeg_enc.h"
#include "esp_log.h"

static const char *TAG = "esp_new_jpeg";

namespace {

using namespace dl::image;

bool pixel_type(jpeg_pixel_format_t format, pix_type_t &type) {
    switch (format) {
        case JPEG_PIXEL_FORMAT_GRAY:
            type = DL_IMAGE_PIX_TYPE_GRAY;
            return true;
        case JPEG_PIXEL_FORMAT_RGB888:
            type = DL_IMAGE_PIX_TYPE_RGB888;
            return true;
        case JPEG_PIXEL_FORMAT_RGB565_LE:
            type = DL_IMAGE_PIX_TYPE_RGB565LE;
            return true;
        case JPEG_PIXEL_FORMAT_RGB565_BE:
            type = DL_IMAGE_PIX_TYPE_RGB565BE;
            return true;
        default:
            ESP_LOGE(TAG, "pixel format %d is not emulated: GRAY, RGB888, RGB565_LE and RGB565_BE are",
                     static_cast<int>(format));
            return false;
    }
}

struct Decoder {
    pix_type_t type;
    uint16_t width, height;
    bool parsed;
};

struct Encoder {
    jpeg_enc_config_t config;
    pix_type_t type;
};

/** Walks the markers up to the frame's header. */
jpeg_error_t read_header(const uint8_t *data, size_t size, uint16_t &width, uint16_t &height) {
    if (size < 4 || data[0] != 0xFF || data[1] != 0xD8) {
        return JPEG_ERR_BAD_DATA;
    }
    size_t at = 2;
    while (at + 4 <= size) {
        if (data[at] != 0xFF) {
            return JPEG_ERR_BAD_DATA;
        }
        const uint8_t marker = data[at + 1];
        if (marker == 0xFF || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
            at += marker == 0xFF ? 1 : 2;
            continue;
        }
        const size_t length = static_cast<size_t>(data[at + 2]) << 8 | data[at + 3];
        if (marker == 0xDA || marker == 0xD9 || length < 2) {
            return JPEG_ERR_BAD_DATA;
        }
        const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame) {
            if (at + 9 > size) {
                return JPEG_ERR_NO_MORE_DATA;
            }
            if (marker > 0xC1) {
                ESP_LOGE(TAG, "the picture is not baseline (marker 0x%02X)", marker);
                return JPEG_ERR_UNSUPPORT_STD;
            }
            height = static_cast<uint16_t>(data[at + 5] << 8 | data[at + 6]);
            width = static_cast<uint16_t>(data[at + 7] << 8 | data[at + 8]);
            return width != 0 && height != 0 ? JPEG_ERR_OK : JPEG_ERR_BAD_DATA;
        }
        at += 2 + length;
    }
    return JPEG_ERR_NO_MORE_DATA;
}

size_t picture_bytes(const Decoder &decoder) {
    return static_cast<size_t>(decoder.width) * decoder.height * get_pix_byte_size(decoder.type);
}

}  // namespace

extern "C" {

void *jpeg_calloc_align(size_t size, int aligned) {
    if (aligned <= 0 || !std::has_single_bit(static_cast<unsigned>(aligned))) {
        ESP_LOGE(TAG, "memory aligned to %d bytes: a power of two is needed", aligned);
        return nullptr;
    }
    return heap_caps_aligned_calloc(static_cast<size_t>(aligned), 1, size, MALLOC_CAP_DEFAULT);
}

void jpeg_free_align(void *data) {
    heap_caps_free(data);
}

jpeg_error_t jpeg_dec_open(jpeg_dec_config_t *config, jpeg_dec_handle_t *jpeg_dec) {
    if (!config || !jpeg_dec) {
        return JPEG_ERR_INVALID_PARAM;
    }
    pix_type_t type;
    if (!pixel_type(config->output_type, type)) {
        return JPEG_ERR_UNSUPPORT_FMT;
    }
    if (config->scale.width || config->scale.height || config->clipper.width || config->clipper.height ||
        config->rotate != JPEG_ROTATE_0D || config->block_enable) {
        ESP_LOGE(TAG, "a decoder that scales, clips, rotates or works in blocks is not emulated");
        return JPEG_ERR_UNSUPPORT_FMT;
    }
    Decoder *decoder = new Decoder{type, 0, 0, false};
    *jpeg_dec = decoder;
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_dec_parse_header(jpeg_dec_handle_t jpeg_dec, jpeg_dec_io_t *io, jpeg_dec_header_info_t *out_info) {
    Decoder *decoder = static_cast<Decoder *>(jpeg_dec);
    if (!decoder || !io || !io->inbuf || io->inbuf_len <= 0 || !out_info) {
        return JPEG_ERR_INVALID_PARAM;
    }
    const jpeg_error_t err =
        read_header(io->inbuf, static_cast<size_t>(io->inbuf_len), decoder->width, decoder->height);
    decoder->parsed = err == JPEG_ERR_OK;
    if (decoder->parsed) {
        *out_info = {decoder->width, decoder->height};
    }
    return err;
}

jpeg_error_t jpeg_dec_get_outbuf_len(jpeg_dec_handle_t jpeg_dec, int *outbuf_len) {
    Decoder *decoder = static_cast<Decoder *>(jpeg_dec);
    if (!decoder || !outbuf_len || !decoder->parsed || picture_bytes(*decoder) > INT32_MAX) {
        return JPEG_ERR_INVALID_PARAM;
    }
    *outbuf_len = static_cast<int>(picture_bytes(*decoder));
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_dec_get_process_count(jpeg_dec_handle_t jpeg_dec, int *process_count) {
    if (!jpeg_dec || !process_count) {
        return JPEG_ERR_INVALID_PARAM;
    }
    *process_count = 1;
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_dec_process(jpeg_dec_handle_t jpeg_dec, jpeg_dec_io_t *io) {
    Decoder *decoder = static_cast<Decoder *>(jpeg_dec);
    if (!decoder || !io || !io->inbuf || io->inbuf_len <= 0 || !io->outbuf || !decoder->parsed) {
        return JPEG_ERR_INVALID_PARAM;
    }
    const img_t picture = sw_decode_jpeg({io->inbuf, static_cast<size_t>(io->inbuf_len)}, decoder->type);
    if (!picture.data) {
        return JPEG_ERR_BAD_DATA;
    }
    if (picture.width != decoder->width || picture.height != decoder->height) {
        heap_caps_free(picture.data);  // another picture than the one whose header was read
        return JPEG_ERR_INVALID_PARAM;
    }
    std::memcpy(io->outbuf, picture.data, picture.bytes());
    io->out_size = static_cast<int>(picture.bytes());
    io->inbuf_remain = 0;
    heap_caps_free(picture.data);
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_dec_close(jpeg_dec_handle_t jpeg_dec) {
    delete (Decoder *)jpeg_dec;
    return jpeg_dec ? JPEG_ERR_OK : JPEG_ERR_INVALID_PARAM;
}

jpeg_error_t jpeg_enc_open(jpeg_enc_config_t *info, jpeg_enc_handle_t *jpeg_enc) {
    if (!info || !jpeg_enc || info->width <= 0 || info->height <= 0 || info->width > UINT16_MAX ||
        info->height > UINT16_MAX || info->quality < 1 || info->quality > 100) {
        return JPEG_ERR_INVALID_PARAM;
    }
    pix_type_t type;
    if (info->rotate != JPEG_ROTATE_0D || !pixel_type(info->src_type, type)) {
        return JPEG_ERR_UNSUPPORT_FMT;
    }
    Encoder *encoder = new Encoder{*info, type};
    *jpeg_enc = encoder;
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_enc_process(const jpeg_enc_handle_t jpeg_enc, const uint8_t *inbuf, int inbuf_size, uint8_t *outbuf,
                              int outbuf_size, int *out_size) {
    const Encoder *encoder = static_cast<const Encoder *>(jpeg_enc);
    if (!encoder || !inbuf || !outbuf || !out_size) {
        return JPEG_ERR_INVALID_PARAM;
    }
    const img_t picture = {const_cast<uint8_t *>(inbuf), static_cast<uint16_t>(encoder->config.width),
                           static_cast<uint16_t>(encoder->config.height), encoder->type};
    if (inbuf_size < 0 || static_cast<size_t>(inbuf_size) < picture.bytes()) {
        ESP_LOGE(TAG, "a picture of %u x %u has %zu bytes, not %d", picture.width, picture.height, picture.bytes(),
                 inbuf_size);
        return JPEG_ERR_INVALID_PARAM;
    }
    const jpeg_img_t jpeg = sw_encode_jpeg(picture, encoder->config.quality);
    if (!jpeg.data) {
        return JPEG_ERR_FAIL;
    }
    const bool fits = outbuf_size >= 0 && jpeg.data_len <= static_cast<size_t>(outbuf_size);
    if (fits) {
        std::memcpy(outbuf, jpeg.data, jpeg.data_len);
        *out_size = static_cast<int>(jpeg.data_len);
    } else {
        ESP_LOGE(TAG, "the encoded picture has %zu bytes; there is room for %d", jpeg.data_len, outbuf_size);
    }
    heap_caps_free(jpeg.data);
    return fits ? JPEG_ERR_OK : JPEG_ERR_NO_MEM;
}

jpeg_error_t jpeg_enc_set_quality(const jpeg_enc_handle_t jpeg_enc, uint8_t quality) {
    if (!jpeg_enc || quality < 1 || quality > 100) {
        return JPEG_ERR_INVALID_PARAM;
    }
    static_cast<Encoder *>(jpeg_enc)->config.quality = quality;
    return JPEG_ERR_OK;
}

jpeg_error_t jpeg_enc_close(jpeg_enc_handle_t jpeg_enc) {
    delete (Encoder *)jpeg_enc;
    return jpeg_enc ? JPEG_ERR_OK : JPEG_ERR_INVALID_PARAM;
}
}
