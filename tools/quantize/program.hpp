/**
 * @file program.hpp
 * espdl-quantize, without a process around it.
 */
#pragma once

namespace quantize {

/** Does what the command line says, once in a process. @return the exit code */
int run_program(int argc, char **argv);

}  // namespace quantize
