// A Node addon that hides instruction sets from a library: the library's `cpuid` instructions have been replaced by
// `ud2`, which is as long, and this answers the signal that each of them raises. benchmarks/run.py --hold-ort prepares
// the library; benchmarks/ort.js loads the addon, after Node has reset all signal handlers and before the library.
//
// What is hidden is what programs choose kernels by: AVX-512, AVX10, AMX and the later 256-bit extensions, and, unless
// HOLD_CPUID is "avxvnni", AVX-VNNI. `xgetbv` need not be held: a register state nobody has instructions for is not
// used.

#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

struct Registers {
    uint32_t eax, ebx, ecx, edx;
};

constexpr uint32_t bits() {
    return 0;
}
template <typename... Rest>
constexpr uint32_t bits(int first, Rest... rest) {
    return UINT32_C(1) << first | bits(rest...);
}

// Leaf 7, in the order of Intel's manual.
constexpr uint32_t AVX512_EBX = bits(16, 17, 21, 26, 27, 28, 30, 31);  // F, DQ, IFMA, PF, ER, CD, BW, VL
constexpr uint32_t AVX512_ECX = bits(1, 6, 11, 12, 14);                // VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ
constexpr uint32_t AVX512_EDX = bits(2, 3, 8, 23);                     // 4VNNIW, 4FMAPS, VP2INTERSECT, FP16
constexpr uint32_t AMX_EDX = bits(22, 24, 25);                         // BF16, TILE, INT8
constexpr uint32_t AVX_VNNI_EAX = bits(4);
constexpr uint32_t LATER_EAX = bits(5, 21, 23);  // AVX512-BF16, AMX-FP16, AVX-IFMA
// AVX-VNNI-INT8, AVX-NE-CONVERT, AMX-COMPLEX, AVX-VNNI-INT16, AVX10
constexpr uint32_t LATER_EDX = bits(4, 5, 8, 10, 19);
constexpr uint32_t WIDE_STATE = bits(5, 6, 7, 17, 18);  // leaf 13: what xsave has for AVX-512 and AMX

bool s_avx_vnni = false;

Registers ask(uint32_t leaf, uint32_t part) {
    Registers answer;
    __cpuid_count(leaf, part, answer.eax, answer.ebx, answer.ecx, answer.edx);
    if (leaf == 7 && part == 0) {
        answer.ebx &= ~AVX512_EBX;
        answer.ecx &= ~AVX512_ECX;
        answer.edx &= ~(AVX512_EDX | AMX_EDX);
    } else if (leaf == 7 && part == 1) {
        answer.eax &= ~(LATER_EAX | (s_avx_vnni ? 0 : AVX_VNNI_EAX));
        answer.edx &= ~LATER_EDX;
    } else if (leaf == 13 && part == 0) {
        answer.eax &= ~WIDE_STATE;
    } else if (leaf == 0x1d || leaf == 0x1e || leaf == 0x24) {  // tiles, AMX, AVX10
        answer = {};
    }
    return answer;
}

/** Is `address` in the library that was prepared? Node raises the same signal where it gives up. */
bool is_prepared(const void *address) {
    Dl_info info;
    return dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, "libonnxruntime");
}

void on_illegal_instruction(int signal_number, siginfo_t *, void *context) {
    greg_t *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
    const uint8_t *at = reinterpret_cast<const uint8_t *>(registers[REG_RIP]);
    if (at[0] != 0x0f || at[1] != 0x0b || !is_prepared(at)) {
        signal(signal_number, SIG_DFL);  // the instruction is tried again, and ends the program
        return;
    }
    const Registers answer = ask(static_cast<uint32_t>(registers[REG_RAX]), static_cast<uint32_t>(registers[REG_RCX]));
    registers[REG_RAX] = answer.eax;
    registers[REG_RBX] = answer.ebx;
    registers[REG_RCX] = answer.ecx;
    registers[REG_RDX] = answer.edx;
    registers[REG_RIP] += 2;
}

}  // namespace

/** What Node calls when it loads the addon. The parameters are Node-API's environment and the addon's exports. */
extern "C" __attribute__((visibility("default"))) void *napi_register_module_v1(void *, void *exports) {
    const char *level = getenv("HOLD_CPUID");
    s_avx_vnni = level && strcmp(level, "avxvnni") == 0;
    struct sigaction action = {};
    action.sa_sigaction = on_illegal_instruction;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGILL, &action, nullptr);
    return exports;
}
