#include <cstdio>

#include "commands.hpp"
#include "report/check.hpp"

namespace quantize {

int check_command(const Options &options) {
    Settings settings;
    settings.target = parse_target(options.target);
    settings.bits = options.bits;
    const CheckResult result = check_model(options.model, import_options(options), settings);
    static const char *const words[] = {"supported", "via rewrite", "unsupported"};
    int counts[3] = {};
    for (const Verdict &verdict : result.nodes) {
        counts[verdict.kind]++;
        printf("%-12s %-22s %s%s%s\n", words[verdict.kind], verdict.type.c_str(), verdict.node.c_str(),
               verdict.note.empty() ? "" : "  ", verdict.note.c_str());
    }
    if (!result.problem.empty()) {
        printf("unsupported  the model: %s\n", result.problem.c_str());
    }
    printf("%zu nodes: %d supported, %d via rewrite, %d unsupported\n", result.nodes.size(), counts[0], counts[1],
           counts[2]);
    return result.supported() ? 0 : 1;
}

}  // namespace quantize
