#include "eval_run.hpp"

#include <mbedtls/md.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "dl_tool.hpp"
#include "file_io.hpp"
#include "progress.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

std::string sha256(const void *data, size_t size) {
    uint8_t hash[32] = {};
    mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), static_cast<const uint8_t *>(data), size, hash);
    std::string text;
    for (uint8_t byte : hash) {
        char digits[3];
        snprintf(digits, sizeof(digits), "%02x", byte);
        text += digits;
    }
    return text;
}

/** The workers' common state. */
class Work {
public:
    Work(const EvalData &data, Journal &journal, std::vector<size_t> pending, size_t done)
        : m_data(data), m_journal(journal), m_pending(std::move(pending)), m_progress(m_pending.size() + done, done) {}

    /** The first failure of any worker; "". */
    std::string error;
    std::vector<EvalRecord> records;

    /** Pictures until there are none left. What cannot be used is left for run_alone(). */
    void run(EvalPipeline &pipeline) {
        for (size_t at = m_next++; at < m_pending.size() && !m_stop; at = m_next++) {
            EvalRecord record = run_one(pipeline, m_pending[at]);
            if (!record.error.empty()) {
                const std::lock_guard<std::mutex> lock(m_mutex);
                m_failed.push_back(record.item);
                continue;
            }
            keep(std::move(record));
        }
    }

    /** A large picture may have found no memory beside those of other workers: whether it is broken shows when it is
     * alone. */
    void run_alone(EvalPipeline &pipeline) {
        std::sort(m_failed.begin(), m_failed.end());
        for (size_t at = 0; at < m_failed.size() && !m_stop; at++) {
            keep(run_one(pipeline, m_failed[at]));
        }
    }

    void fail(const std::string &reason) {
        const std::lock_guard<std::mutex> lock(m_mutex);
        error = error.empty() ? reason : error;
        m_stop = true;
    }

private:
    EvalRecord run_one(EvalPipeline &pipeline, size_t item) const {
        EvalRecord record = pipeline.run(m_data.path_of(m_data.items[item]));
        record.item = item;
        return record;
    }

    void keep(EvalRecord record) {
        std::string reason;
        if (!m_journal.append(record, reason)) {
            fail(reason);
            return;
        }
        const std::lock_guard<std::mutex> lock(m_mutex);
        records.push_back(std::move(record));
        m_progress.step();
    }

    const EvalData &m_data;
    Journal &m_journal;
    std::vector<size_t> m_pending, m_failed;
    std::atomic<size_t> m_next = 0;
    std::atomic<bool> m_stop = false;
    std::mutex m_mutex;
    Progress m_progress;
};

void run_workers(const EvalJob &job, EvalPipeline &first, Work &work, size_t pictures) {
    // Cores are used by different pictures, not by one network.
    dl::set_thread_count(1);
    std::vector<std::thread> threads;
    const size_t count = std::min<size_t>(static_cast<size_t>(job.threads), std::max<size_t>(pictures, 1));
    for (size_t i = 1; i < count; i++) {
        threads.emplace_back([&] {
            std::string error;
            std::unique_ptr<EvalPipeline> pipeline =
                EvalPipeline::make(job.model, job.selector, job.pipeline, error, &first);
            if (!pipeline) {
                work.fail(error);
                return;
            }
            work.run(*pipeline);
        });
    }
    work.run(first);
    for (std::thread &thread : threads) {
        thread.join();
    }
    work.run_alone(first);
}

}  // namespace

std::string items_sha256(const EvalData &data) {
    std::string names;
    for (const EvalItem &item : data.items) {
        names += item.name + '\0' + std::to_string(item.id) + '\n';
    }
    return sha256(names.data(), names.size());
}

// Of the model, or of the program that has its place.
static std::string identity(const EvalPipeline &pipeline) {
    if (!pipeline.program()) {
        return sha256(pipeline.file().data(), pipeline.file().size());
    }
    std::vector<uint8_t> bytes;
    std::string error;
    return read_file(pipeline.program()->path(), bytes, error) ? sha256(bytes.data(), bytes.size()) : "";
}

Json eval_header(const EvalPipeline &pipeline, const EvalData &data, const Shard &shard) {
    Json header = {{"espdl_eval", 1},
                   {"model_sha256", identity(pipeline)},
                   {"target", dl::target_name(dl::target())},
                   {"pipeline", pipeline.describe()},
                   {"pictures", data.items.size()},
                   {"pictures_sha256", items_sha256(data)},
                   {"shard", {shard.index, shard.count}}};
    if (const ModelFile *second = pipeline.second_file()) {
        header["second_sha256"] = sha256(second->data(), second->size());
    }
    return header;
}

bool run_eval(const EvalJob &job, std::unique_ptr<EvalPipeline> pipeline, const EvalData &data,
              std::vector<EvalRecord> &records, Json &header, std::string &error) {
    header = eval_header(*pipeline, data, job.shard);
    Journal journal;
    if (!job.out.empty() && !journal.open(journal_path(job.out, job.shard), header, records, error)) {
        return false;
    }
    // What was broken may have been repaired, or its disk may be back.
    std::erase_if(records, [](const EvalRecord &record) { return !record.error.empty(); });
    std::vector<bool> done(data.items.size());
    for (const EvalRecord &record : records) {
        if (record.item >= done.size() || !job.shard.has(record.item)) {
            error = "'" + journal_path(job.out, job.shard) + "' holds a picture that is none of this shard's";
            return false;
        }
        done[record.item] = true;
    }
    std::vector<size_t> pending;
    for (size_t i = 0; i < data.items.size(); i++) {
        if (job.shard.has(i) && !done[i]) {
            pending.push_back(i);
        }
    }
    const size_t before = records.size(), left = pending.size();
    const auto start = std::chrono::steady_clock::now();
    {
        Work work(data, journal, std::move(pending), before);
        run_workers(job, *pipeline, work, left);
        if (!work.error.empty()) {
            error = work.error;
            return false;
        }
        records.insert(records.end(), std::make_move_iterator(work.records.begin()),
                       std::make_move_iterator(work.records.end()));
    }
    if (!journal.sync(error)) {
        return false;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (before > 0) {
        fprintf(stderr, "espdl: %zu pictures had been done before\n", before);
    }
    if (left > 0) {
        fprintf(stderr, "espdl: %zu pictures in %.1f s, %.1f a second, %d thread%s\n", left, seconds,
                static_cast<double>(left) / std::max(seconds, 1e-9), job.threads, job.threads == 1 ? "" : "s");
    }
    std::sort(records.begin(), records.end(), [](const EvalRecord &a, const EvalRecord &b) { return a.item < b.item; });
    return true;
}

}  // namespace espdl_tool
