#include "nvs/nvs_store.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <set>

#include "esp_log.h"

namespace hal {
namespace {

const char *const TAG = "nvs";

constexpr uint32_t PAGE = 4096;
constexpr uint32_t HEAD = 32;
constexpr uint32_t STATES = 32;
constexpr uint32_t ENTRY = 32;
constexpr uint32_t ENTRIES = (PAGE - HEAD - STATES) / ENTRY;  // 126

// States of a page; each has a bit less than the one before.
constexpr uint32_t PAGE_UNUSED = 0xFFFFFFFF;
constexpr uint32_t PAGE_ACTIVE = 0xFFFFFFFE;
constexpr uint32_t PAGE_FULL = 0xFFFFFFFC;
constexpr uint32_t PAGE_FREEING = 0xFFFFFFF8;
constexpr uint8_t VERSION_1 = 0xFF;
constexpr uint8_t VERSION_2 = 0xFE;  // blobs may be in several pages
// States of an entry.
constexpr int EMPTY = 3;
constexpr int WRITTEN = 2;
constexpr int ERASED = 0;

constexpr uint8_t TYPE_BLOB_1 = 0x41;  // of version 1: in one piece
constexpr uint8_t TYPE_BLOB_DATA = 0x42;
constexpr uint8_t TYPE_BLOB_INDEX = 0x48;
constexpr uint8_t NAMESPACES = 0;  // whose keys are the names, whose values are the numbers
constexpr uint8_t NO_CHUNK = 0xFF;
// A new blob's chunks are numbered from the one, the next one's from the other.
constexpr uint8_t CHUNKS_A = 0x00;
constexpr uint8_t CHUNKS_B = 0x80;
constexpr uint32_t MAX_CHUNKS = 0x7F;
constexpr size_t MAX_NAMESPACES = 254;

// As esp_rom_crc32_le(0xFFFFFFFF, ...): the register begins with 0.
uint32_t crc32(const uint8_t *data, size_t size, uint32_t crc = 0) {
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xEDB88320 & (0u - (crc & 1)));
        }
    }
    return crc;
}

uint32_t entry_crc(const uint8_t *entry) {
    return ~crc32(entry + 8, ENTRY - 8, crc32(entry, 4));
}

void set_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

uint32_t get_u32(const uint8_t *in) {
    return in[0] | in[1] << 8 | in[2] << 16 | static_cast<uint32_t>(in[3]) << 24;
}

uint32_t get_u16(const uint8_t *in) {
    return in[0] | static_cast<uint32_t>(in[1]) << 8;
}

bool blank(const uint8_t *data, size_t size) {
    return std::all_of(data, data + size, [](uint8_t byte) { return byte == 0xFF; });
}

bool has_data(uint8_t type) {
    return type == NVS_TYPE_STR || type == TYPE_BLOB_1 || type == TYPE_BLOB_DATA;
}

uint32_t entries_of(size_t bytes) {
    return static_cast<uint32_t>((bytes + ENTRY - 1) / ENTRY);
}

std::string key_of(const uint8_t *entry) {
    const char *key = reinterpret_cast<const char *>(entry + 8);
    return std::string(key, strnlen(key, NVS_KEY_NAME_MAX_SIZE));
}

/** The first entry of a value. `value` is its last field, at most 8 bytes. */
std::vector<uint8_t> make_entry(uint8_t name_space, uint8_t type, uint32_t span, uint8_t chunk, const std::string &key,
                                const std::vector<uint8_t> &value) {
    std::vector<uint8_t> out(ENTRY, 0xFF);
    out[0] = name_space;
    out[1] = type;
    out[2] = static_cast<uint8_t>(span);
    out[3] = chunk;
    memset(out.data() + 8, 0, NVS_KEY_NAME_MAX_SIZE);
    memcpy(out.data() + 8, key.data(), std::min<size_t>(key.size(), NVS_KEY_NAME_MAX_SIZE - 1));
    std::copy(value.begin(), value.end(), out.begin() + 24);
    set_u32(out.data() + 4, entry_crc(out.data()));
    return out;
}

std::vector<uint8_t> data_field(const uint8_t *data, size_t size) {
    std::vector<uint8_t> field(8, 0xFF);
    field[0] = static_cast<uint8_t>(size);
    field[1] = static_cast<uint8_t>(size >> 8);
    set_u32(field.data() + 4, ~crc32(data, size));
    return field;
}

}  // namespace

