/**
 * @file dl_image_pixel_cvt_dispatch.hpp
 * The choice of a conversion by two pixel types that are known at run time.
 */
#pragma once

#include <array>
#include <type_traits>
#include <variant>

#include "dl_image_color.hpp"
#include "dl_image_define.hpp"
#include "dl_image_norm_quant.hpp"
#include "esp_err.h"
#include "esp_log.h"

namespace dl {
namespace image {

/** Return the number of a conversion: the source type in the upper half, the destination type in the lower. */
constexpr int pix_cvt_id(pix_type_t src, pix_type_t dst) {
    return (src << 16) | dst;
}

// Enumerators DL_IMAGE_PIX_CVT_<source>2<destination>, for a source and a group of destinations.
#define DL_IMAGE_CVT(src, dst) \
    DL_IMAGE_PIX_CVT_##src##2##dst = pix_cvt_id(DL_IMAGE_PIX_TYPE_##src, DL_IMAGE_PIX_TYPE_##dst)
#define DL_IMAGE_CVT_TO_QUANTIZED(src, dst) \
    DL_IMAGE_CVT(src, dst), DL_IMAGE_CVT(src, dst##_QINT8), DL_IMAGE_CVT(src, dst##_QINT16)
#define DL_IMAGE_CVT_TO_565(src) \
    DL_IMAGE_CVT(src, RGB565LE), DL_IMAGE_CVT(src, RGB565BE), DL_IMAGE_CVT(src, BGR565LE), DL_IMAGE_CVT(src, BGR565BE)
#define DL_IMAGE_CVT_OF_COLOR(src)                                                              \
    DL_IMAGE_CVT_TO_QUANTIZED(src, RGB888), DL_IMAGE_CVT_TO_QUANTIZED(src, BGR888),             \
        DL_IMAGE_CVT_TO_QUANTIZED(src, GRAY), DL_IMAGE_CVT_TO_565(src), DL_IMAGE_CVT(src, HSV), \
        DL_IMAGE_CVT(src, HSV_MASK)

/**
 * All conversions: from each colour type to 15 destinations, from grey to grey, from HSV to its mask, and from YUV also
 * to YUV.
 */
typedef enum {
    DL_IMAGE_CVT_OF_COLOR(RGB888),
    DL_IMAGE_CVT_OF_COLOR(BGR888),
    DL_IMAGE_CVT_OF_COLOR(RGB565LE),
    DL_IMAGE_CVT_OF_COLOR(RGB565BE),
    DL_IMAGE_CVT_OF_COLOR(BGR565LE),
    DL_IMAGE_CVT_OF_COLOR(BGR565BE),
    DL_IMAGE_CVT_TO_QUANTIZED(GRAY, GRAY),
    DL_IMAGE_CVT(HSV, HSV_MASK),
    DL_IMAGE_CVT_OF_COLOR(YUYV),
    DL_IMAGE_CVT(YUYV, YUYV),
    DL_IMAGE_CVT(YUYV, UYVY),
    DL_IMAGE_CVT_OF_COLOR(UYVY),
    DL_IMAGE_CVT(UYVY, YUYV),
    DL_IMAGE_CVT(UYVY, UYVY),
} pix_cvt_t;

#undef DL_IMAGE_CVT_OF_COLOR
#undef DL_IMAGE_CVT_TO_565
#undef DL_IMAGE_CVT_TO_QUANTIZED
#undef DL_IMAGE_CVT

/** The parameters of a conversion: NormQuant for quantized destinations, HSV2HSVMask for HSV_MASK. */
using pix_cvt_param_t = std::variant<std::monostate, NormQuant<int8_t, 1>, NormQuant<int8_t, 3>, NormQuant<int16_t, 1>,
                                     NormQuant<int16_t, 3>, HSV2HSVMask<false>, HSV2HSVMask<true>>;

/** Does the conversion read two pixels at a time, because they share their chroma? */
template <typename Cvt>
inline constexpr bool is_2pix_yuv_cvt_v =
    std::disjunction_v<std::bool_constant<is_yuv2rgb888_v<Cvt>>, std::bool_constant<is_yuv2rgb565_v<Cvt>>,
                       std::bool_constant<is_yuv2hsv_v<Cvt>>>;

/**
 * Does the conversion read YUV? Those are the ones that read two pixels at a time, and the one that reads luma only.
 */
template <typename Cvt>
inline constexpr bool is_yuv_cvt_v = is_2pix_yuv_cvt_v<Cvt> || is_yuv2gray_v<Cvt>;

namespace pixel_detail {

inline bool is_yuv(pix_type_t type) {
    return type == DL_IMAGE_PIX_TYPE_YUYV || type == DL_IMAGE_PIX_TYPE_UYVY;
}

inline bool is_565(pix_type_t type) {
    return type >= DL_IMAGE_PIX_TYPE_RGB565LE && type <= DL_IMAGE_PIX_TYPE_BGR565BE;
}

inline bool is_big_endian(pix_type_t type) {
    return type == DL_IMAGE_PIX_TYPE_RGB565BE || type == DL_IMAGE_PIX_TYPE_BGR565BE;
}

/** Is blue the first channel? */
inline bool is_bgr(pix_type_t type) {
    return (type >= DL_IMAGE_PIX_TYPE_BGR888 && type <= DL_IMAGE_PIX_TYPE_BGR888_QINT16) ||
           type == DL_IMAGE_PIX_TYPE_BGR565LE || type == DL_IMAGE_PIX_TYPE_BGR565BE;
}

/** Call f with std::true_type or std::false_type. */
template <typename F>
void choose(bool value, const F &f) {
    if (value) {
        f(std::true_type());
    } else {
        f(std::false_type());
    }
}

/** The ExtraProcess of a conversion whose constructor takes arguments of these types. */
template <typename... Extra>
struct ExtraProcessOf {
    using type = void;
};
template <typename Extra>
struct ExtraProcessOf<Extra> {
    using type = std::remove_cvref_t<Extra>;
};
template <typename... Extra>
using extra_process_t = typename ExtraProcessOf<Extra...>::type;

template <typename T, typename F>
esp_err_t with_param(const pix_cvt_param_t &param, const char *what, const F &f) {
    const T *value = std::get_if<T>(&param);
    if (!value || !value->valid()) {
        ESP_LOGE("pix_cvt_dispatch", "%s of the right type must be set first", what);
        return ESP_FAIL;
    }
    f(*value);
    return ESP_OK;
}

/** Call f: without arguments if the destination has bytes, with the NormQuant of `param` if it is quantized. */
template <int Channels, typename F>
esp_err_t with_norm_quant(pix_type_t dst, const pix_cvt_param_t &param, const F &f) {
    const char *what = "mean, standard deviation and exponent";
    switch (dst) {
        case DL_IMAGE_PIX_TYPE_RGB888_QINT8:
        case DL_IMAGE_PIX_TYPE_BGR888_QINT8:
        case DL_IMAGE_PIX_TYPE_GRAY_QINT8:
            return with_param<NormQuant<int8_t, Channels>>(param, what, f);
        case DL_IMAGE_PIX_TYPE_RGB888_QINT16:
        case DL_IMAGE_PIX_TYPE_BGR888_QINT16:
        case DL_IMAGE_PIX_TYPE_GRAY_QINT16:
            return with_param<NormQuant<int16_t, Channels>>(param, what, f);
        default:
            f();
            return ESP_OK;
    }
}

/** Call f: without arguments if the destination is HSV, with the HSV2HSVMask of `param` if it is a mask. */
template <typename F>
esp_err_t with_hsv_mask(pix_type_t dst, const pix_cvt_param_t &param, const F &f) {
    const char *what = "thresholds of hue, saturation and value";
    if (dst != DL_IMAGE_PIX_TYPE_HSV_MASK) {
        f();
        return ESP_OK;
    }
    if (std::holds_alternative<HSV2HSVMask<true>>(param)) {
        return with_param<HSV2HSVMask<true>>(param, what, f);
    }
    return with_param<HSV2HSVMask<false>>(param, what, f);
}

inline pix_type_t source_of(pix_cvt_t type) {
    return static_cast<pix_type_t>(static_cast<int>(type) >> 16);
}
inline pix_type_t destination_of(pix_cvt_t type) {
    return static_cast<pix_type_t>(static_cast<int>(type) & 0xFFFF);
}

}  // namespace pixel_detail

// Each of these functions is for a family of conversions: it calls func with the conversion that `pix_cvt_type` names,
// which must be of the family. If `param` is not what the conversion needs, it logs a line and returns ESP_FAIL.

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb5652rgb565(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t & = {}) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    pixel_detail::choose(pixel_detail::is_big_endian(src), [&](auto big_endian) {
        pixel_detail::choose(pixel_detail::is_bgr(src) != pixel_detail::is_bgr(dst), [&](auto swap) {
            pixel_detail::choose(pixel_detail::is_big_endian(src) != pixel_detail::is_big_endian(dst),
                                 [&](auto byte_swap) { func(RGB5652RGB565<big_endian, swap, byte_swap>()); });
        });
    });
    return ESP_OK;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb5652rgb888(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_big_endian(src), [&](auto big_endian) {
        pixel_detail::choose(pixel_detail::is_bgr(src) != pixel_detail::is_bgr(dst), [&](auto swap) {
            err = pixel_detail::with_norm_quant<3>(dst, param, [&](const auto &...extra) {
                func(RGB5652RGB888<big_endian, swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
            });
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb5652gray(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_big_endian(src), [&](auto big_endian) {
        pixel_detail::choose(pixel_detail::is_bgr(src), [&](auto swap) {
            err = pixel_detail::with_norm_quant<1>(dst, param, [&](const auto &...extra) {
                func(RGB5652Gray<big_endian, swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
            });
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb5652hsv(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_big_endian(src), [&](auto big_endian) {
        pixel_detail::choose(pixel_detail::is_bgr(src), [&](auto swap) {
            err = pixel_detail::with_hsv_mask(dst, param, [&](const auto &...extra) {
                func(RGB5652HSV<big_endian, swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
            });
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb8882rgb888(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_bgr(src) != pixel_detail::is_bgr(dst), [&](auto swap) {
        err = pixel_detail::with_norm_quant<3>(dst, param, [&](const auto &...extra) {
            func(RGB8882RGB888<swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb8882rgb565(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t & = {}) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    pixel_detail::choose(pixel_detail::is_big_endian(dst), [&](auto big_endian) {
        pixel_detail::choose(pixel_detail::is_bgr(src) != pixel_detail::is_bgr(dst),
                             [&](auto swap) { func(RGB8882RGB565<big_endian, swap>()); });
    });
    return ESP_OK;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb8882gray(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_bgr(src), [&](auto swap) {
        err = pixel_detail::with_norm_quant<1>(dst, param, [&](const auto &...extra) {
            func(RGB8882Gray<swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_rgb8882hsv(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(pixel_detail::is_bgr(src), [&](auto swap) {
        err = pixel_detail::with_hsv_mask(dst, param, [&](const auto &...extra) {
            func(RGB8882HSV<swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_gray2gray(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    return pixel_detail::with_norm_quant<1>(
        pixel_detail::destination_of(pix_cvt_type), param,
        [&](const auto &...extra) { func(Gray2Gray<pixel_detail::extra_process_t<decltype(extra)...>>(extra...)); });
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_hsv2hsv_mask(const Func &func, pix_cvt_t, const pix_cvt_param_t &param) {
    return pixel_detail::with_hsv_mask(DL_IMAGE_PIX_TYPE_HSV_MASK, param, [&](const auto &...mask) {
        if constexpr (sizeof...(mask) == 1) {
            (func(mask), ...);
        }
    });
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_yuv2rgb888(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(src == DL_IMAGE_PIX_TYPE_YUYV, [&](auto yuyv) {
        pixel_detail::choose(pixel_detail::is_bgr(dst), [&](auto swap) {
            err = pixel_detail::with_norm_quant<3>(dst, param, [&](const auto &...extra) {
                func(YUV2RGB888<yuyv, swap, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
            });
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_yuv2rgb565(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t & = {}) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    pixel_detail::choose(src == DL_IMAGE_PIX_TYPE_YUYV, [&](auto yuyv) {
        pixel_detail::choose(pixel_detail::is_big_endian(dst), [&](auto big_endian) {
            pixel_detail::choose(pixel_detail::is_bgr(dst),
                                 [&](auto swap) { func(YUV2RGB565<yuyv, big_endian, swap>()); });
        });
    });
    return ESP_OK;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_yuv2gray(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(src == DL_IMAGE_PIX_TYPE_YUYV, [&](auto yuyv) {
        err = pixel_detail::with_norm_quant<1>(dst, param, [&](const auto &...extra) {
            func(YUV2Gray<yuyv, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_yuv2hsv(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t &param) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    esp_err_t err = ESP_FAIL;
    pixel_detail::choose(src == DL_IMAGE_PIX_TYPE_YUYV, [&](auto yuyv) {
        err = pixel_detail::with_hsv_mask(dst, param, [&](const auto &...extra) {
            func(YUV2HSV<yuyv, pixel_detail::extra_process_t<decltype(extra)...>>(extra...));
        });
    });
    return err;
}

template <typename Func>
esp_err_t pixel_cvt_dispatch_yuv2yuv(const Func &func, pix_cvt_t pix_cvt_type, const pix_cvt_param_t & = {}) {
    const pix_type_t src = pixel_detail::source_of(pix_cvt_type);
    const pix_type_t dst = pixel_detail::destination_of(pix_cvt_type);
    pixel_detail::choose(src != dst, [&](auto byte_swap) { func(YUV2YUV<byte_swap>()); });
    return ESP_OK;
}

/**
 * Call func with the conversion from src_pix_type to dst_pix_type. The conversion is an object that is called with a
 * source and a destination pixel. It refers to `param`, which must outlive it.
 * @return ESP_FAIL, with a log line, if there is no such conversion, or if `param` is not what the conversion needs
 */
template <typename Func>
esp_err_t pixel_cvt_dispatch(const Func &func, pix_type_t src_pix_type, pix_type_t dst_pix_type,
                             const pix_cvt_param_t &param = {}) {
    const bool src_888 = src_pix_type == DL_IMAGE_PIX_TYPE_RGB888 || src_pix_type == DL_IMAGE_PIX_TYPE_BGR888;
    const bool src_565 = pixel_detail::is_565(src_pix_type);
    const bool src_yuv = pixel_detail::is_yuv(src_pix_type);
    const bool dst_888 = dst_pix_type >= DL_IMAGE_PIX_TYPE_RGB888 && dst_pix_type <= DL_IMAGE_PIX_TYPE_BGR888_QINT16;
    const bool dst_gray = dst_pix_type >= DL_IMAGE_PIX_TYPE_GRAY && dst_pix_type <= DL_IMAGE_PIX_TYPE_GRAY_QINT16;
    const bool dst_hsv = dst_pix_type == DL_IMAGE_PIX_TYPE_HSV || dst_pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK;
    if (get_pix_byte_size(src_pix_type) == 0 || get_pix_byte_size(dst_pix_type) == 0) {
        ESP_LOGE("pix_cvt_dispatch", "conversion from %s to %s", pix_type2str(src_pix_type).c_str(),
                 pix_type2str(dst_pix_type).c_str());
        return ESP_FAIL;
    }
    const pix_cvt_t type = static_cast<pix_cvt_t>(pix_cvt_id(src_pix_type, dst_pix_type));
    if (dst_888 && src_888) {
        return pixel_cvt_dispatch_rgb8882rgb888(func, type, param);
    }
    if (dst_888 && src_565) {
        return pixel_cvt_dispatch_rgb5652rgb888(func, type, param);
    }
    if (dst_888 && src_yuv) {
        return pixel_cvt_dispatch_yuv2rgb888(func, type, param);
    }
    if (dst_gray && src_888) {
        return pixel_cvt_dispatch_rgb8882gray(func, type, param);
    }
    if (dst_gray && src_565) {
        return pixel_cvt_dispatch_rgb5652gray(func, type, param);
    }
    if (dst_gray && src_yuv) {
        return pixel_cvt_dispatch_yuv2gray(func, type, param);
    }
    if (dst_gray && src_pix_type == DL_IMAGE_PIX_TYPE_GRAY) {
        return pixel_cvt_dispatch_gray2gray(func, type, param);
    }
    if (dst_hsv && src_888) {
        return pixel_cvt_dispatch_rgb8882hsv(func, type, param);
    }
    if (dst_hsv && src_565) {
        return pixel_cvt_dispatch_rgb5652hsv(func, type, param);
    }
    if (dst_hsv && src_yuv) {
        return pixel_cvt_dispatch_yuv2hsv(func, type, param);
    }
    if (dst_pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK && src_pix_type == DL_IMAGE_PIX_TYPE_HSV) {
        return pixel_cvt_dispatch_hsv2hsv_mask(func, type, param);
    }
    if (pixel_detail::is_565(dst_pix_type) && src_888) {
        return pixel_cvt_dispatch_rgb8882rgb565(func, type, param);
    }
    if (pixel_detail::is_565(dst_pix_type) && src_565) {
        return pixel_cvt_dispatch_rgb5652rgb565(func, type, param);
    }
    if (pixel_detail::is_565(dst_pix_type) && src_yuv) {
        return pixel_cvt_dispatch_yuv2rgb565(func, type, param);
    }
    if (pixel_detail::is_yuv(dst_pix_type) && src_yuv) {
        return pixel_cvt_dispatch_yuv2yuv(func, type, param);
    }
    ESP_LOGE("pix_cvt_dispatch", "there is no conversion from %s to %s", pix_type2str(src_pix_type).c_str(),
             pix_type2str(dst_pix_type).c_str());
    return ESP_FAIL;
}

/**
 * A function for pixel_cvt_dispatch(). It converts the pixel at src to dst, or both pixels if two share their chroma.
 */
struct CvtPixelFunctor {
    const uint8_t *src;
    uint8_t *dst;
    template <typename PixelCvt>
    void operator()(const PixelCvt &pixel_cvt) const {
        pixel_cvt(src, dst);
    }
};

/** Convert one pixel. From YUYV and UYVY, it converts a pair of pixels, except to GRAY and its quantized types. */
esp_err_t cvt_pix(const uint8_t *src, uint8_t *dst, pix_type_t src_pix_type, pix_type_t dst_pix_type,
                  const pix_cvt_param_t &param = {});

}  // namespace image
}  // namespace dl
