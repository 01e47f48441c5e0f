#pragma once

#include <cstddef>

namespace hal {

/** Tells esp_ptr_in_drom() about flash that is mapped for reading, and forgets it. The flash calls them. */
void add_flash_mapping(const void *begin, size_t size);
void remove_flash_mapping(const void *begin);

/** Whether `p` lies in a mapping told above. */
bool is_flash_mapping(const void *p);

}  // namespace hal
