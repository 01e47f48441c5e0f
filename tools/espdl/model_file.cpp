#include "model_file.hpp"

#include <cstdlib>
#include <filesystem>

#include "file_io.hpp"
#include "log_capture.hpp"

namespace espdl_tool {

std::unique_ptr<ModelFile> ModelFile::open_container(const std::string &path, std::string &error) {
    std::unique_ptr<ModelFile> file(new ModelFile);
    file->m_path = path;
    const auto make_room = [&](size_t size) -> uint8_t * {
        void *memory = nullptr;
        if (posix_memalign(&memory, 16, size ? size : 1) != 0) {
            error = "no memory for the " + std::to_string(size) + " bytes of '" + path + "'";
            return nullptr;
        }
        file->m_size = size;
        file->m_data.reset(static_cast<uint8_t *>(memory), free);
        return static_cast<uint8_t *>(memory);
    };
    if (!read_file(path, make_room, error)) {
        return nullptr;
    }
    return file->load(error) ? std::move(file) : nullptr;
}

std::unique_ptr<ModelFile> ModelFile::again(const ModelFile &file, const ModelSelector &selector, std::string &error) {
    std::unique_ptr<ModelFile> other(new ModelFile);
    other->m_path = file.m_path;
    other->m_data = file.m_data;
    other->m_size = file.m_size;
    return other->load(error) && other->select(selector, error) ? std::move(other) : nullptr;
}

bool ModelFile::load(std::string &error) {
    LogCapture log;
    m_loader = std::make_unique<fbs::FbsLoader>(static_cast<const void *>(m_data.get()), m_size);
    if (m_loader->get_status() != ESP_OK) {
        error = "'" + m_path + "': " + log.errors();
        return false;
    }
    return true;
}

bool ModelFile::select(const ModelSelector &selector, std::string &error) {
    LogCapture log;
    const uint8_t *key = selector.key ? selector.key->data() : nullptr;
    const bool is_number = !selector.model.empty() && selector.model.size() < 9 &&
                           selector.model.find_first_not_of("0123456789") == std::string::npos;
    fbs::FbsModel *model = nullptr;
    if (selector.model.empty()) {
        model = m_loader->load(key, selector.param_copy);
    } else if (is_number) {
        model = m_loader->load(atoi(selector.model.c_str()), key, selector.param_copy);
    } else {
        model = m_loader->load(selector.model.c_str(), key, selector.param_copy);
    }
    m_model.reset(model);
    if (!m_model) {
        error = "'" + m_path + "': " + log.errors();
    }
    return m_model != nullptr;
}

std::unique_ptr<ModelFile> ModelFile::open(const std::string &path, const ModelSelector &selector, std::string &error) {
    std::unique_ptr<ModelFile> file = open_container(path, error);
    if (file && !file->select(selector, error)) {
        return nullptr;
    }
    return file;
}

std::optional<dl::target_t> target_from_path(const std::string &path) {
    std::optional<dl::target_t> found;
    for (const auto &part : std::filesystem::path(path).parent_path()) {
        dl::target_t target;
        if (dl::target_from_name(part.string().c_str(), &target)) {
            found = target;
        }
    }
    return found;
}

std::optional<dl::target_t> target_from_model(fbs::FbsModel &model) {
    dl::target_t target;
    const std::string stated = model.get_model_metadata_prop("target");
    if (!stated.empty() && dl::target_from_name(stated.c_str(), &target)) {
        return target;
    }
    bool unblocked = false;
    for (const std::string &name : model.get_parameter_names()) {
        if (model.get_tensor_exponents(name).size() > 1) {
            return dl::TARGET_ESP32P4;
        }
        const std::string layout = model.get_tensor_layout(name);
        unblocked = unblocked || layout == "NHWC" || layout == "NWC" || layout == "HWCN" || layout == "WCN";
    }
    return unblocked ? std::optional(dl::TARGET_ESP32) : std::nullopt;
}

dl::target_t choose_target(std::optional<dl::target_t> option, const std::string &path, fbs::FbsModel *model,
                           const char **origin) {
    const char *ignored = nullptr;
    const char *&told = origin ? *origin : ignored;
    if (option) {
        told = "option";
        return *option;
    }
    if (auto target = target_from_path(path)) {
        told = "path";
        return *target;
    }
    if (auto target = model ? target_from_model(*model) : std::nullopt) {
        told = "file";
        return *target;
    }
    told = "default";
    return dl::TARGET_ESP32P4;
}

}  // namespace espdl_tool
