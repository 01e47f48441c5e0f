/**
 * @file dl_model_base.hpp
 * dl::Model: loads an .espdl file, plans its memory, runs it.
 */
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dl_memory_manager.hpp"
#include "dl_memory_manager_greedy.hpp"
#include "dl_model_context.hpp"
#include "dl_model_fusion.hpp"
#include "dl_module_base.hpp"
#include "dl_module_creator.hpp"
#include "dl_tensor_base.hpp"
#include "dl_tool.hpp"
#include "esp_err.h"
#include "fbs_loader.hpp"
#include "fbs_model.hpp"
// ESP-DL's header includes these, too, through those of its modules. Apps that create tasks rely on it.
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

/**
 * Latency of an inference in an app: INIT declares, START and END measure, PRINT logs the average of the last `size`
 * measurements in microseconds. The ARRAY forms hold n of them. They expand to nothing unless DL_LOG_INFER_LATENCY
 * is 1.
 */
#if DL_LOG_INFER_LATENCY
#define DL_LOG_INFER_LATENCY_INIT_WITH_SIZE(size) dl::tool::Latency dl_infer_latency(size)
#define DL_LOG_INFER_LATENCY_INIT() dl::tool::Latency dl_infer_latency
#define DL_LOG_INFER_LATENCY_START() dl_infer_latency.start()
#define DL_LOG_INFER_LATENCY_END() dl_infer_latency.end()
#define DL_LOG_INFER_LATENCY_PRINT(prefix, key) dl_infer_latency.print(prefix, key)
#define DL_LOG_INFER_LATENCY_END_PRINT(prefix, key) \
    do {                                            \
        dl_infer_latency.end();                     \
        dl_infer_latency.print(prefix, key);        \
    } while (0)
#define DL_LOG_INFER_LATENCY_ARRAY_INIT_WITH_SIZE(n, size) \
    std::vector<dl::tool::Latency> dl_infer_latencies(n, dl::tool::Latency(size))
#define DL_LOG_INFER_LATENCY_ARRAY_INIT(n) std::vector<dl::tool::Latency> dl_infer_latencies(n, dl::tool::Latency(1))
#define DL_LOG_INFER_LATENCY_ARRAY_START(i) dl_infer_latencies[i].start()
#define DL_LOG_INFER_LATENCY_ARRAY_END(i) dl_infer_latencies[i].end()
#define DL_LOG_INFER_LATENCY_ARRAY_PRINT(i, prefix, key) dl_infer_latencies[i].print(prefix, key)
#define DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(i, prefix, key) \
    do {                                                     \
        dl_infer_latencies[i].end();                         \
        dl_infer_latencies[i].print(prefix, key);            \
    } while (0)
#else
#define DL_LOG_INFER_LATENCY_INIT_WITH_SIZE(size)
#define DL_LOG_INFER_LATENCY_INIT()
#define DL_LOG_INFER_LATENCY_START()
#define DL_LOG_INFER_LATENCY_END()
#define DL_LOG_INFER_LATENCY_PRINT(prefix, key)
#define DL_LOG_INFER_LATENCY_END_PRINT(prefix, key)
#define DL_LOG_INFER_LATENCY_ARRAY_INIT_WITH_SIZE(n, size)
#define DL_LOG_INFER_LATENCY_ARRAY_INIT(n)
#define DL_LOG_INFER_LATENCY_ARRAY_START(i)
#define DL_LOG_INFER_LATENCY_ARRAY_END(i)
#define DL_LOG_INFER_LATENCY_ARRAY_PRINT(i, prefix, key)
#define DL_LOG_INFER_LATENCY_ARRAY_END_PRINT(i, prefix, key)
#endif

