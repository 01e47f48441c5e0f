#include "dl_base_insert_zeros.hpp"

#include <cstring>

namespace dl {
namespace base {

void insert_zeros(const InsertZerosArgs &args, int begin, int end) {
    const size_t row_bytes = static_cast<size_t>(args.out_w) * args.pixel_bytes;
    for (int row = begin; row < end; row++) {
        char *out = static_cast<char *>(args.output) + row * row_bytes;
        memset(out, 0, row_bytes);
        const int y = row % args.out_h;
        const int in_y = y / args.stride_h;
        if (y % args.stride_h != 0 || in_y >= args.in_h) {
            continue;
        }
        const size_t first = (static_cast<size_t>(row / args.out_h) * args.in_h + in_y) * args.in_w;
        const char *in = static_cast<const char *>(args.input) + first * args.pixel_bytes;
        for (int x = 0; x < args.in_w; x++) {
            memcpy(out + static_cast<size_t>(x) * args.stride_w * args.pixel_bytes, in + x * args.pixel_bytes,
                   args.pixel_bytes);
        }
    }
}

}  // namespace base
}  // namespace dl
