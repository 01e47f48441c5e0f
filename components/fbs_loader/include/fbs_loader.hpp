/**
 * @file fbs_loader.hpp
 * fbs::FbsLoader: finds a model in flash rodata, a flash partition, on the SD card or in memory; opens the container
 * around it (EDL1, EDL2, PDL1, PDL2, PDL3; plain or AES-128-CTR) and makes an fbs::FbsModel of it.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "esp_err.h"
#include "fbs_model.hpp"

namespace fbs {

/** Containers of models. */
typedef enum {
    FBS_FILE_FORMAT_UNK = 0,
    FBS_FILE_FORMAT_EDL1 = 1,
    FBS_FILE_FORMAT_PDL1 = 2,
    FBS_FILE_FORMAT_EDL2 = 3,
    FBS_FILE_FORMAT_PDL2 = 4,
    FBS_FILE_FORMAT_PDL3 = 5,
} fbs_file_format_t;

/**
 * A place that holds a model, or a package of models.
 *
 * The constructor opens the place and checks the container. If something is wrong, it is logged; get_model_num() is
 * then 0, and every load() returns nullptr. A loaded model stays valid after its loader has been deleted.
 */
class FbsLoader {
public:
    /**
     * @param rodata_address_or_partition_label_or_path address, partition label or path, as `location` says
     * @param location where the model is
     */
    FbsLoader(const char *rodata_address_or_partition_label_or_path = nullptr,
              model_location_type_t location = MODEL_LOCATION_IN_FLASH_RODATA);
    /**
     * Read from memory of known size, which is treated as flash rodata. Nothing is read beyond its end, so files from
     * anywhere can be opened; with an address alone, that cannot be promised. The memory must outlive the models.
     */
    FbsLoader(const void *data, size_t size);
    ~FbsLoader();
    FbsLoader(const FbsLoader &) = delete;
    FbsLoader &operator=(const FbsLoader &) = delete;

    /**
     * Load the model; of a package, the first one. The caller deletes it.
     * @param key        16-byte AES key of an encrypted model, else nullptr
     * @param param_copy copy parameters from flash to RAM when they are asked for. No effect if the model is in RAM
     * already (SD card, encrypted, CONFIG_SPIRAM_RODATA)
     * @return nullptr, with a log line, if the model cannot be used
     */
    FbsModel *load(const uint8_t *key = nullptr, bool param_copy = true);
    /** Load the model with this number, 0 being the first. */
    FbsModel *load(const int model_index, const uint8_t *key = nullptr, bool param_copy = true);
    /**
     * Load the model of this name, with or without the `.espdl` at its end. A file that is no package holds one model,
     * which is loaded whatever its name is: so it can take the place of a package.
     */
    FbsModel *load(const char *model_name, const uint8_t *key = nullptr, bool param_copy = true);

    /** Number of models; 0 if there is nothing usable. */
    int get_model_num();
    /** Log the names of all models. */
    void list_models();
    /** "FLASH rodata", "FLASH partition" or "SD card". */
    const char *get_model_location_string();

    /** The container; FBS_FILE_FORMAT_UNK if there is nothing usable. */
    fbs_file_format_t get_model_format();
    /**
     * Version text of a PDL3 package, with a zero at its end.
     * @param out_size 16 or more
     * @return ESP_OK; ESP_ERR_NOT_SUPPORTED for another container; ESP_ERR_INVALID_ARG; ESP_ERR_INVALID_SIZE
     */
    esp_err_t get_package_version(char *out_version, size_t out_size);
    /** Bytes of a PDL3 package; 0 for another container. */
    uint32_t get_package_size();
    /** The SHA-256 that a PDL3 package states. @return ESP_ERR_NOT_SUPPORTED for another container */
    esp_err_t get_package_sha256(uint8_t out_sha256[32]);
    /** Compute the SHA-256 of a PDL3 package: of all its bytes, with zeros where the SHA-256 itself stands. */
    esp_err_t calc_package_sha256(uint8_t out_sha256[32]);
    /** Are the stated and the computed SHA-256 the same? A package for which they differ is refused when it is opened;
     * the answer is false then, too. */
    bool verify_package_sha256();

    /** ESP_OK, or why the place could not be used. */
    esp_err_t get_status() const;
    /** Name of a model in a package. For a file that is no package: the file name, the partition label, or "". */
    std::string get_model_name(int model_index) const;
    /** Where a model lies in the container, in bytes from its start. The model's header is included. */
    struct entry_t {
        std::string name;
        size_t offset;
        size_t size;  ///< header and FlatBuffer
        bool encrypted;
        std::string magic;  ///< "EDL1" or "EDL2"
    };
    /** All models, in order. */
    const std::vector<entry_t> &get_entries() const;
    /** "EDL1", "EDL2", "PDL1", "PDL2", "PDL3"; "" if there is nothing usable. */
    const char *get_format() const;
    /** Version text of a PDL3 package; "" for another container. */
    std::string get_package_version() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/** Find out which container is at an address, or in a file if the location is the SD card. */
fbs_file_format_t get_model_format(const char *fbs_buf, model_location_type_t model_location);

/**
 * Load the model whose header lies `offset` bytes behind the start of the container at an address, or in a file if the
 * location is the SD card. The caller deletes it.
 * @return nullptr, with a log line, if the container is of another format, or the model cannot be used
 */
FbsModel *create_fbs_model(const char *fbs_buf, fbs_file_format_t format, model_location_type_t model_location,
                           uint32_t offset, const uint8_t *key, bool param_copy);

}  // namespace fbs
