#include "dl_dump_tensors.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "esp_log.h"
#include "fbs_model.hpp"

static const char *TAG = "dump_tensors";

namespace dl {

namespace {

/** A file that remembers a failure until close(). */
class File {
public:
    explicit File(const std::string &path) : m_path(path), m_file(fopen(path.c_str(), "wb")) {}
    ~File() { close(); }
    File(const File &) = delete;
    File &operator=(const File &) = delete;

    void write(const void *data, size_t size) {
        m_good = m_good && m_file && (size == 0 || fwrite(data, 1, size, m_file) == size);
    }
    void write(const std::string &text) { write(text.data(), text.size()); }
    /** @return whether everything is in the file; if not, a log line has told the reason */
    bool close() {
        if (m_closed) {
            return m_good;
        }
        m_closed = true;
        m_good = m_file && fclose(m_file) == 0 && m_good;
        if (!m_good) {
            ESP_LOGE(TAG, "'%s' cannot be written: %s", m_path.c_str(), strerror(errno));
        }
        return m_good;
    }

private:
    std::string m_path;
    FILE *m_file;
    bool m_good = true;
    bool m_closed = false;
};

/** Return NumPy's name of a type, or nullptr if it has none. */
const char *numpy_type(dtype_t dtype) {
    switch (dtype) {
        case DATA_TYPE_INT8:
            return "|i1";
        case DATA_TYPE_UINT8:
            return "|u1";
        case DATA_TYPE_BOOL:
            return "|b1";
        case DATA_TYPE_INT16:
            return "<i2";
        case DATA_TYPE_UINT16:
            return "<u2";
        case DATA_TYPE_INT32:
            return "<i4";
        case DATA_TYPE_UINT32:
            return "<u4";
        case DATA_TYPE_INT64:
            return "<i8";
        case DATA_TYPE_FLOAT:
            return "<f4";
        default:
            return nullptr;
    }
}

std::string list_text(const std::vector<int> &values) {
    std::string text;
    for (int value : values) {
        text += (text.empty() ? "" : ", ") + std::to_string(value);
    }
    return text;
}

/**
 * Return a header of version 1.0 of the format: magic, length, and a dictionary, padded so that the data begin at a
 * multiple of 64.
 */
std::string npy_header(const char *type, const std::vector<int> &shape) {
    std::string dictionary = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (" +
                             list_text(shape) + (shape.size() == 1 ? ",), }" : "), }");
    constexpr size_t preamble = 10;
    dictionary.append(63 - (preamble + dictionary.size()) % 64, ' ');
    dictionary += '\n';
    std::string header("\x93NUMPY\x01\x00", 8);
    header += static_cast<char>(dictionary.size() & 0xff);
    header += static_cast<char>(dictionary.size() >> 8);
    return header + dictionary;
}

std::string json_string(const std::string &text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result + "\"";
}

/** A tensor that is to be written. */
struct Entry {
    std::string name;
    std::vector<int> shape;
    dtype_t dtype;
    int exponent;
    bool input, output;

    size_t bytes() const {
        TensorBase description(shape, nullptr, exponent, dtype, false);
        return description.get_bytes();
    }
};

std::string file_name(size_t index) {
    char name[16];
    snprintf(name, sizeof(name), "%04u.npy", static_cast<unsigned>(index));
    return name;
}

class Dump {
public:
    Dump(Model *model, const char *folder) : m_model(model), m_folder(folder) {}

    esp_err_t run(size_t max_bytes) {
        esp_err_t result = keep_inputs();
        if (result == ESP_OK) {
            list_entries();
            result = write_entries(max_bytes);
        }
        return result == ESP_OK ? write_manifest() : result;
    }

private:
    /** Copy the inputs, because a run may put other tensors in their place. */
    esp_err_t keep_inputs() {
        for (const auto &[name, tensor] : m_model->get_inputs()) {
            auto copy = std::make_unique<TensorBase>(tensor->shape, tensor->get_element_ptr(), tensor->get_exponent(),
                                                     tensor->get_dtype(), true);
            if (!copy->get_element_ptr()) {
                return ESP_ERR_NO_MEM;
            }
            m_entries.push_back({name, tensor->shape, tensor->get_dtype(), tensor->get_exponent(), true, false});
            m_inputs[name] = std::move(copy);
        }
        return ESP_OK;
    }

    void list_entries() {
        fbs::FbsModel *graph = m_model->get_fbs_model();
        const auto &outputs = m_model->get_outputs();
        for (const std::string &node : graph->topological_sort()) {
            std::vector<std::string> sources, made;
            graph->get_operation_inputs_and_outputs(node, sources, made);
            for (const std::string &name : made) {
                TensorBase *tensor = name.empty() ? nullptr : m_model->get_intermediate(name);
                if (tensor && numpy_type(tensor->get_dtype())) {
                    m_entries.push_back({name, tensor->shape, tensor->get_dtype(), tensor->get_exponent(), false,
                                         outputs.count(name) > 0});
                }
            }
        }
    }

    esp_err_t write_entries(size_t max_bytes) {
        size_t index = 0;
        for (; index < m_entries.size() && m_entries[index].input; index++) {
            const esp_err_t result = write_tensor(index, m_inputs[m_entries[index].name].get());
            if (result != ESP_OK) {
                return result;
            }
        }
        while (index < m_entries.size()) {
            size_t end = index, bytes = 0;
            do {
                bytes += m_entries[end++].bytes();
            } while (end < m_entries.size() && bytes + m_entries[end].bytes() <= max_bytes);
            const esp_err_t result = run_and_write(index, end);
            if (result != ESP_OK) {
                return result;
            }
            index = end;
        }
        std::map<std::string, TensorBase *> inputs = m_model->get_inputs();
        for (const auto &[name, tensor] : inputs) {
            tensor->assign(m_inputs[name].get());
        }
        return ESP_OK;
    }

    esp_err_t run_and_write(size_t begin, size_t end) {
        std::map<std::string, TensorBase *> inputs, outputs;
        for (const auto &[name, tensor] : m_inputs) {
            inputs[name] = tensor.get();
        }
        std::vector<std::unique_ptr<TensorBase>> kept;
        for (size_t i = begin; i < end; i++) {
            const Entry &entry = m_entries[i];
            kept.push_back(std::make_unique<TensorBase>(entry.shape, nullptr, entry.exponent, entry.dtype, true));
            if (!kept.back()->get_element_ptr()) {
                ESP_LOGE(TAG, "no memory for tensor '%s', %u bytes", entry.name.c_str(),
                         static_cast<unsigned>(entry.bytes()));
                return ESP_ERR_NO_MEM;
            }
            outputs[entry.name] = kept.back().get();
        }
        m_model->run(inputs, RUNTIME_MODE_SINGLE_CORE, outputs);
        for (size_t i = begin; i < end; i++) {
            const esp_err_t result = write_tensor(i, kept[i - begin].get());
            if (result != ESP_OK) {
                return result;
            }
        }
        return ESP_OK;
    }

    esp_err_t write_tensor(size_t index, TensorBase *tensor) {
        const Entry &entry = m_entries[index];
        File file(m_folder + "/" + file_name(index));
        file.write(npy_header(numpy_type(entry.dtype), entry.shape));
        file.write(tensor->get_element_ptr(), entry.bytes());
        return file.close() ? ESP_OK : ESP_FAIL;
    }

    esp_err_t write_manifest() {
        File file(m_folder + "/manifest.json");
        for (size_t i = 0; i < m_entries.size(); i++) {
            const Entry &entry = m_entries[i];
            file.write(std::string(i ? ",\n" : "[\n") + "  {\"name\": " + json_string(entry.name) + ", \"file\": \"" +
                       file_name(i) + "\", \"shape\": [" + list_text(entry.shape) + "], \"exponent\": " +
                       std::to_string(entry.exponent) + ", \"input\": " + (entry.input ? "true" : "false") +
                       ", \"output\": " + (entry.output ? "true" : "false") + "}");
        }
        file.write("\n]\n");
        return file.close() ? ESP_OK : ESP_FAIL;
    }

    Model *m_model;
    std::string m_folder;
    std::vector<Entry> m_entries;
    std::map<std::string, std::unique_ptr<TensorBase>> m_inputs;
};

}  // namespace

esp_err_t dump_tensors(Model *model, const char *folder, size_t max_bytes) {
    if (!model || !folder || !model->get_fbs_model() || model->get_inputs().empty()) {
        ESP_LOGE(TAG, "a built model and a folder are needed");
        return ESP_ERR_INVALID_ARG;
    }
    return Dump(model, folder).run(max_bytes);
}

}  // namespace dl
