// espdl unpack: the models of a package as single files.

#include <cstdio>
#include <filesystem>
#include <set>

#include "commands.hpp"
#include "file_io.hpp"

namespace espdl_tool {

namespace {

struct Options {
    std::string package;
    std::string out = ".";
    std::string key;
};

int run(const Options &options) {
    std::string error;
    std::optional<AesKey> key;
    if (!options.key.empty() && !(key = parse_key(options.key))) {
        return refuse("--key: needed 32 hexadecimal digits or 16 numbers");
    }
    std::unique_ptr<ModelFile> file = ModelFile::open_container(options.package, error);
    if (!file) {
        return refuse(error);
    }
    std::error_code code;
    std::filesystem::create_directories(options.out, code);
    if (code) {
        return refuse("cannot make folder '" + options.out + "': " + code.message());
    }
    std::set<std::string> used;
    for (const fbs::FbsLoader::entry_t &entry : file->loader().get_entries()) {
        // A package may name its models as it likes; a name must not lead out of the folder.
        std::string name =
            file_name_of(entry.name.empty() ? std::filesystem::path(options.package).filename().string() : entry.name);
        if (!name.ends_with(".espdl")) {
            name += ".espdl";
        }
        while (!used.insert(name).second) {
            name.insert(name.size() - 6, "_2");
        }
        const uint8_t *blob = file->data() + entry.offset;
        std::vector<uint8_t> bytes(blob, blob + entry.size);
        if (entry.encrypted && key) {
            const size_t header = entry.magic == "EDL1" ? 12 : 16;
            bytes = make_edl(std::span(bytes).subspan(header), entry.magic == "EDL1" ? 1 : 2, &*key);
            bytes[4] = 0;
        }
        const std::string path = (std::filesystem::path(options.out) / name).string();
        if (!write_file(path, {{bytes.data(), bytes.size()}}, error)) {
            return refuse(error);
        }
        printf("%s: %zu bytes%s\n", path.c_str(), bytes.size(), entry.encrypted && !key ? ", encrypted" : "");
    }
    return EXIT_DONE;
}

}  // namespace

void add_unpack(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand("unpack", "Write the models of a package as single files");
    command.add_option("PACKAGE", options->package, ".espdl package").required();
    command.add_option("-o,--out", options->out, "Folder to write to (default: this one)");
    command.add_option("--key", options->key, "Decrypt the models: 32 hexadecimal digits");
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
