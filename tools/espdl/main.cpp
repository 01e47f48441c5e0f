// espdl: works on .espdl files. One source file per subcommand; main() only puts them together.

#include "commands.hpp"

int main(int argc, char **argv) {
    using namespace espdl_tool;
    return run_program("Look into .espdl models, test them and run them.", "espdl",
                       {add_info, add_test, add_run, add_pack, add_unpack, add_ops, add_bench, add_profile, add_predict,
                        add_compare, add_eval, add_audit, add_serve, add_quantize},
                       argc, argv);
}
