/**
 * @file dl_model_hooks.h
 * Functions that a platform may define to be told of models that run: for a tracer, or on a PC where a run shall take
 * as long as on the chip. They are weak: if nobody defines them, nothing is called.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One call of dl::Model::run(). */
typedef struct {
    const char *model;   ///< name of the graph in the file
    size_t node_count;   ///< nodes of the whole model
    size_t first, last;  ///< this run computes nodes first to last - 1 of the order of execution
} dl_model_run_t;

/** A node that is computed. Nodes whose work another node does are left out. */
typedef struct {
    const char *name;
    const char *type;    ///< type of the operator
    const char *kernel;  ///< name of the kernel; "" if the operator has no kernels to choose from
} dl_model_node_t;

/** The calling task begins a run. @return true to be told of the nodes, too */
bool dl_hook_run_begins(const dl_model_run_t *run) __attribute__((weak));
void dl_hook_node_begins(const dl_model_node_t *node) __attribute__((weak));
void dl_hook_node_ends(const dl_model_node_t *node) __attribute__((weak));
/** The run ends. Called by the task that called dl_hook_run_begins(). */
void dl_hook_run_ends(const dl_model_run_t *run) __attribute__((weak));

#ifdef __cplusplus
}
#endif
