/**
 * @file dl_recognition_database.hpp
 * A database of enrolled features, in memory and in a file.
 */
#pragma once

#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include "dl_recognition_define.hpp"
#include "dl_tensor_base.hpp"
#include "esp_check.h"
#include "esp_system.h"

namespace dl {
namespace recognition {

/**
 * Features of one length, each with a number. The file has ESP-DL's format: database_meta, then num_feats_total records
 * of an id and feat_len floats. Numbers count up from 1. None is given twice, unless all features are cleared.
 *
 * A change is in the file when its method returns. If power fails meanwhile, the file holds either the features before
 * the change or those after it: a new record is written behind all others before the header counts it, and a deleted
 * one loses its id. Opening the file repairs what such a failure leaves behind.
 *
 * A file that is damaged in another way, or whose features have another length, is refused with a log line and left
 * unchanged. All methods then fail until clear_all_feats() starts a new file.
 */
class DataBase {
public:
    /**
     * Open the file, or create it.
     * @param db_path path of the file, in a folder that exists
     * @param feat_len floats of a feature, 1 to 65535
     */
    DataBase(const std::string &db_path, int feat_len);
    virtual ~DataBase();
    DataBase(const DataBase &) = delete;
    DataBase &operator=(const DataBase &) = delete;

    /** Delete all features. Like the other methods, it returns ESP_OK, or ESP_FAIL with a log line. */
    esp_err_t clear_all_feats();
    /** @param feat feat_len floats, a vector of length 1 like those of FeatPostprocessor. They are copied */
    esp_err_t enroll_feat(TensorBase *feat);
    esp_err_t delete_feat(uint16_t id);
    /** Delete the feature that was enrolled last. */
    esp_err_t delete_last_feat();
    /**
     * @param thr only features that are more similar are results
     * @param top_k the largest number of results
     * @return results, the most similar first
     */
    std::vector<result_t> query_feat(TensorBase *feat, float thr, int top_k);
    /** Log a summary. */
    void print();
    int get_num_feats() { return m_meta.num_feats_valid; }

private:
    struct Record {
        database_feat content;
        uint16_t position;  ///< number of the record in the file
    };

    size_t record_bytes() const { return sizeof(uint16_t) + sizeof(float) * m_feat_len; }
    bool is_usable() const;
    bool is_feature(const TensorBase *feat) const;
    esp_err_t create_empty_database_in_storage();
    esp_err_t load_database_from_storage();
    bool add_in_memory(uint16_t id, uint16_t position, const float *feat);
    bool check_counts(size_t bytes, database_meta &meta) const;
    void clear_all_feats_in_memory();
    float cal_similarity(const float *feat1, const float *feat2) const;

    std::string m_db_path;
    int m_feat_len;
    bool m_usable = false;
    std::list<Record> m_feats;
    database_meta m_meta = {};
};

}  // namespace recognition
}  // namespace dl
