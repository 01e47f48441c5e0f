// Apart from unity.cpp, which is linked only into apps that use it: a project may bring a Unity of its own.
#include "unity/unity.hpp"

namespace hal {

UnityOptions &unity_options() {
    static UnityOptions options;
    return options;
}

}  // namespace hal
