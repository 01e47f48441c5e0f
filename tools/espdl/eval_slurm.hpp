/**
 * @file eval_slurm.hpp
 * An evaluation's shards as an array of Slurm jobs.
 */
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace espdl_tool {

struct SlurmJob {
    std::string folder;                ///< shared by all nodes: script, logs, journals
    std::vector<std::string> command;  ///< of a task; --shard and --threads are added
    std::vector<std::string> options;  ///< of sbatch: "--partition=long"
    int shards = 1;
    int threads = 1;  ///< cores of a task
    int tries = 3;
};

/**
 * Submit the shards that are missing, wait for them, and again for those that failed.
 * @param is_complete whether a shard's journal has all that belongs to it
 * @return false with the reason if shards are missing after the last try
 */
bool run_slurm(const SlurmJob &job, const std::function<bool(int shard)> &is_complete, std::string &error);

/** "1-3,7" of {1, 2, 3, 7}. */
std::string slurm_array(const std::vector<int> &shards);

}  // namespace espdl_tool
