/**
 * @file dl_base_shared_tables.hpp
 * Tables that several nodes need: each exists once, however many nodes, models and threads ask for it.
 */
#pragma once

#include <map>
#include <memory>
#include <mutex>

namespace dl {
namespace base {

/**
 * Tables of T, by what they are made from. A table lives as long as somebody has it, not because it is listed.
 * @tparam Key has an order
 */
template <typename Key, typename T>
class SharedTables {
public:
    /**
     * Return the table of the key. Threads that ask for one at the same time get the same one.
     * @param make makes it, as a std::shared_ptr<T[]>; called only if nobody has it
     */
    template <typename Make>
    std::shared_ptr<const T[]> get(const Key &key, Make make) {
        const std::lock_guard<std::mutex> lock(m_mutex);
        std::erase_if(m_tables, [](const auto &entry) { return entry.second.expired(); });
        std::weak_ptr<const T[]> &known = m_tables[key];
        std::shared_ptr<const T[]> table = known.lock();
        if (!table) {
            table = make();
            known = table;
        }
        return table;
    }

private:
    std::mutex m_mutex;
    std::map<Key, std::weak_ptr<const T[]>> m_tables;
};

}  // namespace base
}  // namespace dl
