#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct esp_timer *esp_timer_handle_t;
typedef void (*esp_timer_cb_t)(void *arg);

typedef enum {
    ESP_TIMER_TASK,  ///< the callback runs in the timer task
    ESP_TIMER_MAX,
} esp_timer_dispatch_t;

typedef struct {
    esp_timer_cb_t callback;
    void *arg;
    esp_timer_dispatch_t dispatch_method;
    const char *name;
    bool skip_unhandled_events;  ///< a periodic timer that fell behind runs its callback once, not for each miss
} esp_timer_create_args_t;

/** Done at start-up; a second call is ESP_ERR_INVALID_STATE. */
esp_err_t esp_timer_early_init(void);
esp_err_t esp_timer_init(void);
esp_err_t esp_timer_deinit(void);

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args, esp_timer_handle_t *out_handle);
/** ESP_ERR_INVALID_STATE when it runs already. */
esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us);
esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t period_us);
/** ESP_ERR_INVALID_STATE when it does not run. */
esp_err_t esp_timer_restart(esp_timer_handle_t timer, uint64_t timeout_us);
esp_err_t esp_timer_stop(esp_timer_handle_t timer);
/** ESP_ERR_INVALID_STATE while it runs. */
esp_err_t esp_timer_delete(esp_timer_handle_t timer);
bool esp_timer_is_active(esp_timer_handle_t timer);
esp_err_t esp_timer_get_period(esp_timer_handle_t timer, uint64_t *period);
/** Of a one-shot timer: when it will fire, in microseconds since boot. */
esp_err_t esp_timer_get_expiry_time(esp_timer_handle_t timer, uint64_t *expiry);

/** Microseconds since boot. */
int64_t esp_timer_get_time(void);
/** When the next timer fires, in microseconds since boot; INT64_MAX when none runs. */
int64_t esp_timer_get_next_alarm(void);
/** A line for each timer: name, period, next alarm. */
esp_err_t esp_timer_dump(FILE *stream);

#ifdef __cplusplus
}
#endif
