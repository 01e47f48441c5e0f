#include "eval_slurm.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "file_io.hpp"

namespace espdl_tool {

namespace {

std::string quoted(const std::string &text) {
    std::string result = "'";
    for (char c : text) {
        result += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return result + "'";
}

/** Run a program of the PATH, its output on stderr. @return its exit code; -1 with the reason */
int run_program(const std::vector<std::string> &arguments, std::string &error) {
    std::vector<char *> argv;
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
        error = arguments[0] + " cannot be run: " + (child < 0 ? strerror(errno) : "is Slurm installed?");
        return -1;
    }
    return WEXITSTATUS(status);
}

bool write_script(const SlurmJob &job, const std::string &path, std::string &error) {
    std::string text = "#!/bin/sh\n# One shard of an evaluation; espdl eval --slurm wrote and submits it.\nexec";
    for (const std::string &argument : job.command) {
        text += " " + quoted(argument);
    }
    text += " --shard \"$SLURM_ARRAY_TASK_ID/" + std::to_string(job.shards) +
            "\" --threads \"${SLURM_CPUS_PER_TASK:-1}\"\n";
    return write_file(path, {{text.data(), text.size()}}, error);
}

}  // namespace

std::string slurm_array(const std::vector<int> &shards) {
    std::string text;
    for (size_t i = 0; i < shards.size();) {
        size_t last = i;
        while (last + 1 < shards.size() && shards[last + 1] == shards[last] + 1) {
            last++;
        }
        text += (text.empty() ? "" : ",") + std::to_string(shards[i]);
        text += last > i ? "-" + std::to_string(shards[last]) : "";
        i = last + 1;
    }
    return text;
}

bool run_slurm(const SlurmJob &job, const std::function<bool(int shard)> &is_complete, std::string &error) {
    const std::string script = (std::filesystem::path(job.folder) / "slurm.sh").string();
    if (!write_script(job, script, error)) {
        return false;
    }
    for (int attempt = 0;; attempt++) {
        std::vector<int> missing;
        for (int shard = 1; shard <= job.shards; shard++) {
            if (!is_complete(shard)) {
                missing.push_back(shard);
            }
        }
        if (missing.empty()) {
            return true;
        }
        const std::string array = slurm_array(missing);
        const std::string logs = (std::filesystem::path(job.folder) / "slurm-%a.log").string();
        if (attempt == job.tries) {
            error = "shards " + array + " are not complete after " + std::to_string(job.tries) + " tries: see " + logs +
                    " (%a is the shard). The same command goes on with them";
            return false;
        }
        // A task whose node dies is begun again by Slurm, and goes on with what its journal has.
        std::vector<std::string> command = {"sbatch",           "--wait",
                                            "--requeue",        "--open-mode=append",
                                            "--array=" + array, "--job-name=espdl-eval",
                                            "--output=" + logs, "--cpus-per-task=" + std::to_string(job.threads)};
        command.insert(command.end(), job.options.begin(), job.options.end());
        command.push_back(script);
        fprintf(stderr, "espdl: shards %s of %d, try %d\n", array.c_str(), job.shards, attempt + 1);
        if (run_program(command, error) < 0) {
            return false;
        }
    }
}

}  // namespace espdl_tool
