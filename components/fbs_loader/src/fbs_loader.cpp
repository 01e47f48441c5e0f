#include "fbs_loader.hpp"

#include <cstring>

#include "dl_tool.hpp"
#include "esp_log.h"
#include "fbs_crypto.hpp"
#include "fbs_source.hpp"
#include "sdkconfig.h"

static const char *TAG = "fbs_loader";

namespace fbs {

namespace {

constexpr size_t EDL1_HEADER = 12;
constexpr size_t EDL2_HEADER = 16;
constexpr size_t PDL3_VERSION_AT = 4;
constexpr size_t PDL3_VERSION_LENGTH = 16;
constexpr size_t PDL3_SIZE_AT = 20;
constexpr size_t PDL3_HASH_AT = 24;
constexpr size_t PDL3_HASH_LENGTH = 32;
constexpr size_t PDL3_COUNT_AT = 56;
constexpr size_t ENTRY_LENGTH = 12;
constexpr uint32_t MAX_MODELS = 4096;
constexpr uint32_t MAX_NAME = 1024;
constexpr uint32_t MODE_PLAIN = 0;
constexpr uint32_t MODE_AES = 1;

uint32_t u32(const uint8_t *p) {
    return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
           static_cast<uint32_t>(p[3]) << 24;
}

size_t header_length(const std::string &magic) {
    return magic == "EDL1" ? EDL1_HEADER : EDL2_HEADER;
}

/** Return "model 'a.espdl' in partition 'models'", or only the place if the model has no name of its own. */
std::string title(const std::string &name, const Source &source) {
    return name.empty() || name == source.name() ? source.description()
                                                 : "model '" + name + "' in " + source.description();
}

std::string printable(std::string_view bytes) {
    std::string shown;
    for (char c : bytes) {
        shown += c >= 0x20 && c < 0x7f ? c : '?';
    }
    return shown;
}

}  // namespace

struct FbsLoader::Impl {
    model_location_type_t location = MODEL_LOCATION_IN_FLASH_RODATA;
    std::unique_ptr<Source> source;
    std::string format;
    std::string version;
    std::vector<entry_t> entries;
    esp_err_t status = ESP_FAIL;

    void open(std::unique_ptr<Source> opened) {
        source = std::move(opened);
        if (!source) {
            status = ESP_ERR_NOT_FOUND;
            return;
        }
        status = parse() ? ESP_OK : ESP_FAIL;
        if (status != ESP_OK) {
            entries.clear();
            format.clear();
        }
    }

