#include "dl_recognition_database.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_set>

#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "dl_recognition_database";

namespace dl {
namespace recognition {

static_assert(sizeof(database_meta) == 6, "the header of the file");

namespace {

/** A file whose functions tell whether they succeeded. */
class File {
public:
    File(const std::string &path, const char *mode) : m_file(std::fopen(path.c_str(), mode)) {}
    ~File() {
        if (m_file) {
            std::fclose(m_file);
        }
    }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    explicit operator bool() const { return m_file; }
    /** Return the size in bytes, or -1 on error. */
    long size() { return std::fseek(m_file, 0, SEEK_END) == 0 ? std::ftell(m_file) : -1; }
    bool seek(long offset) { return std::fseek(m_file, offset, SEEK_SET) == 0; }
    bool read(void *data, size_t bytes) { return std::fread(data, 1, bytes, m_file) == bytes; }
    bool write(const void *data, size_t bytes) { return std::fwrite(data, 1, bytes, m_file) == bytes; }
    /** Wait until everything written has reached the storage. */
    bool sync() { return std::fflush(m_file) == 0 && fsync(fileno(m_file)) == 0; }

private:
    FILE *m_file;
};

esp_err_t storage_error(const char *what, const std::string &path) {
    ESP_LOGE(TAG, "%s: %s failed: %s", path.c_str(), what, errno ? std::strerror(errno) : "the file is too short");
    return ESP_FAIL;
}

bool is_finite(const float *values, int n) {
    return std::all_of(values, values + n, [](float v) { return std::isfinite(v); });
}

}  // namespace

DataBase::DataBase(const std::string &db_path, int feat_len) : m_db_path(db_path), m_feat_len(feat_len) {
    if (feat_len < 1 || feat_len > UINT16_MAX) {
        ESP_LOGE(TAG, "%s: features of %d values: 1 to %d are possible", db_path.c_str(), feat_len, UINT16_MAX);
        m_feat_len = 0;
        return;
    }
    m_meta.feat_len = static_cast<uint16_t>(feat_len);
    errno = 0;
    struct stat status;
    const bool is_new = stat(db_path.c_str(), &status) != 0 || (S_ISREG(status.st_mode) && status.st_size == 0);
    m_usable = (is_new ? create_empty_database_in_storage() : load_database_from_storage()) == ESP_OK;
}

DataBase::~DataBase() {
    clear_all_feats_in_memory();
}

bool DataBase::is_usable() const {
    if (!m_usable) {
        ESP_LOGE(TAG, "%s could not be used when it was opened: clear_all_feats() starts a new one", m_db_path.c_str());
    }
    return m_usable;
}

bool DataBase::is_feature(const TensorBase *feat) const {
    if (!feat || !feat->data) {
        ESP_LOGE(TAG, "%s: no feature was given", m_db_path.c_str());
        return false;
    }
    if (feat->dtype != DATA_TYPE_FLOAT || feat->size != m_feat_len) {
        ESP_LOGE(TAG, "%s: a feature of %d float values is needed, not %d of %s", m_db_path.c_str(), m_feat_len,
                 feat->size, feat->get_dtype_string());
        return false;
    }
    if (!is_finite(static_cast<const float *>(feat->data), m_feat_len)) {
        ESP_LOGE(TAG, "%s: the feature has values that are not numbers", m_db_path.c_str());
        return false;
    }
    return true;
}

void DataBase::clear_all_feats_in_memory() {
    for (Record &record : m_feats) {
        heap_caps_free(record.content.feat);
    }
    m_feats.clear();
    m_meta.num_feats_total = 0;
    m_meta.num_feats_valid = 0;
}

bool DataBase::add_in_memory(uint16_t id, uint16_t position, const float *feat) {
    const size_t bytes = sizeof(float) * m_feat_len;
    float *copy = static_cast<float *>(heap_caps_malloc_prefer(bytes, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_DEFAULT));
    if (!copy) {
        ESP_LOGE(TAG, "%s: no memory for a feature of %zu bytes", m_db_path.c_str(), bytes);
        return false;
    }
    std::memcpy(copy, feat, bytes);
    m_feats.push_back({{id, copy}, position});
    return true;
}

esp_err_t DataBase::create_empty_database_in_storage() {
    const database_meta meta = {0, 0, static_cast<uint16_t>(m_feat_len)};
    File file(m_db_path, "wb");
    if (!file) {
        return storage_error("creating", m_db_path);
    }
    // If power fails before this, the file is empty, and an empty file is a new database.
    return file.write(&meta, sizeof(meta)) && file.sync() ? ESP_OK : storage_error("writing", m_db_path);
}

// Compare the header with the size of the file, and correct the header. Records behind the counted ones were not
// written completely, or were deleted by another program that lowers the count.
bool DataBase::check_counts(size_t bytes, database_meta &meta) const {
    if (meta.feat_len != m_feat_len) {
        ESP_LOGE(TAG, "%s holds features of %d values: %d are needed", m_db_path.c_str(), meta.feat_len, m_feat_len);
        return false;
    }
    const size_t records = (bytes - sizeof(meta)) / record_bytes();
    if (records + 1 < meta.num_feats_total) {
        ESP_LOGE(TAG, "%s is damaged: its header counts %d features, it holds %zu", m_db_path.c_str(),
                 meta.num_feats_total, records);
        return false;
    }
    if (records < meta.num_feats_total) {
        ESP_LOGW(TAG, "%s: the last enrolment was not finished, its feature is left out", m_db_path.c_str());
    }
    meta.num_feats_total = static_cast<uint16_t>(std::min<size_t>(meta.num_feats_total, records));
    return true;
}

esp_err_t DataBase::load_database_from_storage() {
    database_meta meta;
    File file(m_db_path, "rb");
    if (!file) {
        return storage_error("opening", m_db_path);
    }
    const long bytes = file.size();
    if (bytes < static_cast<long>(sizeof(meta)) || !file.seek(0) || !file.read(&meta, sizeof(meta))) {
        ESP_LOGE(TAG, "%s is no database: it has %ld bytes, its header alone %zu", m_db_path.c_str(), bytes,
                 sizeof(meta));
        return ESP_FAIL;
    }
    if (!check_counts(static_cast<size_t>(bytes), meta)) {
        return ESP_FAIL;
    }
    std::unique_ptr<float, decltype(&heap_caps_free)> feat(
        static_cast<float *>(
            heap_caps_malloc_prefer(sizeof(float) * m_feat_len, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_DEFAULT)),
        heap_caps_free);
    if (!feat) {
        ESP_LOGE(TAG, "%s: no memory for a feature of %d values", m_db_path.c_str(), m_feat_len);
        return ESP_FAIL;
    }
    std::unordered_set<uint16_t> ids;
    bool good = true;
    for (int i = 0; good && i < meta.num_feats_total; i++) {
        uint16_t id;
        if (!file.read(&id, sizeof(id)) || !file.read(feat.get(), sizeof(float) * m_feat_len)) {
            good = storage_error("reading", m_db_path) == ESP_OK;
        } else if (id == 0) {
            continue;
        } else if (!ids.insert(id).second || !is_finite(feat.get(), m_feat_len)) {
            ESP_LOGE(TAG,
                     "%s is damaged: record %d of %d has a number (%d) that is there before, or values that are none",
                     m_db_path.c_str(), i + 1, meta.num_feats_total, id);
            good = false;
        } else {
            good = add_in_memory(id, static_cast<uint16_t>(i), feat.get());
        }
    }
    if (!good) {
        clear_all_feats_in_memory();
        return ESP_FAIL;
    }
    m_meta.num_feats_total = meta.num_feats_total;
    m_meta.num_feats_valid = static_cast<uint16_t>(m_feats.size());
    return ESP_OK;
}

esp_err_t DataBase::clear_all_feats() {
    if (m_feat_len == 0 || create_empty_database_in_storage() != ESP_OK) {
        return ESP_FAIL;
    }
    clear_all_feats_in_memory();
    m_usable = true;
    return ESP_OK;
}

esp_err_t DataBase::enroll_feat(TensorBase *feat) {
    if (!is_usable() || !is_feature(feat)) {
        return ESP_FAIL;
    }
    if (m_meta.num_feats_total == UINT16_MAX) {
        ESP_LOGE(TAG, "%s is full: a file numbers %d features, deleted ones included", m_db_path.c_str(), UINT16_MAX);
        return ESP_FAIL;
    }
    // A file of another program may have larger numbers than it has records.
    uint16_t id = m_meta.num_feats_total;
    for (const Record &record : m_feats) {
        id = std::max(id, record.content.id);
    }
    if (id == UINT16_MAX) {
        ESP_LOGE(TAG, "%s: no number is left for another feature", m_db_path.c_str());
        return ESP_FAIL;
    }
    id++;
    const database_meta meta = {static_cast<uint16_t>(m_meta.num_feats_total + 1),
                                static_cast<uint16_t>(m_meta.num_feats_valid + 1), m_meta.feat_len};
    if (!add_in_memory(id, m_meta.num_feats_total, static_cast<const float *>(feat->data))) {
        return ESP_FAIL;
    }
    errno = 0;
    File file(m_db_path, "r+b");
    const long end = static_cast<long>(sizeof(meta) + m_meta.num_feats_total * record_bytes());
    if (!file || file.size() < end || !file.seek(end) || !file.write(&id, sizeof(id)) ||
        !file.write(feat->data, sizeof(float) * m_feat_len) || !file.sync() || !file.seek(0) ||
        !file.write(&meta, sizeof(meta)) || !file.sync()) {
        heap_caps_free(m_feats.back().content.feat);
        m_feats.pop_back();
        return storage_error("enrolling", m_db_path);
    }
    m_meta = meta;
    return ESP_OK;
}

esp_err_t DataBase::delete_feat(uint16_t id) {
    if (!is_usable()) {
        return ESP_FAIL;
    }
    auto it = std::find_if(m_feats.begin(), m_feats.end(), [id](const Record &r) { return r.content.id == id; });
    if (it == m_feats.end()) {
        ESP_LOGE(TAG, "%s has no feature %d to delete", m_db_path.c_str(), id);
        return ESP_FAIL;
    }
    const uint16_t deleted = 0;
    const database_meta meta = {m_meta.num_feats_total, static_cast<uint16_t>(m_meta.num_feats_valid - 1),
                                m_meta.feat_len};
    errno = 0;
    File file(m_db_path, "r+b");
    const long start = static_cast<long>(sizeof(meta) + it->position * record_bytes());
    if (!file || file.size() < start + static_cast<long>(record_bytes()) || !file.seek(start)) {
        return storage_error("deleting", m_db_path);
    }
    if (!file.write(&deleted, sizeof(deleted)) || !file.sync() || !file.seek(0) || !file.write(&meta, sizeof(meta)) ||
        !file.sync()) {
        storage_error("deleting", m_db_path);
        if (file.seek(start) && file.write(&id, sizeof(id))) {
            file.sync();  // the feature that could not be deleted stays
        }
        return ESP_FAIL;
    }
    heap_caps_free(it->content.feat);
    m_feats.erase(it);
    m_meta = meta;
    return ESP_OK;
}

esp_err_t DataBase::delete_last_feat() {
    if (m_feats.empty()) {
        ESP_LOGE(TAG, "%s is empty: nothing to delete", m_db_path.c_str());
        return ESP_FAIL;
    }
    return delete_feat(m_feats.back().content.id);
}

float DataBase::cal_similarity(const float *feat1, const float *feat2) const {
    float sum = 0;
    for (int i = 0; i < m_feat_len; i++) {
        sum += feat1[i] * feat2[i];
    }
    return sum;
}

std::vector<result_t> DataBase::query_feat(TensorBase *feat, float thr, int top_k) {
    std::vector<result_t> results;
    if (!is_usable() || !is_feature(feat)) {
        return results;
    }
    for (const Record &record : m_feats) {
        const float similarity = cal_similarity(static_cast<const float *>(feat->data), record.content.feat);
        if (similarity > thr) {
            results.push_back({record.content.id, similarity});
        }
    }
    std::stable_sort(results.begin(), results.end(),
                     [](const result_t &a, const result_t &b) { return a.similarity > b.similarity; });
    results.resize(std::min(results.size(), static_cast<size_t>(std::max(top_k, 0))));
    return results;
}

void DataBase::print() {
    ESP_LOGI(TAG, "%s: %d features of %d values, %d deleted", m_db_path.c_str(), m_meta.num_feats_valid,
             m_meta.feat_len, m_meta.num_feats_total - m_meta.num_feats_valid);
    for (const Record &record : m_feats) {
        const float *feat = record.content.feat;
        ESP_LOGI(TAG, "id: %d, feat: %f, %f, %f, ...", record.content.id, feat[0], feat[std::min(1, m_feat_len - 1)],
                 feat[std::min(2, m_feat_len - 1)]);
    }
}

}  // namespace recognition
}  // namespace dl
