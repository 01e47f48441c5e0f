// Apart from unity.cpp, which is linked only into apps that use it: a project may bring a Unity of its own.
#include "unity/unity.hpp"

namespace hal {

UnityOptions &unity_options() {
    static UnityOptions options;
    return options;
}

std::string &unity_last_message() {
    static auto *message = new std::string;
    return *message;
}

}  // namespace hal