/** A value's entry as it lies in the pages. */
struct NvsStore::Found {
    Place place;
    uint8_t type;
    uint8_t chunk;
};

const uint8_t *NvsStore::entry(uint32_t page, uint32_t index) const {
    return m_image.data() + page * PAGE + HEAD + STATES + index * ENTRY;
}

uint32_t NvsStore::page_state(uint32_t page) const {
    return get_u32(m_image.data() + page * PAGE);
}

uint32_t NvsStore::sequence(uint32_t page) const {
    return get_u32(m_image.data() + page * PAGE + 4);
}

bool NvsStore::is_blank(uint32_t page) const {
    return blank(m_image.data() + page * PAGE, PAGE);
}

bool NvsStore::has_head(uint32_t page) const {
    const uint8_t *head = m_image.data() + page * PAGE;
    const uint32_t state = page_state(page);
    return (state == PAGE_ACTIVE || state == PAGE_FULL || state == PAGE_FREEING) &&
           get_u32(head + 28) == ~crc32(head + 4, 24);
}

int NvsStore::entry_state(uint32_t page, uint32_t index) const {
    return m_image[page * PAGE + HEAD + index / 4] >> (index % 4 * 2) & 3;
}

uint32_t NvsStore::first_free(uint32_t page) const {
    uint32_t index = ENTRIES;
    while (index > 0 && entry_state(page, index - 1) == EMPTY) {
        index--;
    }
    return index;
}

uint32_t NvsStore::entries_in_use(uint32_t page) const {
    uint32_t count = 0;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        count += entry_state(page, i) == WRITTEN;
    }
    return count;
}

bool NvsStore::entry_is_sound(uint32_t page, uint32_t index) const {
    const uint8_t *at = entry(page, index);
    const uint32_t span = at[2];
    return get_u32(at + 4) == entry_crc(at) && span >= 1 && span <= ENTRIES - index &&
           (!has_data(at[1]) || span == 1 + entries_of(get_u16(at + 24)));
}

bool NvsStore::data_is_sound(uint32_t page, uint32_t index) const {
    const uint8_t *at = entry(page, index);
    for (uint32_t i = 1; i < at[2]; i++) {
        if (entry_state(page, index + i) != WRITTEN) {
            return false;
        }
    }
    return !has_data(at[1]) || get_u32(at + 28) == ~crc32(at + ENTRY, get_u16(at + 24));
}

// --- changes: to the image at once, to the flash later ---

void NvsStore::put(uint32_t offset, std::vector<uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), m_image.begin() + offset);
    m_operations.push_back({offset, std::move(bytes)});
}

void NvsStore::erase_page(uint32_t page) {
    std::fill_n(m_image.begin() + page * PAGE, PAGE, 0xFF);
    m_operations.push_back({page * PAGE, {}});
}

void NvsStore::set_page_state(uint32_t page, uint32_t state) {
    std::vector<uint8_t> bytes(4);
    set_u32(bytes.data(), state);
    put(page * PAGE, std::move(bytes));
}

/** From the last entry to the first: as long as the first one's is not written, the value is not there, and as long as
 * it is not erased, the rest is known to belong to it. */
void NvsStore::set_entry_states(const Place &place, int state) {
    uint32_t index = place.index + place.span;
    while (index > place.index) {
        const uint32_t byte = place.page * PAGE + HEAD + (index - 1) / 4;
        uint8_t value = m_image[byte];
        do {
            index--;
            const uint32_t shift = index % 4 * 2;
            value = static_cast<uint8_t>((value & ~(3u << shift)) | static_cast<uint32_t>(state) << shift);
        } while (index > place.index && index % 4 != 0);
        put(byte, {value});
    }
}

void NvsStore::activate(uint32_t page) {
    uint32_t next = 0;
    for (uint32_t other = 0; other < pages(); other++) {
        next = has_head(other) ? std::max(next, sequence(other) + 1) : next;
    }
    std::vector<uint8_t> head(HEAD - 4, 0xFF);
    set_u32(head.data(), next);
    head[4] = VERSION_2;
    set_u32(head.data() + 24, ~crc32(head.data(), 24));
    put(page * PAGE + 4, std::move(head));
    set_page_state(page, PAGE_ACTIVE);  // last: what is cut short is no page yet
}

int NvsStore::active_page() const {
    for (uint32_t page = 0; page < pages(); page++) {
        if (has_head(page) && page_state(page) == PAGE_ACTIVE) {
            return static_cast<int>(page);
        }
    }
    return -1;
}

