/**
 * @file model_file.hpp
 * A model from a file on the PC, ready for fbs_loader: in memory of exactly the file's size, 16-byte aligned.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "container.hpp"
#include "dl_target.hpp"
#include "fbs_loader.hpp"
#include "fbs_model.hpp"

namespace espdl_tool {

/** Which model of a package, and how to decrypt it. */
struct ModelSelector {
    std::string model;  ///< name or number in a package; "": the first
    std::optional<AesKey> key;
    bool param_copy = false;  ///< copy the parameters into the emulated PSRAM, as firmware does
};

class ModelFile {
public:
    /** Read and check the container. @return nullptr and the reason */
    static std::unique_ptr<ModelFile> open_container(const std::string &path, std::string &error);
    /** open_container() and select(). */
    static std::unique_ptr<ModelFile> open(const std::string &path, const ModelSelector &selector, std::string &error);
    /** An open file once more, for another thread: its bytes are shared, its graph is not. */
    static std::unique_ptr<ModelFile> again(const ModelFile &file, const ModelSelector &selector, std::string &error);

    bool select(const ModelSelector &selector, std::string &error);

    const std::string &path() const { return m_path; }
    const uint8_t *data() const { return m_data.get(); }
    size_t size() const { return m_size; }
    fbs::FbsLoader &loader() { return *m_loader; }
    /** After select(). */
    fbs::FbsModel &model() { return *m_model; }

private:
    bool load(std::string &error);

    std::string m_path;
    std::shared_ptr<const uint8_t> m_data;
    size_t m_size = 0;
    std::unique_ptr<fbs::FbsLoader> m_loader;
    std::unique_ptr<fbs::FbsModel> m_model;
};

/** The chip that a folder of the path is named after (esp32p4, p4, esp32s3, s3, esp32, c), the last such folder
 * deciding. */
std::optional<dl::target_t> target_from_path(const std::string &path);

/**
 * The chip that a file was made for: its metadata entry "target"; else ESP32-P4 if there are exponents per channel, and
 * plain ESP32 if the layout is the unblocked one. Else nothing: blocked layouts serve ESP32-S3 and ESP32-P4.
 */
std::optional<dl::target_t> target_from_model(fbs::FbsModel &model);

/** The first of: the option, the path, the model, ESP32-P4. `origin` tells which. */
dl::target_t choose_target(std::optional<dl::target_t> option, const std::string &path, fbs::FbsModel *model,
                           const char **origin);

}  // namespace espdl_tool
