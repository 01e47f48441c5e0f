#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

/** Complex numbers as they lie in the arrays of dl_fft. */
typedef union dl_sc16_u {
    struct {
        int16_t re;
        int16_t im;
    };
    uint32_t data;
} dl_sc16_t;

typedef union dl_fc32_u {
    struct {
        float re;
        float im;
    };
    uint64_t data;
} dl_fc32_t;