    bool parse();
    bool parse_model(size_t offset, size_t limit, bool exact, const std::string &name);
    bool parse_package();
    bool read_hash(uint8_t digest[PDL3_HASH_LENGTH]);
    bool compute_hash(uint8_t digest[PDL3_HASH_LENGTH]);
    bool check_hash();
    FbsModel *load(int index, const uint8_t *key, bool param_copy);
    const char *where() const { return source->description().c_str(); }
};

bool FbsLoader::Impl::parse() {
    uint8_t magic[4];
    if (source->size() < EDL1_HEADER) {
        ESP_LOGE(TAG, "The %s holds %u bytes: too few for a model", where(), static_cast<unsigned>(source->size()));
        return false;
    }
    if (!source->read(0, magic, sizeof(magic))) {
        return false;
    }
    format.assign(reinterpret_cast<const char *>(magic), sizeof(magic));
    if (format == "EDL1" || format == "EDL2") {
        return parse_model(0, source->size(), source->is_exact(), source->name());
    }
    if (format == "PDL1" || format == "PDL2" || format == "PDL3") {
        return parse_package();
    }
    if (format == "\xff\xff\xff\xff") {
        ESP_LOGE(TAG, "The %s is erased: no model was written there", where());
    } else {
        ESP_LOGE(TAG,
                 "The %s is no .espdl file: it begins with %02x %02x %02x %02x ('%s'), needed EDL1, EDL2, PDL1, PDL2 "
                 "or PDL3",
                 where(), magic[0], magic[1], magic[2], magic[3], printable(format).c_str());
    }
    return false;
}

/**
 * Read the header of one model.
 * @param limit bytes from `offset` to the end
 * @param exact whether the model must take all of them
 */
bool FbsLoader::Impl::parse_model(size_t offset, size_t limit, bool exact, const std::string &name) {
    uint8_t header[EDL2_HEADER];
    if (limit < EDL1_HEADER || !source->read(offset, header, EDL1_HEADER)) {
        ESP_LOGE(TAG, "The %s: %u bytes are too few", title(name, *source).c_str(), static_cast<unsigned>(limit));
        return false;
    }
    const std::string magic(reinterpret_cast<const char *>(header), 4);
    if (magic != "EDL1" && magic != "EDL2") {
        ESP_LOGE(TAG, "The %s begins with '%s', needed EDL1 or EDL2", title(name, *source).c_str(),
                 printable(magic).c_str());
        return false;
    }
    const uint32_t mode = u32(header + 4);
    const uint32_t size = u32(header + 8);
    if (mode != MODE_PLAIN && mode != MODE_AES) {
        ESP_LOGE(TAG, "The %s: encryption mode %u is unknown", title(name, *source).c_str(),
                 static_cast<unsigned>(mode));
        return false;
    }
    const size_t needed = static_cast<size_t>(size) + header_length(magic);
    if (size == 0 || size > Source::UNKNOWN_SIZE - EDL2_HEADER || (magic == "EDL2" && size % 16 != 0)) {
        ESP_LOGE(TAG, "The %s: the size field says %u, which is no size", title(name, *source).c_str(),
                 static_cast<unsigned>(size));
        return false;
    }
    if (needed > limit || (exact && needed != limit)) {
        ESP_LOGE(TAG, "The %s: the size field asks for %u bytes, there are %u", title(name, *source).c_str(),
                 static_cast<unsigned>(needed), static_cast<unsigned>(limit));
        return false;
    }
    entries.push_back({name, offset, needed, mode == MODE_AES, magic});
    return true;
}

bool FbsLoader::Impl::parse_package() {
    size_t table = 8;
    size_t end = source->size();
    if (format == "PDL3") {
        uint8_t header[PDL3_COUNT_AT + 4];
        if (!source->read(0, header, sizeof(header))) {
            return false;
        }
        version.assign(reinterpret_cast<const char *>(header) + PDL3_VERSION_AT,
                       strnlen(reinterpret_cast<const char *>(header) + PDL3_VERSION_AT, PDL3_VERSION_LENGTH));
        if (version.size() == PDL3_VERSION_LENGTH) {
            ESP_LOGE(TAG, "The %s: the version text of the package has no end", where());
            return false;
        }
        const uint32_t package_size = u32(header + PDL3_SIZE_AT);
        if (package_size < sizeof(header) || package_size > end || (source->is_exact() && package_size != end)) {
            ESP_LOGE(TAG, "The %s: the package says it has %u bytes, there are %u", where(),
                     static_cast<unsigned>(package_size), static_cast<unsigned>(end));
            return false;
        }
        end = package_size;
        table = sizeof(header);
        if (!check_hash()) {
            return false;
        }
    }

    uint8_t number[4];
    if (!source->read(table - 4, number, sizeof(number))) {
        return false;
    }
    const uint32_t count = u32(number);
    if (count == 0 || count > MAX_MODELS ||
        static_cast<uint64_t>(table) + static_cast<uint64_t>(count) * ENTRY_LENGTH > end) {
        ESP_LOGE(TAG, "The %s: a package of %u bytes cannot hold %u models", where(), static_cast<unsigned>(end),
                 static_cast<unsigned>(count));
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint8_t entry[ENTRY_LENGTH];
        if (!source->read(table + i * ENTRY_LENGTH, entry, sizeof(entry))) {
            return false;
        }
        const uint32_t data = u32(entry);
        const uint32_t name_at = u32(entry + 4);
        const uint32_t name_length = u32(entry + 8);
        if (name_length > MAX_NAME || static_cast<uint64_t>(name_at) + name_length > end || data < table ||
            data >= end) {
            ESP_LOGE(TAG, "The %s: entry %u of the package points outside its %u bytes (data at %u, name of %u at %u)",
                     where(), static_cast<unsigned>(i), static_cast<unsigned>(end), static_cast<unsigned>(data),
                     static_cast<unsigned>(name_length), static_cast<unsigned>(name_at));
            return false;
        }
        std::string name(name_length, '\0');
        if (!source->read(name_at, name.data(), name_length)) {
            return false;
        }
        if (!parse_model(data, end - data, false, printable(name))) {
            return false;
        }
    }
    return true;
}

bool FbsLoader::Impl::read_hash(uint8_t digest[PDL3_HASH_LENGTH]) {
    return source->read(PDL3_HASH_AT, digest, PDL3_HASH_LENGTH);
}

bool FbsLoader::Impl::compute_hash(uint8_t digest[PDL3_HASH_LENGTH]) {
    uint8_t size[4];
    if (!source->read(PDL3_SIZE_AT, size, sizeof(size))) {
        return false;
    }
    // The hash is that of the package with zeros in the place of the hash.
    auto fetch = [this](size_t offset, uint8_t *piece, size_t length) {
        if (!source->read(offset, piece, length)) {
            return false;
        }
        for (size_t i = 0; i < PDL3_HASH_LENGTH; i++) {
            const size_t at = PDL3_HASH_AT + i;
            if (at >= offset && at - offset < length) {
                piece[at - offset] = 0;
            }
        }
        return true;
    };
    return hash_sha256(u32(size), fetch, digest);
}

bool FbsLoader::Impl::check_hash() {
    uint8_t expected[PDL3_HASH_LENGTH], actual[PDL3_HASH_LENGTH];
    if (!read_hash(expected) || !compute_hash(actual)) {
        return false;
    }
    if (memcmp(expected, actual, sizeof(actual)) != 0) {
        auto hex = [](const uint8_t *bytes) {
            std::string digits;
            for (int i = 0; i < 8; i++) {
                digits += "0123456789abcdef"[bytes[i] >> 4];
                digits += "0123456789abcdef"[bytes[i] & 15];
            }
            return digits + "...";
        };
        ESP_LOGE(TAG, "The %s is damaged: its sha256 is %s, the package says %s", where(), hex(actual).c_str(),
                 hex(expected).c_str());
        return false;
    }
    return true;
}

FbsModel *FbsLoader::Impl::load(int index, const uint8_t *key, bool param_copy) {
    if (status != ESP_OK) {
        ESP_LOGE(TAG, "There is no model to load");
        return nullptr;
    }
    if (index < 0 || index >= static_cast<int>(entries.size())) {
        ESP_LOGE(TAG, "The %s holds %d models, there is no number %d", where(), static_cast<int>(entries.size()),
                 index);
        return nullptr;
    }
    const entry_t &entry = entries[index];
    if (entry.encrypted && !key) {
        ESP_LOGE(TAG, "The %s is encrypted: a 16-byte key is needed", title(entry.name, *source).c_str());
        return nullptr;
    }
    const size_t offset = entry.offset + header_length(entry.magic);
    const size_t size = entry.size - header_length(entry.magic);

#if CONFIG_SPIRAM_RODATA
    const bool rodata_move = location == MODEL_LOCATION_IN_FLASH_RODATA;
#else
    const bool rodata_move = false;
#endif
    const uint8_t *mapped = source->map(offset);
    const bool misaligned = mapped && (reinterpret_cast<uintptr_t>(mapped) & 15) != 0;
    if (mapped && !misaligned && !entry.encrypted) {
        FbsModel *model = new FbsModel(mapped, size, location, false, rodata_move, false, param_copy);
        model->m_owner = source->owner();
        if (model->is_valid()) {
            return model;
        }
        ESP_LOGE(TAG, "The %s cannot be used", title(entry.name, *source).c_str());
        delete model;
        return nullptr;
    }

    if (misaligned && !entry.encrypted) {
        ESP_LOGW(TAG, "The %s is not 16-byte aligned: its %u bytes are copied to RAM",
                 title(entry.name, *source).c_str(), static_cast<unsigned>(size));
    }
    const uint32_t caps =
        heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM) >= size + 16 ? MALLOC_CAP_SPIRAM : MALLOC_CAP_DEFAULT;
    uint8_t *buffer = static_cast<uint8_t *>(dl::tool::malloc_aligned(size, caps));
    if (!buffer) {
        ESP_LOGE(TAG, "The %s: no memory for its %u bytes, free are %u, the largest block is %u",
                 title(entry.name, *source).c_str(), static_cast<unsigned>(size),
                 static_cast<unsigned>(heap_caps_get_free_size(MALLOC_CAP_DEFAULT)),
                 static_cast<unsigned>(heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT)));
        return nullptr;
    }
    if (!source->read(offset, buffer, size)) {
        heap_caps_free(buffer);
        return nullptr;
    }
    if (entry.encrypted && !crypt_aes128_ctr(key, buffer, size)) {
        ESP_LOGE(TAG, "The %s cannot be decrypted", title(entry.name, *source).c_str());
        heap_caps_free(buffer);
        return nullptr;
    }
    FbsModel *model = new FbsModel(buffer, size, location, entry.encrypted, false, true, param_copy);
    if (!model->is_valid()) {
        ESP_LOGE(TAG, "The %s cannot be used", title(entry.name, *source).c_str());
        delete model;
        return nullptr;
    }
    return model;
}

