/**
 * @file command_line.hpp
 * The words of a command line, as the subcommands state them. The parser is CLI11, which command_line.cpp alone
 * includes: its code would otherwise be compiled again with each subcommand, where it takes most of the time.
 */
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace espdl_tool {

/** An option of a command, to say more of it. Belongs to the command. */
class Option {
public:
    explicit Option(CLI::Option *option) : m_option(option) {}

    Option &required();
    /** Only numbers from `first` to `last`. */
    Option &range(int first, int last);
    Option &range(double first, double last);
    /** Only one of these texts. */
    Option &one_of(std::initializer_list<const char *> texts);
    /** The help shows the value that the variable has now. */
    Option &show_default();
    /** Several values may stand in one word, with this character between them. */
    Option &delimiter(char character);
    /** Not together with `other`. */
    Option &excludes(const Option &other);

private:
    CLI::Option *m_option;
};

/** A command: its options write to variables, which must live until the command line has been read. */
class Command {
public:
    explicit Command(CLI::App *app) : m_app(app) {}

    /** @param names "--out", "-o,--out"; without dashes: an argument by its place */
    Option add_option(const std::string &names, std::string &value, const std::string &help);
    Option add_option(const std::string &names, std::vector<std::string> &values, const std::string &help);
    Option add_option(const std::string &names, int &value, const std::string &help);
    Option add_option(const std::string &names, size_t &value, const std::string &help);
    Option add_option(const std::string &names, float &value, const std::string &help);
    Option add_option(const std::string &names, double &value, const std::string &help);
    Option add_option(const std::string &names, std::vector<float> &values, const std::string &help);
    Option add_option(const std::string &names, std::vector<int> &values, const std::string &help);
    Option add_flag(const std::string &names, bool &value, const std::string &help);

    Command add_subcommand(const std::string &name, const std::string &help);
    /** What is done when this command was asked for. */
    void callback(std::function<void()> run);
    /** What the help ends with. */
    void footer(const std::string &text);
    /** Another program has this command: all words after its name, --help among them, are given to `run`. */
    void pass_on(std::function<void(const std::vector<std::string> &words)> run);

private:
    CLI::App *m_app;
};

/** Adds a subcommand to `app`; its callback sets `exit_code`. */
using AddCommand = void (*)(Command &app, int &exit_code);

/** A program that is made of subcommands. */
struct Program {
    const char *name, *description, *version, *footer;
    std::initializer_list<AddCommand> commands;
    std::function<void(bool verbose)> start;  ///< called when the line was read, before a command runs
};

/**
 * Read the command line and run the subcommand that it names. What is wrong with the line is said on stderr.
 * @return the subcommand's exit code; `wrong` if the line cannot be read
 */
int parse(const Program &program, int wrong, int argc, char **argv);

}  // namespace espdl_tool
