// An update of two partitions in the order that firmware uses: the new model into the slot that is not in use, then the
// record that says which slot is. Power is cut at every operation and at many bytes; afterwards either the old model is
// in use and intact, or the new one.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "../storage_test.hpp"
#include "esp_partition.h"

namespace {

const char *const TABLE = "model_a,data,spiffs,0x10000,0x8000\nmodel_b,data,spiffs,,0x8000\nselect,data,0x90,,0x2000\n";

/** What the select partition holds in each of its two sectors. The higher number counts. */
struct Record {
    uint32_t number;
    uint32_t slot;
    uint32_t check;
};

uint32_t check_of(const Record &record) {
    return record.number * 2654435761u ^ record.slot ^ 0x5AA5C33C;
}

const esp_partition_t *partition(const char *label) {
    return esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label);
}

bool current(Record &out, int &sector) {
    bool found = false;
    for (int i = 0; i < 2; i++) {
        Record record = {};
        if (esp_partition_read(partition("select"), static_cast<size_t>(i) * 0x1000, &record, sizeof(record)) ==
                ESP_OK &&
            record.check == check_of(record) && (!found || record.number > out.number)) {
            out = record;
            sector = i;
            found = true;
        }
    }
    return found;
}

std::vector<uint8_t> model(uint32_t number) {
    std::vector<uint8_t> out(20000);
    std::mt19937 random(number);
    for (uint8_t &byte : out) {
        byte = static_cast<uint8_t>(random());
    }
    return out;
}

/** One update. @return true when it was completed. */
bool update(uint32_t number) {
    Record record = {};
    int sector = 1;
    const bool have = current(record, sector);
    const uint32_t slot = have ? 1 - record.slot : 0;
    const esp_partition_t *target = partition(slot == 0 ? "model_a" : "model_b");
    const std::vector<uint8_t> data = model(number);
    if (esp_partition_erase_range(target, 0, target->size) != ESP_OK) {
        return false;
    }
    for (size_t done = 0; done < data.size(); done += 4096) {
        if (esp_partition_write(target, done, data.data() + done, std::min<size_t>(4096, data.size() - done)) !=
            ESP_OK) {
            return false;
        }
    }
    Record next = {number, slot, 0};
    next.check = check_of(next);
    const size_t at = static_cast<size_t>(1 - sector) * 0x1000;
    return esp_partition_erase_range(partition("select"), at, 0x1000) == ESP_OK &&
           esp_partition_write(partition("select"), at, &next, sizeof(next)) == ESP_OK;
}

/** The number of the model in use, 0 for none, -1 when it is damaged. */
int in_use() {
    Record record = {};
    int sector = 0;
    if (!current(record, sector)) {
        return 0;
    }
    const std::vector<uint8_t> expected = model(record.number);
    std::vector<uint8_t> got(expected.size());
    if (esp_partition_read(partition(record.slot == 0 ? "model_a" : "model_b"), 0, got.data(), got.size()) != ESP_OK) {
        return -1;
    }
    return got == expected ? static_cast<int>(record.number) : -1;
}

void sweep(const std::string &fault, int step) {
    bool cut = true;
    int sweeps = 0;
    for (int n = 1; cut; n += step, sweeps++) {
        hal_test::start_board("", "", hal_test::profile(1 << 20), {fault + "=" + std::to_string(n)});
        hal::Flash *flash = hal::board().flash();
        flash->set_power_loss(hal::Flash::PowerLoss::STAY_DEAD);
        hal_test::flash_table(TABLE);
        int done = 0;
        for (uint32_t number = 1; number <= 4 && flash->powered(); number++) {
            done = update(number) ? static_cast<int>(number) : done;
        }
        cut = !flash->powered();
        flash->restart();
        hal::board().faults().clear();
        const int shown = in_use();
        ASSERT_TRUE(shown == done || shown == done + 1)
            << fault << "=" << n << ": " << done << " updates were done, in use is " << shown;
        ASSERT_TRUE(update(10));
        ASSERT_EQ(in_use(), 10);
    }
    EXPECT_GT(sweeps, 40);
}

TEST(UpdateOfTwoPartitions, PowerLossAtEveryOperation) {
    sweep("flash-power-loss", 1);
}

TEST(UpdateOfTwoPartitions, PowerLossAtManyBytes) {
    sweep("flash-power-byte", 499);
}

}  // namespace