std::vector<uint32_t> NvsStore::blank_pages() const {
    std::vector<uint32_t> list;
    for (uint32_t page = 0; page < pages(); page++) {
        if (is_blank(page)) {
            list.push_back(page);
        }
    }
    return list;
}

/** An active page with that many entries behind the last one. */
esp_err_t NvsStore::make_room(uint32_t entries, uint32_t &page) {
    const int active = active_page();
    if (active >= 0 && ENTRIES - first_free(static_cast<uint32_t>(active)) >= entries) {
        page = static_cast<uint32_t>(active);
        return ESP_OK;
    }
    const std::vector<uint32_t> unused = blank_pages();
    if (unused.size() > 1) {
        if (active >= 0) {
            set_page_state(static_cast<uint32_t>(active), PAGE_FULL);
        }
        page = unused.front();
        activate(page);
        return ESP_OK;
    }
    // What is in use in one page moves to the one that was kept, the rest of it is room.
    int victim = -1;
    uint32_t least = ENTRIES;
    for (uint32_t other = 0; other < pages(); other++) {
        if (has_head(other) && entries_in_use(other) < least) {
            least = entries_in_use(other);
            victim = static_cast<int>(other);
        }
    }
    if (unused.empty() || victim < 0 || least + entries > ENTRIES) {
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    }
    if (active >= 0) {
        set_page_state(static_cast<uint32_t>(active), PAGE_FULL);
    }
    page = unused.front();
    free_page(static_cast<uint32_t>(victim));
    return ESP_OK;
}

void NvsStore::free_page(uint32_t victim) {
    set_page_state(victim, PAGE_FREEING);
    const uint32_t target = blank_pages().front();
    activate(target);
    copy_entries(victim, target);
    erase_page(victim);
}

void NvsStore::copy_entries(uint32_t from, uint32_t to) {
    for (uint32_t i = 0; i < ENTRIES;) {
        if (entry_state(from, i) != WRITTEN) {
            i++;
            continue;
        }
        const uint8_t *at = entry(from, i);
        const uint32_t span = at[2];
        const std::vector<uint8_t> first(at, at + ENTRY);
        const std::vector<uint8_t> data(at + ENTRY, at + span * ENTRY);
        const Place place = append(to, first, data.data(), data.size());
        for (auto &[key, places] : m_places) {
            for (Place &known : places) {
                if (known.page == from && known.index == i) {
                    known = place;
                }
            }
        }
        i += span;
    }
}

/** One entry and its data behind all others. The page has room. */
NvsStore::Place NvsStore::append(uint32_t page, const std::vector<uint8_t> &first, const uint8_t *data, size_t size) {
    const Place place = {page, first_free(page), first[2]};
    const uint32_t offset = static_cast<uint32_t>(entry(page, place.index) - m_image.data());
    put(offset, first);
    if (size > 0) {
        put(offset + ENTRY, std::vector<uint8_t>(data, data + size));
    }
    set_entry_states(place, WRITTEN);
    return place;
}

/** @param places grows by what was written, also where it does not suffice; entries move while room is made, so it must
 * be one that m_places holds */
esp_err_t NvsStore::write_value(uint8_t name_space, const std::string &key, const Value &value, uint8_t chunk_start,
                                std::vector<Place> &places) {
    const size_t size = value.data.size();
    uint32_t page = 0;
    if (value.type != NVS_TYPE_BLOB) {
        const bool is_text = value.type == NVS_TYPE_STR;
        const uint32_t span = is_text ? 1 + entries_of(size) : 1;
        const esp_err_t err = make_room(span, page);
        if (err == ESP_OK) {
            const uint8_t *data = is_text ? value.data.data() : nullptr;
            places.push_back(append(page,
                                    make_entry(name_space, static_cast<uint8_t>(value.type), span, NO_CHUNK, key,
                                               is_text ? data_field(data, size) : value.data),
                                    data, is_text ? size : 0));
        }
        return err;
    }
    uint32_t chunks = 0;
    size_t done = 0;
    do {
        esp_err_t err = make_room(done < size ? 2 : 1, page);
        if (err != ESP_OK || chunks == MAX_CHUNKS) {
            return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
        }
        const size_t room = (ENTRIES - first_free(page) - 1) * ENTRY;
        const size_t piece = std::min(size - done, room);
        const uint8_t *data = value.data.data() + done;
        places.push_back(append(page,
                                make_entry(name_space, TYPE_BLOB_DATA, 1 + entries_of(piece),
                                           static_cast<uint8_t>(chunk_start + chunks), key, data_field(data, piece)),
                                data, piece));
        chunks++;
        done += piece;
    } while (done < size);
    const esp_err_t err = make_room(1, page);
    if (err == ESP_OK) {
        std::vector<uint8_t> field(8, 0xFF);
        set_u32(field.data(), static_cast<uint32_t>(size));
        field[4] = static_cast<uint8_t>(chunks);
        field[5] = chunk_start;
        const Place index = append(page, make_entry(name_space, TYPE_BLOB_INDEX, 1, NO_CHUNK, key, field), nullptr, 0);
        places.insert(places.begin(), index);
    }
    return err;
}

