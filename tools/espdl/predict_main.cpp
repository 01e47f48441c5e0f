// espdl-predict: espdl with the one command that `fw run` needs after an app has ended, so that a first run does not
// wait for the rest of espdl to be compiled.

#include "commands.hpp"

int main(int argc, char **argv) {
    using namespace espdl_tool;
    return run_program("Predict how long a model takes on a chip.", "espdl-predict", {add_predict}, argc, argv);
}
