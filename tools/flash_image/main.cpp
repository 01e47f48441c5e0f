// deskboard-flash: what esptool does to a chip, done to the emulated board's flash file.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "flash/flash.hpp"
#include "partition_table/partition_table.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int DONE = 0;
constexpr int WRONG_INPUT = 2;

struct Options {
    std::string args_file;
    std::string flash_file;
    std::string flash_size;
    std::string output;
    std::string only;
    std::string partition;
    std::string table_offset = "0x8000";
    bool fill = false;
    bool json = false;
    bool quiet = false;
};

/** A file and where it goes. */
struct Part {
    std::string name;
    std::string file;
    uint64_t offset = 0;
    std::vector<uint8_t> data;
};

/** Ends the command with its reason. */
struct Failure {
    std::string reason;
};

uint64_t parse_bytes(std::string text, const std::string &what) {
    if (text.size() > 1 && (text.back() == 'B' || text.back() == 'b') && text.substr(0, 2) != "0x") {
        text.pop_back();
    }
    int64_t value = 0;
    if (!hal::parse_partition_number(text, value) || value < 0) {
        throw Failure{what + ": '" + text + "' is not a size or an address"};
    }
    return static_cast<uint64_t>(value);
}

std::vector<uint8_t> read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || fs::is_directory(path)) {
        throw Failure{path + ": cannot be opened"};
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string hex(uint64_t value) {
    char text[24];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return text;
}

/** The parts that flasher_args.json names, in the order of their addresses; checked against the table among them. */
std::vector<Part> read_args(const Options &options, uint64_t &flash_size) {
    const std::vector<uint8_t> text = read_file(options.args_file);
    const nlohmann::json args = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    if (args.is_discarded() || !args.is_object() || !args.contains("flash_files") || !args["flash_files"].is_object()) {
        throw Failure{options.args_file + ": no flasher_args.json (it has no \"flash_files\")"};
    }
    flash_size = 0;
    if (!options.flash_size.empty()) {
        flash_size = parse_bytes(options.flash_size, "--flash-size");
    } else if (args.contains("flash_settings") && !args["flash_settings"].value("flash_size", "").empty()) {
        flash_size = parse_bytes(args["flash_settings"].value("flash_size", ""), options.args_file + ": flash_size");
    }

    std::vector<Part> parts;
    const fs::path base = fs::path(options.args_file).parent_path();
    for (const auto &[offset, file] : args["flash_files"].items()) {
        if (!file.is_string()) {
            throw Failure{options.args_file + ": flash_files: the value of " + offset + " is not a file name"};
        }
        Part part;
        part.offset = parse_bytes(offset, options.args_file + ": flash_files");
        part.file = file.get<std::string>();
        part.name = fs::path(part.file).filename().string();
        part.data = read_file((base / part.file).string());
        // The entry of its own that carries the same offset says what it is.
        for (const auto &[key, value] : args.items()) {
            if (value.is_object() && value.contains("offset") && value["offset"].is_string() &&
                parse_bytes(value["offset"].get<std::string>(), options.args_file + ": " + key) == part.offset) {
                part.name = key;
            }
        }
        parts.push_back(std::move(part));
    }
    std::sort(parts.begin(), parts.end(), [](const Part &a, const Part &b) { return a.offset < b.offset; });

    const Part *last = nullptr;
    for (const Part &part : parts) {
        if (last && part.offset < last->offset + last->data.size()) {
            throw Failure{part.file + " at " + hex(part.offset) + " overlaps " + last->file + ", which ends at " +
                          hex(last->offset + last->data.size())};
        }
        if (flash_size != 0 && part.offset + part.data.size() > flash_size) {
            throw Failure{part.file + " at " + hex(part.offset) + " ends at " + hex(part.offset + part.data.size()) +
                          ", the flash at " + hex(flash_size)};
        }
        if (part.offset % hal::Flash::SECTOR_SIZE != 0) {
            throw Failure{part.file + ": its offset " + hex(part.offset) +
                          " is not a multiple of the flash sector (0x1000)"};
        }
        last = &part;
    }

    for (const Part &table_part : parts) {
        hal::PartitionTable table;
        if (!hal::is_partition_binary(table_part.data.data(), table_part.data.size())) {
            continue;
        }
        const std::string reason = hal::read_partition_binary(table_part.data.data(), table_part.data.size(), table);
        if (!reason.empty()) {
            throw Failure{table_part.file + ": " + reason};
        }
        for (const Part &part : parts) {
            for (const hal::PartitionEntry &entry : table) {
                if (entry.offset == part.offset && part.data.size() > entry.size) {
                    throw Failure{part.file + " (" + hex(part.data.size()) + " bytes) does not fit partition '" +
                                  entry.label + "' (" + hex(entry.size) + " bytes); overflow " +
                                  hex(part.data.size() - entry.size)};
                }
                if (entry.offset == part.offset && entry.encrypted()) {
                    fprintf(stderr,
                            "Warning: partition '%s' is encrypted, which is not emulated: the app cannot read it\n",
                            entry.label.c_str());
                }
            }
        }
    }
    return parts;
}

std::shared_ptr<hal::Flash> open_flash(const std::string &file, uint64_t size, const std::string &table_offset) {
    hal::FlashConfig config;
    config.file = file;
    config.size = size;
    config.partition_table_offset = static_cast<uint32_t>(parse_bytes(table_offset, "--offset"));
    std::string error;
    auto flash = hal::Flash::open(config, nullptr, nullptr, error);
    if (!flash) {
        throw Failure{error};
    }
    return flash;
}

uint64_t existing_size(const std::string &file) {
    std::error_code error;
    const uint64_t size = fs::file_size(file, error);
    if (error) {
        throw Failure{file + ": " + error.message()};
    }
    return size;
}

int write(const Options &options) {
    uint64_t flash_size = 0;
    const std::vector<Part> parts = read_args(options, flash_size);
    if (flash_size == 0) {
        throw Failure{options.args_file + " does not name the size of the flash; give --flash-size"};
    }
    const bool chosen =
        std::any_of(parts.begin(), parts.end(), [&](const Part &part) { return part.name == options.only; });
    if (!options.only.empty() && !chosen) {
        std::string names;
        for (const Part &part : parts) {
            names += (names.empty() ? "" : ", ") + part.name;
        }
        throw Failure{"--only " + options.only + ": " + options.args_file + " has " + names};
    }
    const auto flash = open_flash(options.flash_file, flash_size, options.table_offset);
    for (const Part &part : parts) {
        if (!options.only.empty() && part.name != options.only) {
            continue;
        }
        const size_t sectors = (part.data.size() + hal::Flash::SECTOR_SIZE - 1) / hal::Flash::SECTOR_SIZE;
        const size_t changed = flash->flash_image(part.offset, part.data.data(), part.data.size());
        if (options.quiet) {
            continue;
        }
        if (changed == 0) {
            printf("%-16s 0x%08" PRIx64 " %9zu bytes  unchanged\n", part.name.c_str(), part.offset, part.data.size());
        } else {
            printf("%-16s 0x%08" PRIx64 " %9zu bytes  wrote %zu of %zu sectors\n", part.name.c_str(), part.offset,
                   part.data.size(), changed, sectors);
        }
    }
    return DONE;
}

int erase(const Options &options) {
    std::error_code error;
    if (!fs::exists(options.flash_file, error)) {
        if (!options.partition.empty()) {
            throw Failure{options.flash_file + ": there is no such flash file"};
        }
        if (!options.quiet) {
            printf("%s does not exist: a flash that was never written is erased\n", options.flash_file.c_str());
        }
        return DONE;
    }
    const uint64_t file_size = existing_size(options.flash_file);
    const uint64_t flash_size =
        options.flash_size.empty() ? file_size : parse_bytes(options.flash_size, "--flash-size");
    if (file_size != flash_size && options.partition.empty()) {
        // Cut short, or of another board: there is nothing in it to keep.
        const int fd = ::open(options.flash_file.c_str(), O_RDWR | O_CLOEXEC);
        const bool emptied = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0;
        const std::string reason = strerror(errno);
        if (fd >= 0) {
            ::close(fd);
        }
        if (!emptied) {
            throw Failure{options.flash_file + ": cannot be emptied: " + reason};
        }
        fs::remove(options.flash_file + ".wear", error);
        open_flash(options.flash_file, flash_size, options.table_offset);
        if (!options.quiet) {
            printf("%s had %" PRIu64 " bytes, the board has a flash of %" PRIu64 ": made anew\n",
                   options.flash_file.c_str(), file_size, flash_size);
        }
        return DONE;
    }
    const auto flash = open_flash(options.flash_file, file_size, options.table_offset);
    uint64_t begin = 0;
    uint64_t size = flash->size();
    if (!options.partition.empty()) {
        const hal::PartitionTable *table = flash->table();
        if (!table) {
            throw Failure{options.flash_file + ": partition table at " + options.table_offset + ": " +
                          flash->table_error()};
        }
        const auto found = std::find_if(table->begin(), table->end(), [&](const hal::PartitionEntry &entry) {
            return entry.label == options.partition;
        });
        if (found == table->end()) {
            throw Failure{options.flash_file + ": there is no partition '" + options.partition + "'"};
        }
        begin = found->offset;
        size = found->size / hal::Flash::SECTOR_SIZE * hal::Flash::SECTOR_SIZE;
    }
    // A sector that is erased already is left alone: it would only count as wear.
    size_t erased = 0;
    for (uint64_t sector = begin; sector < begin + size; sector += hal::Flash::SECTOR_SIZE) {
        const uint8_t *bytes = flash->mapped() + sector;
        if (std::any_of(bytes, bytes + hal::Flash::SECTOR_SIZE, [](uint8_t byte) { return byte != 0xFF; })) {
            flash->erase(sector, hal::Flash::SECTOR_SIZE);
            erased++;
        }
    }
    if (!options.quiet) {
        printf("Erased %zu of %" PRIu64 " sectors\n", erased, size / hal::Flash::SECTOR_SIZE);
    }
    return DONE;
}

int merge(const Options &options) {
    uint64_t flash_size = 0;
    const std::vector<Part> parts = read_args(options, flash_size);
    std::vector<uint8_t> image;
    for (const Part &part : parts) {
        image.resize(part.offset, 0xFF);
        image.insert(image.end(), part.data.begin(), part.data.end());
    }
    if (options.fill) {
        if (flash_size == 0) {
            throw Failure{"--fill: " + options.args_file + " does not name the size of the flash; give --flash-size"};
        }
        image.resize(flash_size, 0xFF);
    }
    std::ofstream out(options.output, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char *>(image.data()), static_cast<std::streamsize>(image.size()));
    out.close();
    if (!out) {
        throw Failure{options.output + ": cannot be written"};
    }
    if (!options.quiet) {
        printf("%s: %zu parts, %s bytes\n", options.output.c_str(), parts.size(), hex(image.size()).c_str());
    }
    return DONE;
}

int info(const Options &options) {
    const auto flash = open_flash(options.flash_file, existing_size(options.flash_file), options.table_offset);
    const hal::PartitionTable *table = flash->table();
    if (!table) {
        throw Failure{options.flash_file + ": partition table at " + options.table_offset + ": " +
                      flash->table_error()};
    }
    nlohmann::json list = nlohmann::json::array();
    if (!options.json) {
        printf("%-16s %10s %10s %12s %13s\n", "partition", "offset", "size", "bytes used", "most erases");
    }
    for (const hal::PartitionEntry &entry : *table) {
        uint64_t used = 0;
        uint32_t wear = 0;
        for (uint64_t at = entry.offset; at < entry.end(); at++) {
            used = flash->mapped()[at] != 0xFF ? at - entry.offset + 1 : used;
        }
        for (uint64_t at = entry.offset; at < entry.end(); at += hal::Flash::SECTOR_SIZE) {
            wear = std::max(wear, flash->erase_count(at));
        }
        if (options.json) {
            list.push_back({{"name", entry.label},
                            {"offset", entry.offset},
                            {"size", entry.size},
                            {"used", used},
                            {"most_erases", wear}});
        } else {
            printf("%-16s 0x%08" PRIx32 " 0x%08" PRIx32 " %12" PRIu64 " %13" PRIu32 "\n", entry.label.c_str(),
                   entry.offset, entry.size, used, wear);
        }
    }
    if (options.json) {
        printf("%s\n", list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    }
    return DONE;
}

}  // namespace

int main(int argc, char **argv) {
    Options options;
    CLI::App app{"Writes, erases and describes the flash file of an emulated board."};
    app.footer("Exit code: 0 done, 2 the input or the arguments are wrong.");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("-q,--quiet", options.quiet, "print errors only");
    app.add_option("--offset", options.table_offset, "where the partition table lies")->capture_default_str();

    CLI::App *write_command =
        app.add_subcommand("write", "write the parts that flasher_args.json names, only what changed");
    write_command->add_option("--args", options.args_file, "flasher_args.json of the build")->required();
    write_command->add_option("--flash", options.flash_file, "the flash file; made if it does not exist")->required();
    write_command->add_option("--flash-size", options.flash_size, "e.g. 16MB (default: what --args says)");
    write_command->add_option("--only", options.only, "only this part: app, partition-table, or a partition's name");

    CLI::App *erase_command = app.add_subcommand("erase", "erase the whole flash or one partition");
    erase_command->add_option("--flash", options.flash_file, "the flash file")->required();
    erase_command->add_option("--flash-size", options.flash_size, "a file of another size is made anew");
    erase_command->add_option("--partition", options.partition, "only this partition");

    CLI::App *merge_command =
        app.add_subcommand("merge", "one file with every part at its offset, gaps filled with FF");
    merge_command->add_option("--args", options.args_file, "flasher_args.json of the build")->required();
    merge_command->add_option("--output", options.output, "file to write")->required();
    merge_command->add_option("--flash-size", options.flash_size, "e.g. 16MB (default: what --args says)");
    merge_command->add_flag("--fill", options.fill, "fill up to the size of the flash");

    CLI::App *info_command = app.add_subcommand("info", "the partitions, how far each is filled, and its wear");
    info_command->add_option("--flash", options.flash_file, "the flash file")->required();
    info_command->add_flag("--json", options.json, "for machines");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? DONE : WRONG_INPUT;
    }
    try {
        return *write_command   ? write(options)
               : *erase_command ? erase(options)
               : *merge_command ? merge(options)
                                : info(options);
    } catch (const Failure &failure) {
        fflush(stdout);
        fprintf(stderr, "Error: %s\n", failure.reason.c_str());
        return WRONG_INPUT;
    }
}
