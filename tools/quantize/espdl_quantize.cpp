// espdl-quantize: ONNX to .espdl. `espdl quantize`, `espdl check` and `espdl compare` start it.

#include "program.hpp"

int main(int argc, char **argv) {
    return quantize::run_program(argc, argv);
}
