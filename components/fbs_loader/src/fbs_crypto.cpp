#include "fbs_crypto.hpp"

#include <algorithm>
#include <vector>

#include "mbedtls/aes.h"
#include "mbedtls/sha256.h"
#include "mbedtls/version.h"

// mbedTLS 2 has functions of the plain names that return nothing; those that return an error end in _ret there.
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

namespace fbs {

bool crypt_aes128_ctr(const uint8_t key[16], uint8_t *data, size_t size) {
    uint8_t counter[16];
    for (int i = 0; i < 16; i++) {
        counter[i] = (uint8_t)(0x10 + i);
    }
    uint8_t stream[16] = {};
    size_t used = 0;
    mbedtls_aes_context aes;
    mbedtls_aes_init(&aes);
    const bool done = mbedtls_aes_setkey_enc(&aes, key, 128) == 0 &&
                      mbedtls_aes_crypt_ctr(&aes, size, &used, counter, stream, data, data) == 0;
    mbedtls_aes_free(&aes);
    return done;
}

bool hash_sha256(size_t size, const std::function<bool(size_t offset, uint8_t *piece, size_t length)> &fetch,
                 uint8_t digest[32]) {
    std::vector<uint8_t> piece(4096);
    mbedtls_sha256_context sha;
    mbedtls_sha256_init(&sha);
    bool good = mbedtls_sha256_starts(&sha, 0) == 0;
    for (size_t offset = 0; good && offset < size; offset += piece.size()) {
        const size_t length = std::min(piece.size(), size - offset);
        good = fetch(offset, piece.data(), length) && mbedtls_sha256_update(&sha, piece.data(), length) == 0;
    }
    good = good && mbedtls_sha256_finish(&sha, digest) == 0;
    mbedtls_sha256_free(&sha);
    return good;
}

}  // namespace fbs
