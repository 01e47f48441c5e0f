/**
 * @file dl_model_hooks.h
 * Functions that a platform may define to hear of models that run: a tracer, or a PC on which a run shall last as long
 * as the chip's. They are weak: where nobody defines them, nothing is called.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One call of dl::Model::run(). */
typedef struct {
    const char *model;   ///< the graph's name, as the file has it
    size_t node_count;   ///< of the whole model
    size_t first, last;  ///< this run computes nodes first to last - 1 of the order of execution
} dl_model_run_t;

/** A node that is computed; one whose work another node does is passed over. */
typedef struct {
    const char *name;
    const char *type;    ///< of the operator
    const char *kernel;  ///< "" if the operator has none to choose
} dl_model_node_t;

/** The calling task begins a run. @return whether it wants to hear of the nodes */
bool dl_hook_run_begins(const dl_model_run_t *run) __attribute__((weak));
void dl_hook_node_begins(const dl_model_node_t *node) __attribute__((weak));
void dl_hook_node_ends(const dl_model_node_t *node) __attribute__((weak));
/** By the same task as dl_hook_run_begins(). */
void dl_hook_run_ends(const dl_model_run_t *run) __attribute__((weak));

#ifdef __cplusplus
}
#endif
