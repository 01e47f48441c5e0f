// Debian's compiler brings a <stdint.h> of its own, which does not tell newlib's <inttypes.h> that there are integers
// of 64 bits.
#pragma once

#define __int64_t_defined 1
#define __int_least64_t_defined 1
#define __int_fast64_t_defined 1

#include_next <inttypes.h>
