/**
 * @file trials.hpp
 * Runs trials, each one a process of its own, and keeps what they give in a folder that outlives kill -9.
 */
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "search/search.hpp"

namespace quantize {

/** How trials are run. */
struct TrialSettings {
    std::string folder;                          ///< of the search
    std::string program;                         ///< espdl-quantize
    std::map<std::string, std::string> options;  ///< of every trial, as TOML writes their values
    std::vector<std::string> int16_layers;       ///< that the user wants in 16 bits in every trial
    std::vector<std::string> launcher;           ///< in front of every command: {"srun", "--ntasks=1"}
    std::string evaluation;  ///< a shell's command that prints the metric; {model} is the file. "": none
    std::string metric;      ///< its name in what the evaluation prints, if that is JSON
    bool less_is_better = false;
    int jobs = 1;                             ///< trials at a time
    int cores = 1;                            ///< of each
    std::function<void(const Trial &)> done;  ///< told of every result, in the order in which they come
};

/** Writes a file beside its place, and moves it there once it is on the disk. Throws Error. */
void write_safely(const std::string &path, const std::string &text);

class TrialRunner {
public:
    explicit TrialRunner(TrialSettings settings);
    /** Fills in the results, from the folder where they are there. Throws Error if trials cannot be run at all. */
    void run(std::vector<Trial> &trials);
    /** Layers that gain from 16 bits, the most sensitive first: known from trial 0 on. */
    const std::vector<std::string> &sensitive() const { return m_sensitive; }
    /** The options of a trial as a file for `espdl quantize --config`, which writes to `stem`.espdl. */
    std::string option_file(const Config &config, const std::string &stem) const;
    std::string folder_of(int number) const;
    /** Run a trial's file. @return the exit code of `espdl quantize`; its output is in `log` */
    int quantize(const std::string &config, const std::string &log) const;

private:
    /** What is being done for a trial. */
    struct Job {
        size_t trial = 0;
        bool evaluates = false;
        int tries = 0;
    };
    bool find_result(Trial &trial);
    void read_gains(const std::string &report);
    void start(Trial &trial, Job job);
    void finish(Trial &trial, Job job, int status);
    void take_report(Trial &trial);
    void take_evaluation(Trial &trial);
    void keep(Trial &trial);
    std::string work_folder(int number) const;
    pid_t launch(const std::vector<std::string> &command, const std::string &out, const std::string &log) const;

    TrialSettings m_settings;
    std::vector<std::string> m_sensitive;
    std::map<pid_t, Job> m_running;
};

}  // namespace quantize
