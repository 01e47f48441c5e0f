/**
 * @file dl_base_kernel.hpp
 * What a kernel is, and how one is chosen.
 *
 * An operation `<op>` declares its arguments in dl_base_<op>.hpp and defines its reference kernels in dl_base_<op>.cpp.
 * Optimized kernels come in wings (dl_base_wing.hpp), one for each instruction set. A module asks once, in prepare(),
 * for the kernel that serves its arguments. The strongest wing is asked first, each wing offers its best kernel first,
 * and the reference kernels come last. From then on, the module only calls the kernel.
 */
#pragma once

#include <cstddef>

#include "dl_base_kernel_name.hpp"
#include "dl_define.hpp"
#include "dl_target.hpp"

namespace dl {
namespace base {

/** Instruction sets, the weakest of a processor family first. A processor need not have all those before its best one:
 * servers with AVX512-VNNI may lack AVX-VNNI, the 256-bit form that desktop processors have. */
typedef enum {
    ISA_REFERENCE = 0,
    ISA_AVX2,
    ISA_AVXVNNI,
    ISA_AVX512VNNI,
    ISA_AMX,
    ISA_NEON_DOTPROD,
    ISA_NEON_I8MM,
    ISA_MAX,
} isa_t;

/** "reference", "avx2", "avxvnni", "avx512vnni", "amx", "neon_dotprod", "neon_i8mm". */
const char *isa_name(isa_t isa);
/** @return false for an unknown name; `out` is then unchanged. */
bool isa_from_name(const char *name, isa_t *out);
/** Can this processor, and its operating system, run this instruction set? Read once. */
bool isa_supported(isa_t isa);
/** May kernels of this instruction set be chosen? It has to be supported, and not above the level that set_isa_level()
 * or DESKBOARD_ISA has set. */
bool isa_enabled(isa_t isa);
/** The highest instruction set whose kernels may be chosen. */
isa_t isa_level();
/** Set the highest instruction set, for models that are prepared from now on. @return false if the processor lacks it;
 * nothing has changed then */
bool set_isa_level(isa_t isa);
/** May AVX512-VNNI kernels look bytes up with vpermi2b of AVX512-VBMI? The processor has to have it, and neither
 * set_vbmi(false) nor DESKBOARD_VBMI=0 must forbid it. */
bool vbmi_enabled();
void set_vbmi(bool enabled);

/**
 * One implementation of an operation.
 * @tparam Args the operation's arguments: shapes, strides, shifts, tables, packed weights, and the data pointers, which
 * forward() sets.
 */
template <typename Args>
struct Kernel {
    KernelName name;                     ///< dl_<isa>_<type>_<operation>[_<tile>]
    bool (*supports)(const Args &args);  ///< may the kernel be used for these arguments? nullptr: always
    /** Repack weights, make tables. Called once, in the module's prepare(); nullptr: there is nothing to do. @return
     * false if the kernel cannot be used after all; the next one is then asked */
    bool (*prepare)(Args &args);
    /** Compute the units [begin, end) of args.units. There is one function for each rounding rule; if nothing is
     * rounded, both are the same. */
    void (*run_half_up)(const Args &args, int begin, int end);
    void (*run_half_even)(const Args &args, int begin, int end);
};

/** Kernels of one operation, best first. Constant data: tables of other files may be read before main() begins. */
template <typename Args>
struct KernelTable {
    const Kernel<Args> *rows = nullptr;
    size_t count = 0;

    constexpr KernelTable() = default;
    template <size_t N>
    constexpr KernelTable(const Kernel<Args> (&kernels)[N]) : rows(kernels), count(N) {}
};

/** A chosen kernel, bound to the current target's rounding rule. */
template <typename Args>
struct BoundKernel {
    const char *name = nullptr;
    isa_t isa = ISA_REFERENCE;
    void (*run)(const Args &args, int begin, int end) = nullptr;
    explicit operator bool() const { return run != nullptr; }
};

/** Choose the first kernel of a table that supports the arguments, and prepare it. @return an empty BoundKernel if
 * there is none */
template <typename Args>
BoundKernel<Args> select_from(isa_t isa, const KernelTable<Args> &table, Args &args) {
    for (size_t i = 0; i < table.count; i++) {
        const Kernel<Args> &kernel = table.rows[i];
        if ((kernel.supports && !kernel.supports(args)) || (kernel.prepare && !kernel.prepare(args))) {
            continue;
        }
        return {kernel.name, isa, target() == TARGET_ESP32P4 ? kernel.run_half_even : kernel.run_half_up};
    }
    return {};
}

/** Choose and prepare a kernel of an operation that has reference kernels only. */
template <typename Args, size_t N>
BoundKernel<Args> select_kernel(const Kernel<Args> (&reference)[N], Args &args) {
    return select_from(ISA_REFERENCE, KernelTable<Args>(reference), args);
}

}  // namespace base
}  // namespace dl
