// Included before everything else when formats are checked (cmake/format_check.cmake): the chip's compiler says long
// where the PC's says int, and PRId32 is "ld". Whatever else a format depends on (long, size_t and pointers of 32 bits,
// int64_t as long long) comes from -m32.
#pragma once

#define __int32_t __pc_int32_t
#define __uint32_t __pc_uint32_t
#include <bits/types.h>
#undef __int32_t
#undef __uint32_t
typedef long __int32_t;
typedef unsigned long __uint32_t;

#include <inttypes.h>
#undef PRId32
#undef PRIi32
#undef PRIo32
#undef PRIu32
#undef PRIx32
#undef PRIX32
#undef SCNd32
#undef SCNi32
#undef SCNo32
#undef SCNu32
#undef SCNx32
#define PRId32 "ld"
#define PRIi32 "li"
#define PRIo32 "lo"
#define PRIu32 "lu"
#define PRIx32 "lx"
#define PRIX32 "lX"
#define SCNd32 "ld"
#define SCNi32 "li"
#define SCNo32 "lo"
#define SCNu32 "lu"
#define SCNx32 "lx"
