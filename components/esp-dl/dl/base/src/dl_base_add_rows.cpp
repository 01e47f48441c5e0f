#include "dl_base_add_rows.hpp"

#include "dl_rounding.hpp"
#if DL_ISA_X86
#include "avx2/dl_avx2_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

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

void dl_reference_add_rows(const AddRowsArgs &args, int begin, int end) {
    args.dtype == DATA_TYPE_INT8 ? add_rows<int8_t>(args, begin, end) : add_rows<int16_t>(args, begin, end);
}

const Kernel<AddRowsArgs> s_kernels[] = {
#if DL_ISA_X86
    {"dl_avx2_x8_add_rows_32", ISA_AVX2, nullptr, nullptr, dl_avx2_x8_add_rows_32, dl_avx2_x8_add_rows_32},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_x8_add_rows_16", ISA_NEON_DOTPROD, nullptr, nullptr, dl_neon_dotprod_x8_add_rows_16,
     dl_neon_dotprod_x8_add_rows_16},
#endif
    {"dl_reference_add_rows", ISA_REFERENCE, nullptr, nullptr, dl_reference_add_rows, dl_reference_add_rows},
};

}  // namespace

BoundKernel<AddRowsArgs> select_add_rows(AddRowsArgs &args) {
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
