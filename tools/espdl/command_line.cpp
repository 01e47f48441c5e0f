#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <utility>

namespace espdl_tool {

Option &Option::required() {
    m_option->required();
    return *this;
}

Option &Option::range(int first, int last) {
    m_option->check(CLI::Range(first, last));
    return *this;
}

Option &Option::range(double first, double last) {
    m_option->check(CLI::Range(first, last));
    return *this;
}

Option &Option::one_of(std::initializer_list<const char *> texts) {
    m_option->check(CLI::IsMember(std::vector<std::string>(texts.begin(), texts.end())));
    return *this;
}

Option &Option::show_default() {
    m_option->capture_default_str();
    return *this;
}

Option &Option::delimiter(char character) {
    m_option->delimiter(character);
    return *this;
}

Option &Option::excludes(const Option &other) {
    m_option->excludes(other.m_option);
    return *this;
}

Option Command::add_option(const std::string &names, std::string &value, const std::string &help) {
    return Option(m_app->add_option(names, value, help));
}

Option Command::add_option(const std::string &names, std::vector<std::string> &values, const std::string &help) {
    return Option(m_app->add_option(names, values, help));
}

Option Command::add_option(const std::string &names, int &value, const std::string &help) {
    return Option(m_app->add_option(names, value, help));
}

Option Command::add_option(const std::string &names, size_t &value, const std::string &help) {
    return Option(m_app->add_option(names, value, help));
}

Option Command::add_option(const std::string &names, float &value, const std::string &help) {
    return Option(m_app->add_option(names, value, help));
}

Option Command::add_option(const std::string &names, double &value, const std::string &help) {
    return Option(m_app->add_option(names, value, help));
}

Option Command::add_option(const std::string &names, std::vector<float> &values, const std::string &help) {
    return Option(m_app->add_option(names, values, help));
}

Option Command::add_option(const std::string &names, std::vector<int> &values, const std::string &help) {
    return Option(m_app->add_option(names, values, help));
}

Option Command::add_flag(const std::string &names, bool &value, const std::string &help) {
    return Option(m_app->add_flag(names, value, help));
}

Command Command::add_subcommand(const std::string &name, const std::string &help) {
    return Command(m_app->add_subcommand(name, help));
}

void Command::callback(std::function<void()> run) {
    m_app->callback(std::move(run));
}

void Command::footer(const std::string &text) {
    m_app->footer(text);
}

void Command::pass_on(std::function<void(const std::vector<std::string> &)> run) {
    m_app->set_help_flag();
    m_app->fallthrough(false);
    m_app->prefix_command();
    m_app->callback([app = m_app, run = std::move(run)] { run(app->remaining()); });
}

int parse(const Program &program, int wrong, int argc, char **argv) {
    CLI::App app(program.description, program.name);
    app.set_version_flag("--version", std::string(program.name) + " " + program.version);
    app.require_subcommand(1);
    app.fallthrough();
    bool verbose = false;
    app.add_flag("-v,--verbose", verbose, "Show what the libraries log, not only warnings and errors");
    app.parse_complete_callback([&] { program.start(verbose); });
    app.footer(program.footer);

    int exit_code = 0;
    Command command(&app);
    for (AddCommand add : program.commands) {
        add(command, exit_code);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : wrong;
    }
    return exit_code;
}

}  // namespace espdl_tool
