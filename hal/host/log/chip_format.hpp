#pragma once

#include <string>

namespace hal {

/** The format as a chip reads it, where long has 32 bits: a single l of an integer goes. @param room for the changed
 * text */
const char *chip_format(const char *format, std::string &room);

}  // namespace hal
