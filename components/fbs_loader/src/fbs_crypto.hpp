/**
 * @file fbs_crypto.hpp
 * The two algorithms of the container, on mbedTLS: in hardware on a chip, in software on a PC.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace fbs {

/** Decrypt (or encrypt: it is the same) in place. AES-128-CTR; the counter block starts as 10 11 12 ... 1f. */
bool crypt_aes128_ctr(const uint8_t key[16], uint8_t *data, size_t size);

/** SHA-256 of `size` bytes, fetched in pieces of at most 4 KB. @return false if a piece could not be had */
bool hash_sha256(size_t size, const std::function<bool(size_t offset, uint8_t *piece, size_t length)> &fetch,
                 uint8_t digest[32]);

}  // namespace fbs
