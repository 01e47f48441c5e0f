#include "fbs_crypto.hpp"

#include <algorithm>
#include <vector>

#include "mbedtls/aes.h"
#include "mbedtls/md.h"

namespace fbs {

bool crypt_aes128_ctr(const uint8_t key[16], uint8_t *data, size_t size) {
    uint8_t counter[16];
    for (int i = 0; i < 16; i++) {
        counter[i] = static_cast<uint8_t>(0x10 + i);
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
    // mbedtls_md_*() are the same in mbedTLS 2 and 3; mbedtls_sha256_*() differ.
    mbedtls_md_context_t sha;
    mbedtls_md_init(&sha);
    bool good =
        mbedtls_md_setup(&sha, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0) == 0 && mbedtls_md_starts(&sha) == 0;
    for (size_t offset = 0; good && offset < size; offset += piece.size()) {
        const size_t length = std::min(piece.size(), size - offset);
        good = fetch(offset, piece.data(), length) && mbedtls_md_update(&sha, piece.data(), length) == 0;
    }
    good = good && mbedtls_md_finish(&sha, digest) == 0;
    mbedtls_md_free(&sha);
    return good;
}

}  // namespace fbs
