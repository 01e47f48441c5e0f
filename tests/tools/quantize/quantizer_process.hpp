/**
 * @file quantizer_process.hpp
 * espdl-quantize as often as tests ask for it, with its libraries loaded once: half a second less each time.
 */
#pragma once

#include <string>
#include <vector>

namespace quantize_test {

/**
 * Runs espdl-quantize with these words. A process that was forked before the first test, and has done nothing since,
 * forks another for each call: nothing that a test or an earlier call did is seen there.
 * @param out, error files for the standard streams
 * @return as waitpid() gives it; -1: that process is gone
 */
int run_quantizer(const std::vector<std::string> &words, const std::string &out, const std::string &error);

}  // namespace quantize_test
