#pragma once

#include <cstddef>

namespace hal {

/** malloc() and realloc() of the chip: small blocks from internal RAM first, large ones from PSRAM first.
 * @param caller whom the heap report names */
void *malloc_by_policy(size_t size, const void *caller);
void *realloc_by_policy(void *ptr, size_t size, const void *caller);

}  // namespace hal
