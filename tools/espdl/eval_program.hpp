/**
 * @file eval_program.hpp
 * A firmware's program that answers for pictures, in a process of its own: an app's component on its emulated board,
 * with its model where the app has it. `fw eval` builds such programs.
 */
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace espdl_tool {

/**
 * The program reads paths of pictures, a line each, and prints a line for each of them, among whatever else it prints:
 *   eval ready {"task": "detect" or "classify", "names": [of its classes, in their order; {} if it does not tell]}
 *   eval record {"size": [width, height], "objects": [{"c": category, "s": score, "b": [4 numbers], "k": [keypoints]}]}
 *   eval record {"size": [width, height], "classes": [[name, score]]}
 *   eval record {"error": "reason"}
 */
class EvalProgram {
public:
    /**
     * Start it, until it is ready.
     * @param command program and arguments; "{}" in an argument becomes a number of this process's own
     * @return nullptr with the reason in `error`
     */
    static std::unique_ptr<EvalProgram> start(const std::vector<std::string> &command, std::string &error);
    EvalProgram(const EvalProgram &) = delete;
    EvalProgram &operator=(const EvalProgram &) = delete;
    ~EvalProgram();

    const std::string &path() const { return m_command[0]; }
    /** "detect" or "classify" */
    const std::string &task() const { return m_task; }
    const std::vector<std::string> &names() const { return m_names; }
    /**
     * What the program says about a picture: the object behind "eval record".
     * A program that ends instead is started again for the next picture.
     * @return false with the reason in `error`
     */
    bool ask(const std::string &picture, nlohmann::ordered_json &record, std::string &error);

private:
    EvalProgram() = default;
    bool launch(std::string &error);
    bool spawn(std::string &error);
    bool read_answer(const char *what, nlohmann::ordered_json &answer, std::string &error);
    std::string end();

    std::vector<std::string> m_command;
    std::string m_task;
    std::vector<std::string> m_names;
    pid_t m_process = -1;
    FILE *m_to = nullptr, *m_from = nullptr;
};

}  // namespace espdl_tool
