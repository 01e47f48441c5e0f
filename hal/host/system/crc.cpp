#include "esp_rom_crc.h"

namespace {

template <typename T>
T reflected(T value) {
    T result = 0;
    for (unsigned bit = 0; bit < 8 * sizeof(T); ++bit) {
        result = static_cast<T>(result << 1 | (value >> bit & 1));
    }
    return result;
}

/** Bits from the highest one on. */
template <typename T>
T forward(T crc, const uint8_t *buf, uint32_t len, T polynomial) {
    constexpr unsigned BITS = 8 * sizeof(T);
    crc = static_cast<T>(~crc);
    for (uint32_t i = 0; i < len; ++i) {
        crc = static_cast<T>(crc ^ static_cast<T>(static_cast<T>(buf[i]) << (BITS - 8)));
        for (int bit = 0; bit < 8; ++bit) {
            crc = static_cast<T>(crc << 1 ^ ((crc >> (BITS - 1)) != 0 ? polynomial : 0));
        }
    }
    return static_cast<T>(~crc);
}

/** Bits from the lowest one on. */
template <typename T>
T backward(T crc, const uint8_t *buf, uint32_t len, T polynomial) {
    const T mirrored = reflected(polynomial);
    crc = static_cast<T>(~crc);
    for (uint32_t i = 0; i < len; ++i) {
        crc = static_cast<T>(crc ^ buf[i]);
        for (int bit = 0; bit < 8; ++bit) {
            crc = static_cast<T>(crc >> 1 ^ ((crc & 1) != 0 ? mirrored : 0));
        }
    }
    return static_cast<T>(~crc);
}

constexpr uint32_t POLYNOMIAL32 = 0x04C11DB7;
constexpr uint16_t POLYNOMIAL16 = 0x1021;
constexpr uint8_t POLYNOMIAL8 = 0x07;

}  // namespace

uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const *buf, uint32_t len) {
    return backward(crc, buf, len, POLYNOMIAL32);
}
uint32_t esp_rom_crc32_be(uint32_t crc, uint8_t const *buf, uint32_t len) {
    return forward(crc, buf, len, POLYNOMIAL32);
}
uint16_t esp_rom_crc16_le(uint16_t crc, uint8_t const *buf, uint32_t len) {
    return backward(crc, buf, len, POLYNOMIAL16);
}
uint16_t esp_rom_crc16_be(uint16_t crc, uint8_t const *buf, uint32_t len) {
    return forward(crc, buf, len, POLYNOMIAL16);
}
uint8_t esp_rom_crc8_le(uint8_t crc, uint8_t const *buf, uint32_t len) {
    return backward(crc, buf, len, POLYNOMIAL8);
}
uint8_t esp_rom_crc8_be(uint8_t crc, uint8_t const *buf, uint32_t len) {
    return forward(crc, buf, len, POLYNOMIAL8);
}