namespace dl {

typedef enum {
    MEMORY_MANAGER_GREEDY = 0,
    LINEAR_MEMORY_MANAGER = 1,  ///< treated as MEMORY_MANAGER_GREEDY
} memory_manager_t;

/**
 * A neural network.
 *
 * The constructors load the file and build the model. If something is wrong, they log it, and is_ready() is false:
 * run() then refuses, and getters of tensors return nullptr or an empty map.
 *
 * All tensors share one planned block of memory, so an input may be overwritten while the model runs. One thread at a
 * time may use a model. Different threads may use different models.
 */
class Model {
public:
    Model() {}
    /**
     * @param rodata_address_or_partition_label_or_path address, partition label or path, as `location` says
     * @param max_internal_size bytes of internal RAM the variables may take before they go to PSRAM
     * @param key 16-byte AES key of an encrypted model
     * @param param_copy copy the parameters from flash to RAM. Has no effect on a model that is in RAM already.
     * @param input_shapes shapes of graph inputs, by name, that replace the file's; all other shapes follow from them
     */
    Model(const char *rodata_address_or_partition_label_or_path,
          fbs::model_location_type_t location = fbs::MODEL_LOCATION_IN_FLASH_RODATA, int max_internal_size = 0,
          memory_manager_t mm_type = MEMORY_MANAGER_GREEDY, const uint8_t *key = nullptr, bool param_copy = true,
          const std::map<std::string, std::vector<int>> &input_shapes = {});
    /** Load the model with this number in a package, 0 being the first. */
    Model(const char *rodata_address_or_partition_label_or_path, int model_index,
          fbs::model_location_type_t location = fbs::MODEL_LOCATION_IN_FLASH_RODATA, int max_internal_size = 0,
          memory_manager_t mm_type = MEMORY_MANAGER_GREEDY, const uint8_t *key = nullptr, bool param_copy = true,
          const std::map<std::string, std::vector<int>> &input_shapes = {});
    /** Load the model of this name in a package. */
    Model(const char *rodata_address_or_partition_label_or_path, const char *model_name,
          fbs::model_location_type_t location = fbs::MODEL_LOCATION_IN_FLASH_RODATA, int max_internal_size = 0,
          memory_manager_t mm_type = MEMORY_MANAGER_GREEDY, const uint8_t *key = nullptr, bool param_copy = true,
          const std::map<std::string, std::vector<int>> &input_shapes = {});
    /** Use a graph that the caller has loaded, and keeps. */
    Model(fbs::FbsModel *fbs_model, int internal_size = 0, memory_manager_t mm_type = MEMORY_MANAGER_GREEDY,
          const std::map<std::string, std::vector<int>> &input_shapes = {});
    virtual ~Model();
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;

    /** @return ESP_OK, or ESP_FAIL with a log line that names file, node or tensor */
    virtual esp_err_t load(const char *rodata_address_or_partition_label_or_path,
                           fbs::model_location_type_t location = fbs::MODEL_LOCATION_IN_FLASH_RODATA,
                           const uint8_t *key = nullptr, bool param_copy = true);
    virtual esp_err_t load(const char *rodata_address_or_partition_label_or_path, fbs::model_location_type_t location,
                           int model_index, const uint8_t *key = nullptr, bool param_copy = true);
    virtual esp_err_t load(const char *rodata_address_or_partition_label_or_path, fbs::model_location_type_t location,
                           const char *model_name, const uint8_t *key = nullptr, bool param_copy = true);
    /** The graph stays the caller's and must outlive the model. */
    virtual esp_err_t load(fbs::FbsModel *fbs_model);

    /** Plan the memory, take it, and prepare every module. May be called again with other limits, or other shapes of
     * graph inputs. Failure is logged; is_ready() tells. */
    virtual void build(size_t max_internal_size, memory_manager_t mm_type = MEMORY_MANAGER_GREEDY, bool preload = false,
                       const std::map<std::string, std::vector<int>> &input_shapes = {});
    /** Is the model loaded and built? */
    bool is_ready() const { return m_ready; }

    /** Run on the data that the input tensors hold. */
    virtual void run(runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);
    /** Assign a tensor to the only input, with a conversion of type and exponent if needed, then run. */
    virtual void run(TensorBase *input, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);
    /**
     * @param user_inputs by name
     * @param user_outputs by name, for debugging: any tensors of the graph, also intermediate ones; each is assigned as
     * soon as it has been computed
     */
    virtual void run(std::map<std::string, TensorBase *> &user_inputs, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE,
                     std::map<std::string, TensorBase *> user_outputs = {});

