#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "dl_model_base.hpp"
#include "esp_log.h"
#include "esp_timer.h"

static const char *TAG = "dl_model";

namespace dl {

std::map<std::string, mem_info_t> Model::get_memory_info() {
    std::map<std::string, mem_info_t> info;
    if (!m_fbs_model || !m_model_context) {
        return info;
    }
    size_t internal = 0, psram = 0, psram_rodata = 0, flash = 0;
    m_fbs_model->get_model_size(&internal, &psram, &psram_rodata, &flash);
    mem_info_t fbs_model = {.psram = psram + psram_rodata, .internal = internal, .flash = flash};

    mem_info_t parameter = {};
    for (const std::string &name : m_fbs_model->get_parameter_names()) {
        const size_t bytes = (m_fbs_model->get_tensor_bytes(name) + 15) & ~static_cast<size_t>(15);
        (flash ? parameter.flash : (psram + psram_rodata ? parameter.psram : parameter.internal)) += bytes;
    }
    mem_info_t copy, variable;
    m_model_context->get_parameter_memory_size(copy, true);
    m_model_context->get_variable_memory_size(variable);

    // The rest is what loading and building took from the heap beyond the named parts: tables of modules, headers and
    // alignment of blocks. It is limited to 0 from below, because other tasks may free memory meanwhile.
    auto rest = [](size_t after, size_t before, size_t named) {
        return after > before + named ? after - before - named : 0;
    };
    const bool fbs_in_heap = m_fbs_model_owned && flash == 0;
    mem_info_t others = {};
    if (m_ready) {
        others.internal = rest(m_heap_after.internal, m_heap_before.internal,
                               copy.internal + variable.internal + (fbs_in_heap ? internal : 0));
        others.psram =
            rest(m_heap_after.psram, m_heap_before.psram, copy.psram + variable.psram + (fbs_in_heap ? psram : 0));
    }
    info["fbs_model"] = fbs_model;
    info["parameter"] = parameter;
    info["parameter_copy"] = copy;
    info["variable"] = variable;
    info["others"] = others;
    info["total"] = fbs_model + copy + variable + others;
    return info;
}

void Model::profile_memory() {
    static const struct {
        const char *key;
        const char *title;
    } s_rows[] = {{"fbs_model", "fbs_model"}, {"parameter", "  parameter"}, {"parameter_copy", "parameter_copy"},
                  {"variable", "variable"},   {"others", "others"},         {"total", "total"}};
    std::map<std::string, mem_info_t> info = get_memory_info();
    ESP_LOGI(TAG, "memory of model '%s', in bytes", m_fbs_model ? m_fbs_model->get_model_name().c_str() : "");
    ESP_LOGI(TAG, "| %-16s | %12s | %12s | %12s |", "", "internal RAM", "PSRAM", "FLASH");
    ESP_LOGI(TAG, "|------------------|--------------|--------------|--------------|");
    for (const auto &row : s_rows) {
        const mem_info_t &bytes = info[row.key];
        ESP_LOGI(TAG, "| %-16s | %12zu | %12zu | %12zu |", row.title, bytes.internal, bytes.psram, bytes.flash);
    }
}

std::map<std::string, module_info> Model::get_module_info() {
    std::map<std::string, module_info> info;
    if (!m_ready) {
        ESP_LOGE(TAG, "profile: the model is not loaded and built");
        return info;
    }
    const bool was_on = m_fusion.is_on();
    m_fusion.set(false);
    for (module::Module *module : m_execution_plan) {
        const int64_t start = esp_timer_get_time();
        module->forward(m_model_context, RUNTIME_MODE_SINGLE_CORE);
        info[module->name.c_str()] = {module->op_type, static_cast<uint32_t>(esp_timer_get_time() - start)};
    }
    m_fusion.set(was_on);
    return info;
}

void Model::print_module_info(const std::map<std::string, module_info> &info, bool sort_module_by_latency) {
    std::vector<std::pair<std::string, module_info>> rows;
    for (module::Module *module : m_execution_plan) {
        auto entry = info.find(module->name.c_str());
        if (entry != info.end()) {
            rows.push_back(*entry);
        }
    }
    if (sort_module_by_latency) {
        std::stable_sort(rows.begin(), rows.end(),
                         [](const auto &a, const auto &b) { return a.second.latency > b.second.latency; });
    }
    uint64_t total = 0;
    int width = 6;
    for (const auto &row : rows) {
        total += row.second.latency;
        width = std::max(width, static_cast<int>(std::min<size_t>(row.first.size(), 60)));
    }
    ESP_LOGI(TAG, "| %-*s | %-20s | %12s |", width, "module", "type", "latency (us)");
    ESP_LOGI(TAG, "|-%s-|----------------------|--------------|", std::string(width, '-').c_str());
    for (const auto &row : rows) {
        ESP_LOGI(TAG, "| %-*s | %-20s | %12" PRIu32 " |", width, row.first.c_str(), row.second.type.c_str(),
                 row.second.latency);
    }
    ESP_LOGI(TAG, "| %-*s | %-20s | %12" PRIu64 " |", width, "total", "", total);
}

void Model::profile_module(bool sort_module_by_latency) {
    print_module_info(get_module_info(), sort_module_by_latency);
}

void Model::profile(bool sort_module_by_latency) {
    profile_memory();
    profile_module(sort_module_by_latency);
}

}  // namespace dl
