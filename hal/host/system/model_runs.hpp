#pragma once

#include <cstdio>
#include <string>

namespace hal {

/** Reads what the nodes of models take on the chip (`fw run --chip-speed`): from then on a run lasts as long.
 * The file has a line "model COUNT NAME" for each model, and below it a line for each of its COUNT nodes, in the order
 * of execution: microseconds. @return empty, or what is wrong */
std::string load_chip_speed(const std::string &file);

/** What models have run, as a JSON array: name, nodes, runs, and the milliseconds that they took on this PC. */
void print_model_runs(FILE *out);

/** Forgets runs and predictions. For tests only. */
void reset_model_runs();

}  // namespace hal
