#pragma once

#include <stdint.h>

/** Complex numbers as they lie in the arrays. */
typedef union sc16_u {
    struct {
        int16_t re;
        int16_t im;
    };
    uint32_t data;
} sc16_t;

typedef union fc32_u {
    struct {
        float re;
        float im;
    };
    uint64_t data;
} fc32_t;