// --- opening ---

esp_err_t NvsStore::check_pages() {
    bool any = false;
    for (uint32_t page = 0; page < pages(); page++) {
        if (!has_head(page)) {
            continue;
        }
        any = true;
        const uint8_t version = m_image[page * PAGE + 8];
        if (version != VERSION_1 && version != VERSION_2) {
            ESP_LOGE(TAG, "partition '%s' has a page of version 0x%02x, known are 0x%02x and 0x%02x", m_partition.label,
                     version, VERSION_1, VERSION_2);
            return ESP_ERR_NVS_NEW_VERSION_FOUND;
        }
    }
    for (uint32_t page = 0; page < pages(); page++) {
        if (has_head(page) || is_blank(page)) {
            continue;
        }
        // Cut short while it was made or erased; beside sound pages anything else is as good as that.
        const uint8_t *bytes = m_image.data() + page * PAGE;
        const bool unfinished = page_state(page) == PAGE_UNUSED && blank(bytes + HEAD, PAGE - HEAD);
        if (!any && !unfinished) {
            ESP_LOGE(TAG, "partition '%s' holds something else than settings; nvs_flash_erase() makes it usable",
                     m_partition.label);
            return ESP_ERR_NVS_NO_FREE_PAGES;
        }
        erase_page(page);
    }
    return ESP_OK;
}

/** Erases entries that were not written to their end. */
void NvsStore::mend_entries(uint32_t page) {
    for (uint32_t i = 0; i < ENTRIES;) {
        const int state = entry_state(page, i);
        const bool is_written = state == WRITTEN;
        if (state == ERASED || (state == EMPTY && blank(entry(page, i), ENTRY))) {
            i++;
            continue;
        }
        const bool sound = entry_is_sound(page, i);
        const uint32_t span = sound ? entry(page, i)[2] : 1;
        if (!is_written || !sound || !data_is_sound(page, i)) {
            set_entry_states({page, i, span}, ERASED);
        }
        i += span;
    }
}

/** A page that was being freed: either all it has was copied, or nothing of it was erased yet. */
void NvsStore::finish_freeing() {
    for (uint32_t page = 0; page < pages(); page++) {
        if (!has_head(page) || page_state(page) != PAGE_FREEING) {
            continue;
        }
        const int copy = active_page();
        if (copy >= 0) {
            const auto target = static_cast<uint32_t>(copy);
            std::multiset<std::vector<uint8_t>> copied;
            for (uint32_t i = 0; i < ENTRIES; i++) {
                if (entry_state(target, i) == WRITTEN) {
                    copied.emplace(entry(target, i), entry(target, i) + ENTRY);
                    i += entry(target, i)[2] - 1;
                }
            }
            bool complete = true;
            for (uint32_t i = 0; complete && i < ENTRIES; i++) {
                if (entry_state(page, i) == WRITTEN) {
                    complete = copied.count({entry(page, i), entry(page, i) + ENTRY}) != 0;
                    i += entry(page, i)[2] - 1;
                }
            }
            if (complete) {
                erase_page(page);
                continue;
            }
            erase_page(target);
        }
        if (!blank_pages().empty()) {
            free_page(page);
        }
    }
}

void NvsStore::take(const Key &key, Value value, std::vector<Place> places, uint8_t chunk_start) {
    m_values[key] = std::move(value);
    m_places[key] = std::move(places);
    m_chunk_start[key] = chunk_start;
}

