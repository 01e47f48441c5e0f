// What dl_tool.hpp lets an app do with the chips' vector units. The library is built once for all chips, so this file
// defines the functions of every chip; the header declares those of the configured one.
#include <algorithm>
#include <cstdint>

namespace {

thread_local uint32_t s_configuration = 0;

void set_bits(int at, uint32_t mask, uint32_t value) {
    s_configuration = (s_configuration & ~(mask << at)) | (value & mask) << at;
}

template <typename T>
void fill(void *ptr, int value, int n) {
    std::fill_n(static_cast<T *>(ptr), n > 0 ? n : 0, static_cast<T>(value));
}

}  // namespace

extern "C" {

void dl_tie728_memset_8b(void *ptr, const int value, const int n) {
    fill<int8_t>(ptr, value, n);
}

void dl_tie728_memset_16b(void *ptr, const int value, const int n) {
    fill<int16_t>(ptr, value, n);
}

void dl_tie728_memset_32b(void *ptr, const int value, const int n) {
    fill<int32_t>(ptr, value, n);
}

// The arguments have the values of dl_tool.hpp's enumerations.
void dl_esp32p4_cfg_round(unsigned round_mode) {
    set_bits(4, 0xf, round_mode);
}

void dl_esp32p4_cfg_misalign(unsigned store, unsigned load) {
    set_bits(0, 1, load);
    set_bits(1, 1, store);
}

uint32_t dl_esp32p4_get_cfg() {
    return s_configuration;
}
}
