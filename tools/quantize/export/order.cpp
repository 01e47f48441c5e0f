#include "export/order.hpp"

#include <numeric>

namespace quantize {

Order identity(size_t rank) {
    Order perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    return perm;
}

bool is_identity(const Order &perm) {
    return perm == identity(perm.size());
}

Order channels_last(size_t rank) {
    if (rank == 4) {
        return {0, 2, 3, 1};
    }
    return rank == 3 ? Order{0, 2, 1} : identity(rank);
}

Order inverse(const Order &perm) {
    Order result(perm.size());
    for (size_t i = 0; i < perm.size(); i++) {
        result[perm[i]] = static_cast<int64_t>(i);
    }
    return result;
}

Order between(const Order &from, const Order &to) {
    const Order back = inverse(from);
    Order result;
    for (int64_t k : to) {
        result.push_back(back[k]);
    }
    return result;
}

}  // namespace quantize
