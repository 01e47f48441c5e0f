/**
 * @file verify.hpp
 * Whether a file does on the chip what the quantizer has simulated.
 */
#pragma once

#include <string>

#include "export/exporter.hpp"

namespace quantize {

struct Verification {
    enum Kind {
        EQUAL,     ///< every element of every output
        WITHIN,    ///< as close as 16 bits and floats are compared (`espdl test`)
        DIFFERS,   ///< an output differs
        UNUSABLE,  ///< the chip's library does not load or run the file
    } kind = UNUSABLE;
    std::string text;  ///< one line: what was compared, or what is wrong at which node
    bool works() const { return kind == EQUAL || kind == WITHIN; }
};

/** The emulated chip has this target's arithmetic from here on, and JPEG pictures its pixels. */
void set_chip(Target target);

/** Run the exporter's test input on the emulated chip, from a temporary file. Throws Error if none can be made. */
Verification verify(const Exporter &exporter, Target target);

}  // namespace quantize
