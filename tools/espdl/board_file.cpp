#include "board_file.hpp"

#include <filesystem>

namespace espdl_tool {

std::string find_board(const std::string &board) {
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const std::filesystem::path &file :
         {program / "../share/deskboard/boards" / board / "board.toml",
          std::filesystem::path(DESKBOARD_BOARDS) / board / "board.toml", std::filesystem::path(board),
          std::filesystem::path(board) / "board.toml"}) {
        if (std::filesystem::is_regular_file(file, error)) {
            return file.string();
        }
    }
    return "";
}

}  // namespace espdl_tool
