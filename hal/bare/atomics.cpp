// What GCC calls for a std::atomic of 64 bits: this processor has no instruction for it. ESP-IDF has the same functions
// for its chips. There is one thread, and the only interrupt (timer.cpp) counts in 32 bits, so nothing can come between
// a read and a write.
#include <cstdint>

extern "C" {

uint64_t __atomic_load_8(const volatile void *memory, int) {
    return *static_cast<const volatile uint64_t *>(memory);
}

void __atomic_store_8(volatile void *memory, uint64_t value, int) {
    *static_cast<volatile uint64_t *>(memory) = value;
}

uint64_t __atomic_exchange_8(volatile void *memory, uint64_t value, int) {
    volatile uint64_t &word = *static_cast<volatile uint64_t *>(memory);
    const uint64_t before = word;
    word = value;
    return before;
}

bool __atomic_compare_exchange_8(volatile void *memory, void *expected, uint64_t desired, bool, int, int) {
    volatile uint64_t &word = *static_cast<volatile uint64_t *>(memory);
    uint64_t &wanted = *static_cast<uint64_t *>(expected);
    const uint64_t before = word;
    if (before != wanted) {
        wanted = before;
        return false;
    }
    word = desired;
    return true;
}

uint64_t __atomic_fetch_add_8(volatile void *memory, uint64_t value, int order) {
    return __atomic_exchange_8(memory, __atomic_load_8(memory, order) + value, order);
}

uint64_t __atomic_fetch_sub_8(volatile void *memory, uint64_t value, int order) {
    return __atomic_exchange_8(memory, __atomic_load_8(memory, order) - value, order);
}

}  // extern "C"
