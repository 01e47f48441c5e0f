#include "report/cost.hpp"

#include <algorithm>
#include <map>

#include "board/board.hpp"
#include "board_file.hpp"
#include "log_capture.hpp"
#include "model_file.hpp"
#include "prediction.hpp"
#include "report/temporary_file.hpp"

namespace quantize {

namespace {

std::optional<double> difference(const std::optional<double> &a, const std::optional<double> &b) {
    return a && b ? std::optional<double>(*a - *b) : std::nullopt;
}

/** @return false if nothing is known of the board's chip. Throws Error for a board that there is not. */
bool find_settings(const std::string &name, espdl_tool::PredictionSettings &settings) {
    if (name.empty()) {
        return false;
    }
    const std::string file = espdl_tool::find_board(name);
    if (file.empty()) {
        throw Error("--board: '" + name + "' is no known board and no board.toml");
    }
    hal::BoardProfile board;
    const std::string reason = hal::load_board_file(file, board);
    if (!reason.empty()) {
        throw Error("--board: " + reason);
    }
    settings.chip = espdl_tool::find_chip_cost(board.chip);
    settings.clocks = espdl_tool::board_clocks(board);
    settings.in_flash = board.psram_size == 0;
    return settings.chip;
}

}  // namespace

Cost Cost::operator-(const Cost &other) const {
    return {file - other.file, arena - other.arena, difference(ms, other.ms)};
}

std::string usual_board(const std::string &target) {
    static const std::map<std::string, std::string> boards = {{"esp32p4", "esp32_p4_function_ev_board"},
                                                              {"esp32s31", "esp32_s31_korvo_1"},
                                                              {"esp32s3", "esp32_s3_eye"},
                                                              {"c", "esp32_devkitc"},
                                                              {"esp32", "esp32_devkitc"},
                                                              {"esp32s2", "esp32_s2_devkitc_1"},
                                                              {"esp32c3", "esp32_c3_devkitm_1"},
                                                              {"esp32c5", "esp32_c5_devkitc_1"},
                                                              {"esp32c6", "esp32_c6_devkitc_1"}};
    const auto found = boards.find(target);
    return found == boards.end() ? "" : found->second;
}

void check_board(const std::string &board) {
    espdl_tool::PredictionSettings settings;
    find_settings(board, settings);
}

Cost measure_cost(const std::string &file, const std::optional<std::array<uint8_t, 16>> &key,
                  const std::string &board) {
    espdl_tool::PredictionSettings settings;
    const bool known = find_settings(board, settings);
    const TemporaryFile place(file);
    espdl_tool::ModelSelector selector;
    selector.key = key;
    selector.param_copy = true;
    std::string error;
    const std::unique_ptr<espdl_tool::ModelFile> opened = espdl_tool::ModelFile::open(place.path(), selector, error);
    if (!opened) {
        throw Error(error);
    }
    espdl_tool::LogCapture log;
    dl::Model model(&opened->model(), 0);
    if (!model.is_ready()) {
        throw Error("the quantized model does not run on the chip: " + log.errors());
    }
    const dl::mem_info_t variables = model.get_memory_info()["variable"];
    Cost cost;
    cost.file = static_cast<int64_t>(file.size());
    cost.arena = static_cast<int64_t>(variables.psram + variables.internal);
    if (known) {
        cost.ms = espdl_tool::predict_model(model, settings).us / 1e3;
    }
    return cost;
}

}  // namespace quantize
