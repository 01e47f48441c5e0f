/**
 * @file fbs_crypto.hpp
 * The two algorithms of the container, by mbedTLS. On a chip, mbedTLS uses the hardware.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace fbs {

/** Decrypt in place by AES-128-CTR, which is the same as encrypting. The first counter block is 10 11 12 ... 1f. */
bool crypt_aes128_ctr(const uint8_t key[16], uint8_t *data, size_t size);

/**
 * Compute the SHA-256 of `size` bytes, which `fetch` supplies in pieces of at most 4 KB.
 * @return false if `fetch` fails
 */
bool hash_sha256(size_t size, const std::function<bool(size_t offset, uint8_t *piece, size_t length)> &fetch,
                 uint8_t digest[32]);

}  // namespace fbs