FbsLoader::FbsLoader(const char *rodata_address_or_partition_label_or_path, model_location_type_t location)
    : m_impl(std::make_unique<Impl>()) {
    m_impl->location = location;
    switch (location) {
        case MODEL_LOCATION_IN_FLASH_RODATA:
            m_impl->open(open_memory(rodata_address_or_partition_label_or_path, Source::UNKNOWN_SIZE, false));
            break;
        case MODEL_LOCATION_IN_FLASH_PARTITION:
            m_impl->open(open_partition(rodata_address_or_partition_label_or_path));
            break;
        case MODEL_LOCATION_IN_SDCARD:
            m_impl->open(open_file(rodata_address_or_partition_label_or_path));
            break;
        default:
            ESP_LOGE(TAG, "Model location %d is unknown", static_cast<int>(location));
            m_impl->status = ESP_ERR_INVALID_ARG;
            break;
    }
}

FbsLoader::FbsLoader(const void *data, size_t size) : m_impl(std::make_unique<Impl>()) {
    m_impl->open(open_memory(data, size, true));
}

FbsLoader::~FbsLoader() = default;

FbsModel *FbsLoader::load(const uint8_t *key, bool param_copy) {
    return m_impl->load(0, key, param_copy);
}

FbsModel *FbsLoader::load(const int model_index, const uint8_t *key, bool param_copy) {
    return m_impl->load(model_index, key, param_copy);
}

