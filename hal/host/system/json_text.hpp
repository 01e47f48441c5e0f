#pragma once

#include <string>
#include <string_view>

namespace hal {

/** A text as JSON has it, with its quotes. Bytes that are no printable ASCII are escaped one by one (as Latin-1), so
 * that any name gives valid JSON. */
std::string json_text(std::string_view text);

}  // namespace hal
