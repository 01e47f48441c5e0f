// deskboard-parttool: partition tables between CSV and binary, and what fits into them.

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "partition_table/partition_table.hpp"

namespace {

constexpr int DONE = 0;
constexpr int CHECK_FAILED = 1;
constexpr int WRONG_INPUT = 2;

struct Options {
    std::string input;
    std::string output;
    std::string binary;
    std::string name;
    std::string type = "app";
    std::string flash_size;
    std::string table_offset = "0x8000";
    bool quiet = false;
    bool json = false;
};

int fail(const std::string &reason) {
    fprintf(stderr, "Error: %s\n", reason.c_str());
    return WRONG_INPUT;
}

std::string read_file(const std::string &path, std::string &out) {
    if (path == "-") {
        out.assign(std::istreambuf_iterator<char>(std::cin), {});
        return "";
    }
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return path + ": is a folder";
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return path + ": cannot be opened";
    }
    out.assign(std::istreambuf_iterator<char>(file), {});
    return "";
}

std::string write_file(const std::string &path, const void *data, size_t size) {
    if (path == "-") {
        return fwrite(data, 1, size, stdout) == size ? "" : "standard output: cannot be written";
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(static_cast<const char *>(data), static_cast<std::streamsize>(size));
    file.close();
    return file ? "" : path + ": cannot be written";
}

/** "16MB", "16M", "0x1000000", "detect" is not one. */
bool parse_bytes(std::string text, uint64_t &out) {
    if (text.size() > 1 && (text.back() == 'B' || text.back() == 'b') && text.substr(0, 2) != "0x") {
        text.pop_back();
    }
    int64_t value = 0;
    if (!hal::parse_partition_number(text, value) || value < 0) {
        return false;
    }
    out = static_cast<uint64_t>(value);
    return true;
}

/** Reads the table in either form and checks it. `was_binary` tells which form it had. */
std::string load(const Options &options, hal::PartitionTable &table, bool &was_binary) {
    hal::PartitionRules rules;
    rules.file = options.input;
    uint64_t offset = 0;
    if (!parse_bytes(options.table_offset, offset) || offset > UINT32_MAX - hal::PARTITION_TABLE_SECTOR) {
        return "--offset " + options.table_offset + ": not an address";
    }
    rules.table_offset = static_cast<uint32_t>(offset);
    if (!options.flash_size.empty() && !parse_bytes(options.flash_size, rules.flash_size)) {
        return "--flash-size " + options.flash_size + ": not a size";
    }

    std::string content;
    std::string reason = read_file(options.input, content);
    if (!reason.empty()) {
        return reason;
    }
    const uint8_t *bytes = reinterpret_cast<const uint8_t *>(content.data());
    was_binary = hal::is_partition_binary(bytes, content.size());
    if (was_binary) {
        reason = hal::read_partition_binary(bytes, content.size(), table);
        return reason.empty() ? hal::check_partition_table(table, rules) : options.input + ": " + reason;
    }
    std::vector<std::string> warnings;
    reason = hal::parse_partition_csv(content, rules, table, &warnings);
    for (const std::string &warning : warnings) {
        if (!options.quiet) {
            fprintf(stderr, "Warning: %s\n", warning.c_str());
        }
    }
    return reason;
}

int convert(const Options &options) {
    hal::PartitionTable table;
    bool was_binary = false;
    std::string reason = load(options, table, was_binary);
    if (!reason.empty()) {
        return fail(reason);
    }
    if (was_binary) {
        std::string csv;
        reason = hal::write_partition_csv(table, csv);
        if (reason.empty()) {
            reason = write_file(options.output.empty() ? "-" : options.output, csv.data(), csv.size());
        } else {
            reason = options.input + ": " + reason;
        }
    } else {
        std::vector<uint8_t> binary;
        reason = hal::write_partition_binary(table, binary);
        if (reason.empty() && !options.output.empty()) {
            reason = write_file(options.output, binary.data(), binary.size());
        }
    }
    return reason.empty() ? DONE : fail(reason);
}

std::string json_text(const std::string &text) {
    std::string out = "\"";
    for (const char c : text) {
        char buffer[8];
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            snprintf(buffer, sizeof(buffer), "\\u%04x", static_cast<unsigned char>(c));
            out += buffer;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

int show(const Options &options) {
    hal::PartitionTable table;
    bool was_binary = false;
    const std::string reason = load(options, table, was_binary);
    if (!reason.empty()) {
        return fail(reason);
    }
    bool found = options.name.empty();
    bool first = true;
    if (options.json) {
        printf("[");
    } else {
        printf("%-16s %-10s %-10s %10s %10s %9s  %s\n", "name", "type", "subtype", "offset", "size", "KB", "flags");
    }
    for (const hal::PartitionEntry &entry : table) {
        if (!options.name.empty() && entry.label != options.name) {
            continue;
        }
        found = true;
        const std::string type = hal::partition_type_name(entry.type);
        const std::string subtype = hal::partition_subtype_name(entry.type, entry.subtype);
        if (options.json) {
            printf(
                "%s\n  {\"name\": %s, \"type\": %s, \"subtype\": %s, \"type_value\": %u, \"subtype_value\": %u, "
                "\"offset\": %" PRIu32 ", \"size\": %" PRIu32 ", \"encrypted\": %s, \"readonly\": %s}",
                first ? "" : ",", json_text(entry.label).c_str(), json_text(type).c_str(), json_text(subtype).c_str(),
                entry.type, entry.subtype, entry.offset, entry.size, entry.encrypted() ? "true" : "false",
                entry.readonly() ? "true" : "false");
        } else {
            printf("%-16s %-10s %-10s 0x%08" PRIx32 " 0x%08" PRIx32 " %9.1f  %s%s%s\n", entry.label.c_str(),
                   type.c_str(), subtype.c_str(), entry.offset, entry.size, entry.size / 1024.0,
                   entry.encrypted() ? "encrypted" : "", entry.encrypted() && entry.readonly() ? ":" : "",
                   entry.readonly() ? "readonly" : "");
        }
        first = false;
    }
    if (options.json) {
        printf("\n]\n");
    }
    return found ? DONE : fail(options.input + ": there is no partition '" + options.name + "'");
}

int check_size(const Options &options) {
    hal::PartitionTable table;
    bool was_binary = false;
    std::string reason = load(options, table, was_binary);
    if (!reason.empty()) {
        return fail(reason);
    }
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(options.binary, error);
    if (error) {
        return fail(options.binary + ": " + error.message());
    }
    const std::string name = std::filesystem::path(options.binary).filename().string();
    uint8_t type = 0;
    hal::PartitionSizeCheck check;
    if (!options.name.empty()) {
        // One partition by name: the same comparison on a table that holds only it.
        hal::PartitionTable one;
        for (const hal::PartitionEntry &entry : table) {
            if (entry.label == options.name) {
                one.push_back(entry);
            }
        }
        if (one.empty()) {
            return fail(options.input + ": there is no partition '" + options.name + "'");
        }
        check = hal::check_binary_size(one, one[0].type, name, size);
    } else if (!hal::parse_partition_type(options.type, type)) {
        return fail("--type " + options.type + ": not a partition type");
    } else {
        check = hal::check_binary_size(table, type, name, size);
    }
    fprintf(check.fits ? stdout : stderr, "%s\n", check.message.c_str());
    return check.fits ? DONE : CHECK_FAILED;
}

}  // namespace

int main(int argc, char **argv) {
    Options options;
    CLI::App app{"Partition tables: CSV to binary, binary to CSV, and what fits into them."};
    app.footer("Exit code: 0 done, 1 a binary does not fit, 2 the input or the arguments are wrong.");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("-o,--offset", options.table_offset, "where the table lies in flash")->capture_default_str();
    app.add_option("--flash-size", options.flash_size, "refuse a table that exceeds it, e.g. 16MB");
    app.add_flag("-q,--quiet", options.quiet, "no warnings");

    CLI::App *convert_command =
        app.add_subcommand("convert", "CSV to binary or binary to CSV, whichever the input is not");
    convert_command->add_option("input", options.input, "CSV or binary table, - for standard input")->required();
    convert_command->add_option("output", options.output, "file to write; without one a CSV is only checked");

    CLI::App *show_command = app.add_subcommand("show", "print the table with every blank filled");
    show_command->add_option("input", options.input, "CSV or binary table")->required();
    show_command->add_option("--name", options.name, "only this partition");
    show_command->add_flag("--json", options.json, "for machines");

    CLI::App *size_command = app.add_subcommand("check-size", "does a binary fit its partition?");
    size_command->add_option("table", options.input, "CSV or binary table")->required();
    size_command->add_option("binary", options.binary, "the file that is to be flashed")->required();
    size_command->add_option("--type", options.type, "compare with the partitions of this type")->capture_default_str();
    size_command->add_option("--name", options.name, "compare with this partition");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? DONE : WRONG_INPUT;
    }
    if (*convert_command) {
        return convert(options);
    }
    return *show_command ? show(options) : check_size(options);
}
