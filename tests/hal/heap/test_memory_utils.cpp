#include <gtest/gtest.h>

#include "esp_cache.h"
#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "heap/memory_map.hpp"
#include "heap_boards.hpp"

namespace {

const char CONSTANT[64] = "lies in flash on the chip";
char g_data[64];

class MemoryUtils : public testing::Test {
protected:
    void SetUp() override { hal::Board::reset_for_test(full_board()); }
    void TearDown() override { hal::Board::reset_for_test(hal::Board::built_in_profile()); }
};

TEST_F(MemoryUtils, TellsTheMemoriesApart) {
    void *psram = heap_caps_malloc(100, MALLOC_CAP_SPIRAM);
    void *internal = heap_caps_malloc(100, MALLOC_CAP_INTERNAL);
    void *tcm = heap_caps_malloc(100, MALLOC_CAP_TCM);
    void *rtc = heap_caps_malloc(100, MALLOC_CAP_RTCRAM);
    int local = 0;

    EXPECT_TRUE(esp_ptr_external_ram(psram));
    EXPECT_FALSE(esp_ptr_internal(psram));
    EXPECT_FALSE(esp_ptr_dma_capable(psram));
    EXPECT_TRUE(esp_ptr_dma_ext_capable(psram));
    EXPECT_TRUE(esp_ptr_byte_accessible(psram));

    for (const void *p : {internal, tcm, rtc, static_cast<void *>(&local), static_cast<void *>(g_data)}) {
        EXPECT_TRUE(esp_ptr_internal(p)) << p;
        EXPECT_FALSE(esp_ptr_external_ram(p)) << p;
        EXPECT_FALSE(esp_ptr_in_drom(p)) << p;
    }
    EXPECT_TRUE(esp_ptr_dma_capable(internal));
    EXPECT_FALSE(esp_ptr_dma_capable(tcm));
    EXPECT_TRUE(esp_ptr_in_tcm(tcm));
    EXPECT_FALSE(esp_ptr_in_tcm(internal));
    EXPECT_TRUE(esp_ptr_in_rtc_dram_fast(rtc));
    EXPECT_TRUE(esp_ptr_in_drom(CONSTANT));
    EXPECT_FALSE(esp_ptr_internal(CONSTANT));
    EXPECT_TRUE(esp_ptr_executable(reinterpret_cast<const void *>(&esp_ptr_internal)));

    for (void *p : {psram, internal, tcm, rtc}) {
        heap_caps_free(p);
    }
}

TEST_F(MemoryUtils, MappedFlashIsDrom) {
    void *somewhere = heap_caps_malloc(1024, MALLOC_CAP_SPIRAM);
    const char *mapped = static_cast<const char *>(somewhere);
    EXPECT_FALSE(esp_ptr_in_drom(mapped));
    hal::add_flash_mapping(mapped, 1024);
    EXPECT_TRUE(esp_ptr_in_drom(mapped + 1023));
    EXPECT_FALSE(esp_ptr_in_drom(mapped + 1024));
    hal::remove_flash_mapping(mapped);
    EXPECT_FALSE(esp_ptr_in_drom(mapped));
    heap_caps_free(somewhere);
}

TEST_F(MemoryUtils, CacheSyncWantsWholeLines) {
    size_t line = 0;
    EXPECT_EQ(esp_cache_get_alignment(MALLOC_CAP_SPIRAM, &line), ESP_OK);
    EXPECT_EQ(line, 64u);
    auto *p = static_cast<uint8_t *>(heap_caps_aligned_alloc(64, 256, MALLOC_CAP_SPIRAM));
    EXPECT_EQ(esp_cache_msync(p, 256, ESP_CACHE_MSYNC_FLAG_DIR_C2M), ESP_OK);
    EXPECT_EQ(esp_cache_msync(p + 4, 100, ESP_CACHE_MSYNC_FLAG_DIR_C2M), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_cache_msync(p + 4, 100, ESP_CACHE_MSYNC_FLAG_DIR_C2M | ESP_CACHE_MSYNC_FLAG_UNALIGNED), ESP_OK);
    EXPECT_EQ(esp_cache_msync(p + 4, 100, ESP_CACHE_MSYNC_FLAG_DIR_M2C | ESP_CACHE_MSYNC_FLAG_UNALIGNED),
              ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_cache_msync(nullptr, 64, ESP_CACHE_MSYNC_FLAG_DIR_C2M), ESP_ERR_INVALID_ARG);
    heap_caps_free(p);
}

}  // namespace
