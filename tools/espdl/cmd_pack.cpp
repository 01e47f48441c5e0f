// espdl pack: several .espdl files into one package, or one file encrypted.

#include <cstdio>
#include <filesystem>

#include "commands.hpp"
#include "file_io.hpp"

namespace espdl_tool {

namespace {

struct Options : CommonOptions {
    std::vector<std::string> models;
    std::string out;
    std::string format = "PDL2";
    std::string version;
    std::string new_key;
};

int run(const Options &options) {
    std::string error;
    ModelSelector selector;
    if (!read_selector(options, selector, error)) {
        return refuse(error);
    }
    std::optional<AesKey> new_key;
    if (!options.new_key.empty()) {
        new_key = parse_key(options.new_key);
        if (!new_key) {
            return refuse("--encrypt: needed 32 hexadecimal digits or 16 numbers");
        }
    }
    const bool single = options.format[0] == 'E';
    const int format_version = options.format[3] - '0';
    if (single && options.models.size() != 1) {
        return refuse(options.format + " holds one model, " + std::to_string(options.models.size()) + " were given");
    }
    std::vector<PackageModel> models;
    for (const std::string &path : options.models) {
        std::unique_ptr<ModelFile> file = ModelFile::open_container(path, error);
        if (!file) {
            return refuse(error);
        }
        for (const fbs::FbsLoader::entry_t &entry : file->loader().get_entries()) {
            const uint8_t *blob = file->data() + entry.offset;
            const std::string name = entry.name.empty() ? std::filesystem::path(path).filename().string() : entry.name;
            PackageModel model = {name, {}};
            if (!new_key && !single && !(format_version > 1 && entry.magic == "EDL1")) {
                model.file.assign(blob, blob + entry.size);
            } else {
                // A new header, or a new key: the FlatBuffer is needed in plain.
                const size_t header = entry.magic == "EDL1" ? 12 : 16;
                std::vector<uint8_t> body(blob + header, blob + entry.size);
                if (entry.encrypted) {
                    if (!selector.key) {
                        return refuse("'" + path + "' is encrypted: --key is needed");
                    }
                    // Counter mode is its own inverse.
                    std::vector<uint8_t> plain = make_edl(body, 2, &*selector.key);
                    body.assign(plain.begin() + 16, plain.begin() + 16 + static_cast<ptrdiff_t>(body.size()));
                }
                model.file = make_edl(body, single ? format_version : 2, new_key ? &*new_key : nullptr);
            }
            models.push_back(std::move(model));
        }
    }
    std::vector<uint8_t> bytes;
    if (single) {
        if (models.size() != 1) {
            return refuse("'" + options.models[0] + "' is a package of " + std::to_string(models.size()) + " models, " +
                          options.format + " holds one");
        }
        bytes = std::move(models[0].file);
    } else if (!make_package(models, format_version, options.version, bytes, error)) {
        return refuse(error);
    }
    if (!write_file(options.out, {{bytes.data(), bytes.size()}}, error)) {
        return refuse(error);
    }
    printf("%s: %s, %zu model%s, %zu bytes\n", options.out.c_str(), options.format.c_str(), models.size(),
           models.size() == 1 ? "" : "s", bytes.size());
    return EXIT_DONE;
}

}  // namespace

void add_pack(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command =
        app.add_subcommand("pack", "Put .espdl files into one package; or change, encrypt or decrypt one");
    command.add_option("MODEL", options->models, ".espdl files; packages give all their models").required();
    command.add_option("-o,--out", options->out, "File to write").required();
    command.add_option("--format", options->format, "EDL1, EDL2, PDL1, PDL2 (default) or PDL3")
        .one_of({"EDL1", "EDL2", "PDL1", "PDL2", "PDL3"});
    command.add_option("--package-version", options->version, "Version text of a PDL3 package, at most 15 characters");
    command.add_option("--key", options->key, "AES key of encrypted inputs: 32 hexadecimal digits");
    command.add_option("--encrypt", options->new_key, "Encrypt the models with this key");
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
