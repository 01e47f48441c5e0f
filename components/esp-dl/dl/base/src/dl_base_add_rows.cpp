#include "dl_base_add_rows.hpp"

#include "dl_base_wing.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

namespace {

template <typename T>
void add_rows(const AddRowsArgs &args, int begin, int end) {
    for (int64_t row = begin; row < end; row++) {
        T *out = static_cast<T *>(args.out) + row * args.out_pitch;
        const T *add = static_cast<const T *>(args.add) + row * args.add_pitch;
        for (int i = 0; i < args.columns; i++) {
            out[i] = saturate<T>(out[i] + add[i]);
        }
    }
}

void dl_reference_any_add_rows(const AddRowsArgs &args, int begin, int end) {
    args.dtype == DATA_TYPE_INT8 ? add_rows<int8_t>(args, begin, end) : add_rows<int16_t>(args, begin, end);
}

const Kernel<AddRowsArgs> s_kernels[] = {
    {"dl_reference_any_add_rows", nullptr, nullptr, dl_reference_any_add_rows, dl_reference_any_add_rows},
};

}  // namespace

BoundKernel<AddRowsArgs> select_add_rows(AddRowsArgs &args) {
    return select_kernel<AddRowsArgs>(&Wing::add_rows, s_kernels, args);
}

}  // namespace base
}  // namespace dl