FbsModel *FbsLoader::load(const char *model_name, const uint8_t *key, bool param_copy) {
    const bool is_package = !m_impl->format.empty() && m_impl->format[0] == 'P';
    if (!model_name || !is_package) {
        return m_impl->load(0, key, param_copy);
    }
    const std::string name(model_name);
    for (const std::string &wanted : {name, name + ".espdl"}) {
        for (size_t i = 0; i < m_impl->entries.size(); i++) {
            if (m_impl->entries[i].name == wanted) {
                return m_impl->load(static_cast<int>(i), key, param_copy);
            }
        }
    }
    std::string names;
    for (const entry_t &entry : m_impl->entries) {
        names += (names.empty() ? "" : ", ") + entry.name;
    }
    ESP_LOGE(TAG, "The %s holds no model '%s', only %s", m_impl->where(), model_name, names.c_str());
    return nullptr;
}

int FbsLoader::get_model_num() {
    return static_cast<int>(m_impl->entries.size());
}

void FbsLoader::list_models() {
    for (size_t i = 0; i < m_impl->entries.size(); i++) {
        ESP_LOGI(TAG, "model %d: %s", static_cast<int>(i), m_impl->entries[i].name.c_str());
    }
}

const char *FbsLoader::get_model_location_string() {
    switch (m_impl->location) {
        case MODEL_LOCATION_IN_FLASH_RODATA:
            return "FLASH rodata";
        case MODEL_LOCATION_IN_FLASH_PARTITION:
            return "FLASH partition";
        case MODEL_LOCATION_IN_SDCARD:
            return "SD card";
        default:
            return "unknown";
    }
}

esp_err_t FbsLoader::get_status() const {
    return m_impl->status;
}

std::string FbsLoader::get_model_name(int model_index) const {
    return model_index >= 0 && model_index < static_cast<int>(m_impl->entries.size())
               ? m_impl->entries[model_index].name
               : "";
}

const std::vector<FbsLoader::entry_t> &FbsLoader::get_entries() const {
    return m_impl->entries;
}

