// What the C++ library leaves to one that was built with threads (include/bits/gthr-default.h).
#include <condition_variable>
#include <thread>

namespace std {

condition_variable::condition_variable() noexcept = default;
condition_variable::~condition_variable() noexcept = default;
void condition_variable::wait(unique_lock<mutex> &) {
    hal_needs_thread("wait() of a condition variable");
}
void condition_variable::notify_one() noexcept {}
void condition_variable::notify_all() noexcept {}

thread::_State::~_State() = default;
void thread::_M_start_thread(_State_ptr, void (*)()) {
    hal_needs_thread("a std::thread");
}
void thread::join() {
    hal_needs_thread("join()");
}
void thread::detach() {
    hal_needs_thread("detach()");
}
unsigned thread::hardware_concurrency() noexcept {
    return 1;
}

}  // namespace std
