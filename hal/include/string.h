#pragma once

#include_next <string.h>

// Newlib's functions that glibc lacks, or has since 2.38 only.
#ifdef __GLIBC__
#ifdef __cplusplus
extern "C" {
#endif

#if !__GLIBC_PREREQ(2, 38)
/** Copies as much as fits, always with a zero at the end. @return length of `source` */
size_t strlcpy(char *destination, const char *source, size_t size);
/** Appends as much as fits. @return the length that was wanted */
size_t strlcat(char *destination, const char *source, size_t size);
#endif
/** As strstr(), within the first `length` characters. */
char *strnstr(const char *text, const char *wanted, size_t length);
/** In place. */
char *strlwr(char *text);
char *strupr(char *text);

#ifdef __cplusplus
}
#endif
#endif
