/**
 * @file dl_base_wing.hpp
 * A wing: the kernels of one instruction set, for all operations. And the list of the wings of this build.
 *
 * A wing is one constant: pointers to constant tables of constant rows. Nothing registers itself when the program
 * starts, so the order in which files are initialized cannot matter. Files of reference kernels need not know which
 * instruction sets exist. `isa/<isa>/dl_<isa>_wing.cpp` defines a wing; `isa/dl_isa_<family>.cpp` lists those of a
 * processor family.
 */
#pragma once

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct AddRowsArgs;
struct ConvArgs;
struct CopyArgs;
struct ElementwiseArgs;
struct GatherArgs;
struct MatmulArgs;
struct NormArgs;
struct PadArgs;
struct PoolArgs;
struct ReduceArgs;
struct ResizeArgs;
struct RnnArgs;
struct SoftmaxArgs;
struct UnaryArgs;

struct Wing {
    isa_t isa;
    // A table per operation; nullptr: the instruction set has no kernels for it.
    const KernelTable<AddRowsArgs> *add_rows = nullptr;
    const KernelTable<PoolArgs> *average_pool = nullptr;
    const KernelTable<ConvArgs> *conv = nullptr;
    const KernelTable<CopyArgs> *copy = nullptr;
    const KernelTable<ConvArgs> *depthwise_conv = nullptr;
    const KernelTable<ElementwiseArgs> *elementwise = nullptr;
    const KernelTable<GatherArgs> *gather = nullptr;
    const KernelTable<RnnArgs> *gru = nullptr;
    const KernelTable<RnnArgs> *lstm = nullptr;
    const KernelTable<MatmulArgs> *matmul = nullptr;
    const KernelTable<PoolArgs> *max_pool = nullptr;
    const KernelTable<NormArgs> *normalization = nullptr;
    const KernelTable<PadArgs> *pad = nullptr;
    const KernelTable<ReduceArgs> *reduce = nullptr;
    const KernelTable<ResizeArgs> *resize = nullptr;
    const KernelTable<SoftmaxArgs> *softmax = nullptr;
    const KernelTable<UnaryArgs> *unary = nullptr;
    int64_t (*peak)(int64_t rounds) = nullptr;  ///< see run_peak()
};

/** The wings that were built for this processor family, the strongest first, and their number. */
extern const Wing *const WINGS[];
extern const size_t WING_COUNT;

/**
 * Choose the best kernel for these arguments, and prepare it.
 * @param operation the operation's table in a wing, such as &Wing::conv
 * @param reference the kernels that are always there; the result is empty only if they do not support the arguments
 */
template <typename Args>
BoundKernel<Args> select_kernel(const KernelTable<Args> *Wing::*operation, const KernelTable<Args> &reference,
                                Args &args) {
    for (size_t i = 0; i < WING_COUNT; i++) {
        const KernelTable<Args> *table = WINGS[i]->*operation;
        if (table && isa_enabled(WINGS[i]->isa)) {
            if (BoundKernel<Args> kernel = select_from(WINGS[i]->isa, *table, args)) {
                return kernel;
            }
        }
    }
    return select_from(ISA_REFERENCE, reference, args);
}

}  // namespace base
}  // namespace dl
