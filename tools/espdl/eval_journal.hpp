/**
 * @file eval_journal.hpp
 * What an evaluation has found so far, picture by picture, in a file that only grows: it outlives kill -9 and power
 * loss. Each line carries a checksum; one that was cut off or damaged is passed over, and its picture is done again.
 */
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval_pipeline.hpp"

namespace espdl_tool {

/** A part of an evaluation: pictures number index - 1, index - 1 + count, ... */
struct Shard {
    int index = 1, count = 1;
    bool has(size_t item) const { return item % static_cast<size_t>(count) == static_cast<size_t>(index) - 1; }
};
/** "3/8". @return false if it is none */
bool parse_shard(const std::string &text, Shard &shard);
/** DIR/shard-3-of-8.journal */
std::string journal_path(const std::string &folder, const Shard &shard);

struct JournalContent {
    nlohmann::ordered_json header;    ///< null: the file is new
    std::vector<EvalRecord> records;  ///< one for each picture, in no particular order
    size_t damaged = 0;               ///< lines that were passed over
};

/** Read a journal, or one that does not exist. @return false with the reason if it cannot be read */
bool read_journal(const std::string &path, JournalContent &content, std::string &error);

class Journal {
public:
    Journal() = default;
    ~Journal();
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    /**
     * Open a journal to go on with, or begin one. Nobody else can have it open at the same time.
     * @param header what the evaluation is: a journal of another one is refused
     * @param records gets what has been done
     */
    bool open(const std::string &path, const nlohmann::ordered_json &header, std::vector<EvalRecord> &records,
              std::string &error);
    /** Add a record. Threads may do so at once. */
    bool append(const EvalRecord &record, std::string &error);
    /** Make sure that it is on the disk. */
    bool sync(std::string &error);

private:
    bool write_line(const nlohmann::ordered_json &json, std::string &error);
    int m_file = -1;
    std::string m_path;
    std::mutex m_mutex;
};

}  // namespace espdl_tool