/** @return the entries that the value consists of; none if it is no value */
std::set<const NvsStore::Found *> NvsStore::read_value(const Key &key, const Found &found) {
    const uint8_t *at = entry(found.place.page, found.place.index);
    const bool data = has_data(found.type);
    const size_t size = data ? get_u16(at + 24) : found.type & 0x0F;
    const auto type = found.type == TYPE_BLOB_1 ? NVS_TYPE_BLOB : static_cast<nvs_type_t>(found.type);
    if (!data && (size > 8 || (size & (size - 1)) != 0 || size == 0)) {
        return {};
    }
    const uint8_t *from = data ? at + ENTRY : at + 24;
    take(key, {type, std::vector<uint8_t>(from, from + size)}, {found.place}, CHUNKS_B);
    return {&found};
}

/** @return the entries that the blob consists of; none if some are missing */
std::set<const NvsStore::Found *> NvsStore::read_blob(const Key &key, const Found &index,
                                                      const std::vector<Found> &list) {
    const uint8_t *at = entry(index.place.page, index.place.index);
    const uint32_t size = get_u32(at + 24), count = at[28], start = at[29];
    Value value{NVS_TYPE_BLOB, {}};
    std::vector<Place> places = {index.place};
    std::set<const Found *> chunks = {&index};
    for (uint32_t number = 0; number < count; number++) {
        const auto chunk = std::find_if(list.rbegin(), list.rend(), [&](const Found &found) {
            return found.type == TYPE_BLOB_DATA && found.chunk == start + number;
        });
        if (chunk == list.rend()) {
            break;
        }
        const uint8_t *data = entry(chunk->place.page, chunk->place.index);
        value.data.insert(value.data.end(), data + ENTRY, data + ENTRY + get_u16(data + 24));
        places.push_back(chunk->place);
        chunks.insert(&*chunk);
    }
    if (places.size() != 1 + count || value.data.size() != size) {
        return {};
    }
    take(key, std::move(value), std::move(places), static_cast<uint8_t>(start));
    return chunks;
}

/** Of several values of a key the last one holds; the others are what a loss of power left. */
void NvsStore::read_entries() {
    std::vector<uint32_t> order;
    for (uint32_t page = 0; page < pages(); page++) {
        if (has_head(page)) {
            order.push_back(page);
        }
    }
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) { return sequence(a) < sequence(b); });
    std::map<uint8_t, std::string> names;
    std::map<std::pair<uint8_t, std::string>, std::vector<Found>> items;
    for (const uint32_t page : order) {
        for (uint32_t i = 0; i < ENTRIES; i++) {
            if (entry_state(page, i) != WRITTEN) {
                continue;
            }
            const uint8_t *at = entry(page, i);
            const std::string key = key_of(at);
            const Place place = {page, i, at[2]};
            i += place.span - 1;
            if (at[0] != NAMESPACES) {
                items[{at[0], key}].push_back({place, at[1], at[3]});
            } else if (at[1] == NVS_TYPE_U8 && at[24] != 0 && !key.empty() && names.count(at[24]) == 0 &&
                       m_namespaces.count(key) == 0) {
                names[at[24]] = key;
                m_namespaces[key] = at[24];
            } else {
                set_entry_states(place, ERASED);
            }
        }
    }
    for (auto &[owner, list] : items) {
        const auto name = names.find(owner.first);
        if (name == names.end() || owner.second.empty()) {
            continue;  // of a namespace that is not there: left alone
        }
        const Key key{name->second, owner.second};
        std::set<const Found *> used;
        for (auto it = list.rbegin(); it != list.rend() && used.empty(); ++it) {
            if (it->type == TYPE_BLOB_INDEX) {
                used = read_blob(key, *it, list);
            } else if (it->type != TYPE_BLOB_DATA) {  // a blob's data its index tells
                used = read_value(key, *it);
            }
        }
        for (const Found &found : list) {
            if (used.count(&found) == 0) {
                set_entry_states(found.place, ERASED);
            }
        }
    }
}

esp_err_t NvsStore::open() {
    const uint32_t count = m_partition.size / PAGE;
    if (count < 3) {
        ESP_LOGE(TAG, "partition '%s' has %" PRIu32 " bytes, settings need at least 0x3000", m_partition.label,
                 m_partition.size);
        return ESP_ERR_NVS_NO_FREE_PAGES;
    }
    m_image.resize(count * PAGE);
    esp_err_t err = esp_partition_read(&m_partition, 0, m_image.data(), m_image.size());
    if (err == ESP_OK) {
        err = check_pages();
    }
    if (err != ESP_OK) {
        return err;
    }
    for (uint32_t page = 0; page < count; page++) {
        if (has_head(page)) {
            mend_entries(page);
        }
    }
    finish_freeing();
    read_entries();
    if (m_partition.readonly) {
        m_operations.clear();  // mended in memory only
        return ESP_OK;
    }
    if (blank_pages().empty()) {
        ESP_LOGE(TAG, "partition '%s' has no empty page; nvs_flash_erase() makes it usable", m_partition.label);
        return ESP_ERR_NVS_NO_FREE_PAGES;
    }
    return commit();
}

