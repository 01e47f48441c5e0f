#pragma once

#include <stdio.h>

#include "esp_err.h"
#include "sd_protocol_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Prints name, type, speed and size of the card. */
void sdmmc_card_print_info(FILE *stream, const sdmmc_card_t *card);
/** Does the card answer? ESP_ERR_TIMEOUT when it was pulled. */
esp_err_t sdmmc_get_status(sdmmc_card_t *card);

#ifdef __cplusplus
}
#endif