    /**
     * Run one of stage_num stages, which have about equally many modules each, so that an app can do something in
     * between. Inputs have to be assigned before stage 0. Outputs are there after stage stage_num - 1.
     */
    virtual void run(int stage_num, int stage_index, runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE);

    /** Free what only look-ups by name need. get_intermediate(), test() and profiling by name do not work afterwards.
     */
    void minimize();

    /**
     * Run on the test values in the file and compare: 8-bit exactly, 16-bit within 1, float within 2e-5 relative. Test
     * inputs that are a multiple of the graph's input are fed in chunks, whose outputs are put together.
     */
    esp_err_t test();

    /** Bytes of "fbs_model", "parameter" (part of it), "parameter_copy", "variable", "others" and "total". */
    std::map<std::string, mem_info_t> get_memory_info();
    /** Run once and measure each module, by name. */
    std::map<std::string, module_info> get_module_info();
    void print_module_info(const std::map<std::string, module_info> &info, bool sort_module_by_latency = false);
    /** Log get_memory_info() as a table. */
    void profile_memory();
    /** Log get_module_info() as a table, in order of execution or slowest first. */
    void profile_module(bool sort_module_by_latency = false);
    void profile(bool sort_module_by_latency = false);

    virtual std::map<std::string, TensorBase *> &get_inputs() { return m_inputs; }
    /** The only input; nullptr, with a log line, if there are more. The name "" means the only one, too. */
    virtual TensorBase *get_input();
    virtual TensorBase *get_input(const std::string &name);
    /**
     * A tensor of the graph. It keeps its content only until another tensor takes its place in memory. From now on, the
     * model computes each tensor where the chip has it, which is slower.
     */
    virtual TensorBase *get_intermediate(const std::string &name);
    virtual std::map<std::string, TensorBase *> &get_outputs() { return m_outputs; }
    /** The only output, as get_input() is the only input. */
    virtual TensorBase *get_output();
    virtual TensorBase *get_output(const std::string &name);

    /** Value of a metadata entry of the file; "" if there is none. */
    std::string get_metadata_prop(const std::string &key);
    /** Log every module. */
    virtual void print();
    /** Forget all state that lasts from one inference to the next (streaming caches). */
    virtual void reset();
    virtual fbs::FbsModel *get_fbs_model() { return m_fbs_model; }

    /** Modules in the order of execution. */
    const std::vector<module::Module *> &get_execution_plan() const { return m_execution_plan; }
    /** Does another module do the work of the i-th module of the plan, so that run() skips it? */
    bool is_fused_away(size_t i) const { return m_fusion.skips(i); }
    ModelContext *get_context() { return m_model_context; }

protected:
    fbs::FbsModel *m_fbs_model = nullptr;
    bool m_fbs_model_owned = false;
    ModelContext *m_model_context = nullptr;
    std::vector<module::Module *> m_execution_plan;
    std::map<std::string, TensorBase *> m_inputs;
    std::map<std::string, TensorBase *> m_outputs;
    bool m_ready = false;

private:
    esp_err_t take(fbs::FbsLoader &loader, fbs::FbsModel *fbs_model);
    esp_err_t create_modules();
    /** Whether the graph inputs have these shapes; if not, the modules are made anew. */
    bool take_shapes(const std::map<std::string, std::vector<int>> &input_shapes);
    void release_modules();
    esp_err_t create_module(const std::string &node_name);
    void release();
    void fuse();
    /** Run the nodes from `first` to `last` - 1 of the plan, with fusion. */
    void run_nodes(size_t first, size_t last, runtime_mode_t mode);
    bool assign_inputs(const std::map<std::string, TensorBase *> &user_inputs);

    struct HeapUse {
        size_t internal, psram;
    };
    static HeapUse heap_use();
    std::string m_name;
    std::map<std::string, std::vector<int>> m_input_shapes;  ///< shapes of graph inputs that replace the file's
    HeapUse m_heap_before = {};
    HeapUse m_heap_after = {};
    Fusion m_fusion;
};

}  // namespace dl
