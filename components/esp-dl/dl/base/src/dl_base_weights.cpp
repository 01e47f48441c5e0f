#include "dl_base_weights.hpp"

#include <cstring>

#include "dl_target.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {

/** Cut `word` from the front of `text`. */
static bool take(std::string &text, const std::string &word) {
    if (text.compare(0, word.size(), word) != 0) {
        return false;
    }
    text.erase(0, word.size());
    return true;
}

bool parse_weight_layout(const std::string &tag, dtype_t dtype, int rank, bool depthwise, int n,
                         weight_layout_t *layout, std::string *reason) {
    const std::string shown = "weight layout '" + tag + "'";
    if (dtype == DATA_TYPE_FLOAT) {
        if (tag.empty() || tag == "UNK") {
            *layout = WEIGHT_LAYOUT_ONNX;
            return true;
        }
        *reason = shown + ": float32 weights have no layout of their own";
        return false;
    }
    if (dtype != DATA_TYPE_INT8 && dtype != DATA_TYPE_INT16) {
        *reason =
            std::string("weights of type ") + tool::dtype_to_string(dtype) + ": int8, int16 and float32 are supported";
        return false;
    }

    const char *const wide = depthwise ? "HWCN" : "NHWC";
    const char *const narrow = depthwise ? "WCN" : "NWC";
    if (tag.empty() || (rank != 3 && tag == wide) || (rank != 4 && tag == narrow)) {
        if (target() != TARGET_ESP32) {
            *reason = shown + " is that of chips without vector unit: the target is " + target_name(target());
            return false;
        }
        *layout = WEIGHT_LAYOUT_PLAIN;
        return true;
    }

    const int block = weight_block(dtype);
    const std::string a = std::to_string(block);
    std::string rest = tag;
    if (!take(rest, "(N/" + a + ")") && !take(rest, "N" + a)) {
        *reason = shown + " is not one of " + tool::dtype_to_string(dtype) + " weights: needed (N/" + a + ")" +
                  (rank == 3 ? "" : "H") + "WC" + a + " or " + (rank == 3 ? narrow : wide);
        return false;
    }
    const bool has_height = take(rest, "H");
    if (!take(rest, "WC" + a) || (rank == 4 && !has_height) || (rank == 3 && has_height)) {
        *reason = shown + " does not fit a kernel of " + (rank == 3 ? "one dimension" : "two dimensions");
        return false;
    }
    const bool unaligned = take(rest, "_UNALIGNED");
    if (!rest.empty()) {
        *reason = shown + " is unknown";
        return false;
    }
    if (unaligned != (n % block != 0)) {
        *reason = shown + " does not fit " + std::to_string(n) + " output channels";
        return false;
    }
    if (target() == TARGET_ESP32) {
        *reason = shown + " is that of ESP32-S3 and ESP32-P4: the target is " + target_name(target());
        return false;
    }
    *layout = WEIGHT_LAYOUT_BLOCKED;
    return true;
}

void unpack_conv_weights(weight_layout_t layout, int block, size_t element, int n, int h, int w, int c,
                         const void *source, void *destination) {
    if (layout != WEIGHT_LAYOUT_ONNX) {
        unpack_matrix(layout, block, element, n, h * w * c, source, destination);
        return;
    }
    const char *from = static_cast<const char *>(source);
    char *to = static_cast<char *>(destination);
    for (int i = 0; i < n; i++) {
        for (int y = 0; y < h * w; y++) {
            for (int k = 0; k < c; k++) {
                memcpy(to, from + ((static_cast<size_t>(i) * c + k) * h * w + y) * element, element);
                to += element;
            }
        }
    }
}

void unpack_depthwise_weights(weight_layout_t layout, int block, size_t element, int n, int h, int w,
                              const void *source, void *destination) {
    const char *from = static_cast<const char *>(source);
    char *to = static_cast<char *>(destination);
    const int whole = n / block * block;
    for (int y = 0; y < h * w; y++) {
        for (int i = 0; i < n; i++) {
            size_t index;
            if (layout == WEIGHT_LAYOUT_ONNX) {
                index = static_cast<size_t>(i) * h * w + y;
            } else if (layout == WEIGHT_LAYOUT_PLAIN) {
                index = static_cast<size_t>(y) * n + i;
            } else if (i < whole) {
                index = (static_cast<size_t>(i / block) * h * w + y) * block + i % block;
            } else {
                index = static_cast<size_t>(whole) * h * w + static_cast<size_t>(y) * (n - whole) + (i - whole);
            }
            memcpy(to, from + index * element, element);
            to += element;
        }
    }
}

/** The copy loop by element type: fixed sizes let the compiler move whole elements. */
template <typename T>
static void unpack_matrix_as(weight_layout_t layout, int block, int n, int k, const T *from, T *to) {
    for (int i = 0; i < n; i++) {
        // Elements of a row lie at equal distances in every layout.
        const T *row = from + weight_index(layout, block, n, k, i, 0);
        const size_t step =
            k > 1 ? weight_index(layout, block, n, k, i, 1) - weight_index(layout, block, n, k, i, 0) : 1;
        for (int j = 0; j < k; j++) {
            to[static_cast<size_t>(i) * k + j] = row[j * step];
        }
    }
}

void unpack_matrix(weight_layout_t layout, int block, size_t element, int n, int k, const void *source,
                   void *destination) {
    switch (element) {
        case 1:
            unpack_matrix_as(layout, block, n, k, static_cast<const int8_t *>(source),
                             static_cast<int8_t *>(destination));
            break;
        case 2:
            unpack_matrix_as(layout, block, n, k, static_cast<const int16_t *>(source),
                             static_cast<int16_t *>(destination));
            break;
        default:
            unpack_matrix_as(layout, block, n, k, static_cast<const int32_t *>(source),
                             static_cast<int32_t *>(destination));
            break;
    }
}

}  // namespace base
}  // namespace dl
