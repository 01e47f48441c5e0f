// What the components use of mbedTLS, for the build of arm-none-eabi-sysroot.sh: an encrypted model's AES, a checksum's
// SHA-256.
#pragma once

#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_MODE_CTR
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
