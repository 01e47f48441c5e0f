#pragma once

#include_next <inttypes.h>

// A chip's long has 32 bits, and `%ld` of an int32_t is right there. The HAL's printf family and log therefore take a
// single l as 32 bits. 64 bits that are a long on the PC are printed through intmax_t, which is the same type.
#if __INTPTR_WIDTH__ == 64
#undef PRId64
#undef PRIi64
#undef PRIo64
#undef PRIu64
#undef PRIx64
#undef PRIX64
#define PRId64 "jd"
#define PRIi64 "ji"
#define PRIo64 "jo"
#define PRIu64 "ju"
#define PRIx64 "jx"
#define PRIX64 "jX"
#undef PRIdLEAST64
#undef PRIiLEAST64
#undef PRIoLEAST64
#undef PRIuLEAST64
#undef PRIxLEAST64
#undef PRIXLEAST64
#define PRIdLEAST64 "jd"
#define PRIiLEAST64 "ji"
#define PRIoLEAST64 "jo"
#define PRIuLEAST64 "ju"
#define PRIxLEAST64 "jx"
#define PRIXLEAST64 "jX"
#undef PRIdFAST16
#undef PRIiFAST16
#undef PRIoFAST16
#undef PRIuFAST16
#undef PRIxFAST16
#undef PRIXFAST16
#define PRIdFAST16 "jd"
#define PRIiFAST16 "ji"
#define PRIoFAST16 "jo"
#define PRIuFAST16 "ju"
#define PRIxFAST16 "jx"
#define PRIXFAST16 "jX"
#undef PRIdFAST32
#undef PRIiFAST32
#undef PRIoFAST32
#undef PRIuFAST32
#undef PRIxFAST32
#undef PRIXFAST32
#define PRIdFAST32 "jd"
#define PRIiFAST32 "ji"
#define PRIoFAST32 "jo"
#define PRIuFAST32 "ju"
#define PRIxFAST32 "jx"
#define PRIXFAST32 "jX"
#undef PRIdFAST64
#undef PRIiFAST64
#undef PRIoFAST64
#undef PRIuFAST64
#undef PRIxFAST64
#undef PRIXFAST64
#define PRIdFAST64 "jd"
#define PRIiFAST64 "ji"
#define PRIoFAST64 "jo"
#define PRIuFAST64 "ju"
#define PRIxFAST64 "jx"
#define PRIXFAST64 "jX"
#undef PRIdMAX
#undef PRIiMAX
#undef PRIoMAX
#undef PRIuMAX
#undef PRIxMAX
#undef PRIXMAX
#define PRIdMAX "jd"
#define PRIiMAX "ji"
#define PRIoMAX "jo"
#define PRIuMAX "ju"
#define PRIxMAX "jx"
#define PRIXMAX "jX"
#undef PRIdPTR
#undef PRIiPTR
#undef PRIoPTR
#undef PRIuPTR
#undef PRIxPTR
#undef PRIXPTR
#define PRIdPTR "jd"
#define PRIiPTR "ji"
#define PRIoPTR "jo"
#define PRIuPTR "ju"
#define PRIxPTR "jx"
#define PRIXPTR "jX"
#endif
