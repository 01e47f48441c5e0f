#include "numerics/output_loss.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr int64_t COORDINATES = 2;  // of a point; what follows them are visibilities

/** The softmax of each group of channels. */
Tensor softmax_behind(const OutputLoss &loss, const Tensor &value) {
    const int64_t bins = loss.group ? loss.group : value.size(loss.axis);
    const Tensor groups = value.unflatten(loss.axis, {value.size(loss.axis) / bins, bins});
    const Tensor shares = groups.softmax(loss.axis + 1);
    if (!loss.mean) {
        return shares.flatten(loss.axis, loss.axis + 1);
    }
    std::vector<int64_t> along(static_cast<size_t>(groups.dim()), 1);
    along[static_cast<size_t>(loss.axis) + 1] = bins;
    return (shares * torch::arange(bins, value.options()).reshape(along)).sum(loss.axis + 1);
}

Tensor points_behind(const OutputLoss &loss, const Tensor &value) {
    const Tensor points = value.unflatten(loss.axis, {value.size(loss.axis) / loss.points, loss.points});
    const Tensor coordinates = points.narrow(loss.axis + 1, 0, COORDINATES);
    const Tensor others = points.narrow(loss.axis + 1, COORDINATES, loss.points - COORDINATES);
    return torch::cat({coordinates, torch::sigmoid(others)}, loss.axis + 1).flatten(loss.axis, loss.axis + 1);
}

}  // namespace

Tensor behind_output(const OutputLoss &loss, const Tensor &value) {
    if (loss.points) {
        return points_behind(loss, value);
    }
    switch (loss.function) {
        case OutputLoss::Function::SIGMOID:
            return torch::sigmoid(value);
        case OutputLoss::Function::SOFTMAX:
            return softmax_behind(loss, value);
        case OutputLoss::Function::NONE:
            break;
    }
    return value;
}

OutputPower output_power(const Graph &graph, size_t place, const Tensor &noisy, const Values &real) {
    const OutputLoss &loss = graph.output_losses.at(place);
    const Tensor wanted = behind_output(loss, real.at(graph.outputs[place]).to(noisy.scalar_type()));
    Tensor signal = wanted.square(), noise = (behind_output(loss, noisy) - wanted).square();
    if (loss.weight) {
        const Tensor scores = real.at(graph.outputs[*loss.weight]).to(noisy.scalar_type());
        const Tensor weight = torch::sigmoid(scores.amax(loss.axis, true));
        signal = signal * weight;
        noise = noise * weight;
    }
    return {signal.sum(), noise.sum()};
}

}  // namespace quantize