const char *FbsLoader::get_format() const {
    return m_impl->format.c_str();
}

std::string FbsLoader::get_package_version() const {
    return m_impl->version;
}

namespace {

fbs_file_format_t format_of(const char *magic) {
    static constexpr struct {
        const char *magic;
        fbs_file_format_t format;
    } s_formats[] = {{"EDL1", FBS_FILE_FORMAT_EDL1},
                     {"PDL1", FBS_FILE_FORMAT_PDL1},
                     {"EDL2", FBS_FILE_FORMAT_EDL2},
                     {"PDL2", FBS_FILE_FORMAT_PDL2},
                     {"PDL3", FBS_FILE_FORMAT_PDL3}};
    for (const auto &known : s_formats) {
        if (strncmp(magic, known.magic, 4) == 0) {
            return known.format;
        }
    }
    return FBS_FILE_FORMAT_UNK;
}

}  // namespace

fbs_file_format_t FbsLoader::get_model_format() {
    return format_of(m_impl->format.c_str());
}

esp_err_t FbsLoader::get_package_version(char *out_version, size_t out_size) {
    if (get_model_format() != FBS_FILE_FORMAT_PDL3) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (!out_version) {
        return ESP_ERR_INVALID_ARG;
    }
    if (out_size < PDL3_VERSION_LENGTH) {
        return ESP_ERR_INVALID_SIZE;
    }
    memcpy(out_version, m_impl->version.c_str(), m_impl->version.size() + 1);
    return ESP_OK;
}

uint32_t FbsLoader::get_package_size() {
    uint8_t size[4];
    return get_model_format() == FBS_FILE_FORMAT_PDL3 && m_impl->source->read(PDL3_SIZE_AT, size, sizeof(size))
               ? u32(size)
               : 0;
}

esp_err_t FbsLoader::get_package_sha256(uint8_t out_sha256[32]) {
    if (get_model_format() != FBS_FILE_FORMAT_PDL3) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (!out_sha256) {
        return ESP_ERR_INVALID_ARG;
    }
    return m_impl->read_hash(out_sha256) ? ESP_OK : ESP_FAIL;
}

esp_err_t FbsLoader::calc_package_sha256(uint8_t out_sha256[32]) {
    if (get_model_format() != FBS_FILE_FORMAT_PDL3) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (!out_sha256) {
        return ESP_ERR_INVALID_ARG;
    }
    return m_impl->compute_hash(out_sha256) ? ESP_OK : ESP_FAIL;
}

bool FbsLoader::verify_package_sha256() {
    uint8_t expected[PDL3_HASH_LENGTH], actual[PDL3_HASH_LENGTH];
    return get_package_sha256(expected) == ESP_OK && calc_package_sha256(actual) == ESP_OK &&
           memcmp(expected, actual, sizeof(actual)) == 0;
}

fbs_file_format_t get_model_format(const char *fbs_buf, model_location_type_t model_location) {
    if (!fbs_buf) {
        return FBS_FILE_FORMAT_UNK;
    }
    if (model_location != MODEL_LOCATION_IN_SDCARD) {
        return format_of(fbs_buf);
    }
    return FbsLoader(fbs_buf, model_location).get_model_format();
}

FbsModel *create_fbs_model(const char *fbs_buf, fbs_file_format_t format, model_location_type_t model_location,
                           uint32_t offset, const uint8_t *key, bool param_copy) {
    // A partition is mapped at this address already.
    FbsLoader loader(fbs_buf,
                     model_location == MODEL_LOCATION_IN_SDCARD ? model_location : MODEL_LOCATION_IN_FLASH_RODATA);
    if (loader.get_status() != ESP_OK) {
        return nullptr;
    }
    if (loader.get_model_format() != format) {
        ESP_LOGE(TAG, "The container is of format %s, format number %d was asked for", loader.get_format(),
                 static_cast<int>(format));
        return nullptr;
    }
    const std::vector<FbsLoader::entry_t> &entries = loader.get_entries();
    for (size_t i = 0; i < entries.size(); i++) {
        if (entries[i].offset == offset) {
            return loader.load(static_cast<int>(i), key, param_copy);
        }
    }
    ESP_LOGE(TAG, "The container has no model at offset %u", static_cast<unsigned>(offset));
    return nullptr;
}

}  // namespace fbs
