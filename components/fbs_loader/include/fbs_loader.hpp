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

/**
 * One place that holds one model or a package of models.
 *
 * The constructor opens the place and checks the container; what is wrong is logged and makes get_model_num() 0 and
 * every load() nullptr. A model that was loaded stays valid when its loader is deleted.
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
     * Read from memory of known size, treated as flash rodata. Unlike an address alone, it is never read past its end,
     * so that files from anywhere can be opened. The memory must outlive the models.
     */
    FbsLoader(const void *data, size_t size);
    ~FbsLoader();
    FbsLoader(const FbsLoader &) = delete;
    FbsLoader &operator=(const FbsLoader &) = delete;

    /**
     * Load the model, of a package the first one. The caller deletes it.
     * @param key        16-byte AES key of an encrypted model, else nullptr
     * @param param_copy copy the parameters from flash to RAM when they are asked for; has no effect where the model is
     * in RAM already (SD card, encrypted, CONFIG_SPIRAM_RODATA)
     * @return nullptr, with a log line, if the model cannot be used
     */
    FbsModel *load(const uint8_t *key = nullptr, bool param_copy = true);
    /** Load the model with this number, 0 being the first. */
    FbsModel *load(const int model_index, const uint8_t *key = nullptr, bool param_copy = true);
    /**
     * Load the model of this name, with or without the `.espdl` at its end. A file that is no package holds one model,
     * which is taken whatever its name: so it can stand in for a package.
     */
    FbsModel *load(const char *model_name, const uint8_t *key = nullptr, bool param_copy = true);

    /** Number of models; 0 if there is nothing usable. */
    int get_model_num();
    /** Log the names of all models. */
    void list_models();
    /** "FLASH rodata", "FLASH partition" or "SD card". */
    const char *get_model_location_string();

    /** ESP_OK, or why the place could not be used. */
    esp_err_t get_status() const;
    /** Name of a model in a package; of a file that is no package: its file name or partition label, or "". */
    std::string get_model_name(int model_index) const;
    /** Where one model lies in its place: header included, in bytes from the start. */
    struct entry_t {
        std::string name;
        size_t offset;
        size_t size;  ///< header and FlatBuffer
        bool encrypted;
        std::string magic;  ///< "EDL1" or "EDL2"
    };
    /** All models, in order. */
    const std::vector<entry_t> &get_entries() const;
    /** "EDL1", "EDL2", "PDL1", "PDL2", "PDL3", or "" if nothing usable. */
    const char *get_format() const;
    /** Version text of a PDL3 package, else "". */
    std::string get_package_version() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace fbs
