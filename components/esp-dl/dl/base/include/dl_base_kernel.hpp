/**
 * @file dl_base_kernel.hpp
 * What a kernel is, and how one is chosen.
 *
 * An operation `<op>` declares its arguments in dl_base_<op>.hpp and defines its reference kernels in dl_base_<op>.cpp.
 * Optimized kernels come in wings (dl_base_wing.hpp), one per instruction set. The module asks once, in prepare(),
 * which kernel serves its arguments, and from then on only calls it: the strongest wing is asked first, each wing
 * offers its best kernel first, and the reference kernels come last.
 */
#pragma once

#include <cstddef>

#include "dl_base_kernel_name.hpp"
#include "dl_define.hpp"
#include "dl_target.hpp"

namespace dl {
namespace base {

/** Instruction sets, weakest first within a family. A processor need not have all below its best one: servers with
 * AVX512-VNNI may lack AVX-VNNI, its 256-bit form that desktop processors have. */
typedef enum {
    ISA_REFERENCE = 0,
    ISA_AVX2,
    ISA_AVXVNNI,
    ISA_AVX512VNNI,
    ISA_AMX,
    ISA_NEON_DOTPROD,
    ISA_MAX,
} isa_t;

/** "reference", "avx2", "avxvnni", "avx512vnni", "amx", "neon_dotprod". */
const char *isa_name(isa_t isa);
/** @return false for an unknown name; `out` is then unchanged. */
bool isa_from_name(const char *name, isa_t *out);
/** What this processor (and operating system) can run; read once. */
bool isa_supported(isa_t isa);
/** Kernels of this instruction set may be chosen: supported, and not above the level set by set_isa_level() or
 * DESKBOARD_ISA. */
bool isa_enabled(isa_t isa);
/** The highest level in use. */
isa_t isa_level();
/** Limit the kernels to this level for models prepared from now on. @return false if the processor lacks it (nothing
 * changes). */
bool set_isa_level(isa_t isa);
/** AVX512-VNNI kernels look bytes up with vpermi2b (AVX512-VBMI): the processor has it, and neither set_vbmi(false) nor
 * DESKBOARD_VBMI=0 forbids it. */
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
    bool (*supports)(const Args &args);  ///< may it be used for these shapes and types; nullptr: always
    /** Repack weights, build index tables: called once, in prepare(). nullptr: nothing to do. @return false: not for me
     * after all, the next kernel is tried. */
    bool (*prepare)(Args &args);
    /** Compute the units [begin, end) of args.units. One function per rounding rule; the same one where nothing is
     * rounded. */
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

/** The first kernel of a table that supports the arguments and prepares them; an empty result if there is none. */
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

/** For an operation that has reference kernels only. */
template <typename Args, size_t N>
BoundKernel<Args> select_kernel(const Kernel<Args> (&reference)[N], Args &args) {
    return select_from(ISA_REFERENCE, KernelTable<Args>(reference), args);
}

}  // namespace base
}  // namespace dl