// --- values ---

const NvsStore::Value *NvsStore::find(const Key &key) const {
    const auto found = m_values.find(key);
    return found == m_values.end() ? nullptr : &found->second;
}

esp_err_t NvsStore::set(const Key &key, Value value) {
    const Value *old = find(key);
    if (old && old->type == value.type && old->data == value.data) {
        return ESP_OK;
    }
    const auto start = m_chunk_start.find(key);
    const uint8_t chunk_start = start != m_chunk_start.end() && start->second == CHUNKS_A ? CHUNKS_B : CHUNKS_A;
    // Under a name that no value has: entries may move while the new ones are written, the old ones among them.
    const Key writing{key.first, ""};
    m_places[writing].clear();
    const esp_err_t err = write_value(m_namespaces.at(key.first), key.second, value, chunk_start, m_places[writing]);
    const std::vector<Place> written = m_places[writing];
    m_places.erase(writing);
    if (err != ESP_OK) {
        for (const Place &place : written) {
            set_entry_states(place, ERASED);
        }
        ESP_LOGE(TAG, "set '%s' in '%s': %zu bytes do not fit, partition '%s' has %zu of %zu entries in use",
                 key.second.c_str(), key.first.c_str(), value.data.size(), m_partition.label, used_entries(),
                 total_entries() - reserved_entries());
        return err;
    }
    for (const Place &place : m_places[key]) {
        set_entry_states(place, ERASED);
    }
    const uint8_t kept = value.type == NVS_TYPE_BLOB ? chunk_start : CHUNKS_B;
    take(key, std::move(value), written, kept);
    return ESP_OK;
}

esp_err_t NvsStore::erase(const Key &key) {
    if (m_values.erase(key) == 0) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    for (const Place &place : m_places[key]) {
        set_entry_states(place, ERASED);
    }
    m_places.erase(key);
    m_chunk_start.erase(key);
    return ESP_OK;
}

void NvsStore::erase_namespace(const std::string &name) {
    std::vector<Key> keys;
    for (const auto &[key, value] : m_values) {
        if (key.first == name) {
            keys.push_back(key);
        }
    }
    for (const Key &key : keys) {
        erase(key);
    }
}

esp_err_t NvsStore::add_namespace(const std::string &name) {
    if (m_namespaces.count(name) != 0) {
        return ESP_OK;
    }
    std::set<uint8_t> taken;
    for (const auto &[known, number] : m_namespaces) {
        taken.insert(number);
    }
    uint8_t number = 1;
    while (taken.count(number) != 0) {
        number++;
    }
    uint32_t page = 0;
    if (taken.size() >= MAX_NAMESPACES || make_room(1, page) != ESP_OK) {
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    }
    append(page, make_entry(NAMESPACES, NVS_TYPE_U8, 1, NO_CHUNK, name, {number}), nullptr, 0);
    m_namespaces[name] = number;
    return ESP_OK;
}

esp_err_t NvsStore::commit() {
    while (!m_operations.empty()) {
        const Operation &next = m_operations.front();
        const esp_err_t err =
            next.bytes.empty() ? esp_partition_erase_range(&m_partition, next.offset, PAGE)
                               : esp_partition_write(&m_partition, next.offset, next.bytes.data(), next.bytes.size());
        if (err != ESP_OK) {
            ESP_LOGE(TAG, "commit to partition '%s' failed: %s", m_partition.label, esp_err_to_name(err));
            return err;
        }
        m_operations.pop_front();
    }
    return ESP_OK;
}

size_t NvsStore::used_entries(const std::string *only_namespace) const {
    size_t used = !only_namespace ? m_namespaces.size() : 0;
    for (const auto &[key, places] : m_places) {
        for (const Place &place : places) {
            used += !only_namespace || key.first == *only_namespace ? place.span : 0;
        }
    }
    return used;
}

size_t NvsStore::total_entries() const {
    return m_partition.size / PAGE * ENTRIES;
}

size_t NvsStore::reserved_entries() {
    return ENTRIES;
}

}  // namespace hal
