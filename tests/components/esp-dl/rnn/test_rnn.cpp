// GRU and LSTM, step by step from their definition in float64 with the documented roundings in between.
#include "dl_module_rnn.hpp"
#include "op_test.hpp"

namespace {

using namespace dl;
using namespace op_test;
using module::Rnn;

constexpr int GATE = -9;

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

class Recurrent : public ::testing::TestWithParam<dtype_t> {
protected:
    bool is_float() const { return GetParam() == DATA_TYPE_FLOAT; }
    dtype_t cell_type() const { return is_float() ? DATA_TYPE_FLOAT : DATA_TYPE_INT16; }
    /** A real number as a stored one of this exponent, and back: what a rounded intermediate holds. */
    double through(double x, dtype_t type, int exponent) const {
        return is_float() ? x : std::ldexp(quantized(x, type, exponent), exponent);
    }

    void run(Random &random, bool is_lstm) {
        const int gates = is_lstm ? 4 : 3;
        const int time = random.integer(1, 5), batch = random.integer(1, 3), input = random.integer(1, 12);
        const int hidden = random.integer(1, 12);
        const auto direction = random.pick({Rnn::FORWARD, Rnn::REVERSE, Rnn::BIDIRECTIONAL});
        const int directions = direction == Rnn::BIDIRECTIONAL ? 2 : 1;
        const bool batch_first = random.chance(0.4);
        const int bits = GetParam() == DATA_TYPE_INT16 ? 8 : 0;  // int16 has eight more bits below
        const int x_exponent = -5 - bits, w_exponent = random.integer(-8, -6) - bits, h_exponent = -7 - bits;

        Tensor x = make_random(random, batch_first ? Shape{batch, time, input} : Shape{time, batch, input}, GetParam(),
                               x_exponent, 2);
        Tensor w = make_random(random, {directions, gates * hidden, input}, GetParam(), w_exponent, 1);
        Tensor r = make_random(random, {directions, gates * hidden, hidden}, GetParam(), w_exponent, 1);
        const Shape state = batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
        Tensor b, lengths, h0, c0;
        if (random.chance(0.6)) {
            b = make_random(random, {directions, 2 * gates * hidden}, cell_type(), GATE, 1);
            for (int i = 0; !is_float() && i < b->size; i++) {
                set_stored(b.get(), i, random.integer(-600, 600));
            }
        }
        if (random.chance(0.4)) {
            lengths = make({batch}, DATA_TYPE_INT32);
            for (int i = 0; i < batch; i++) {
                set_stored(lengths.get(), i, random.integer(0, time));
            }
        }
        if (random.chance(0.6)) {
            h0 = make_random(random, state, GetParam(), h_exponent, 1);
        }
        if (is_lstm && random.chance(0.6)) {
            c0 = make_random(random, state, cell_type(), GATE, 1);
        }
        Tensor y = make(batch_first ? Shape{batch, time, directions, hidden} : Shape{time, directions, batch, hidden},
                        GetParam(), h_exponent);
        Tensor y_h = make(state, GetParam(), h_exponent);
        Tensor y_c = make(state, cell_type(), GATE);

        std::vector<TensorBase *> inputs = {x.get(), w.get(), r.get(), b.get(), lengths.get(), h0.get()};
        std::vector<TensorBase *> outputs = {y.get(), y_h.get()};
        std::unique_ptr<module::Module> module;
        if (is_lstm) {
            inputs.push_back(c0.get());
            outputs.push_back(y_c.get());
            module.reset(new module::LSTM("lstm", hidden, direction, batch_first, GATE));
        } else {
            module.reset(new module::GRU("gru", hidden, direction, batch_first, GATE));
        }
        std::vector<Shape> shapes;
        for (TensorBase *tensor : inputs) {
            shapes.push_back(tensor ? tensor->shape : Shape{});
        }
        const std::vector<Shape> out_shapes = module->get_output_shape(shapes);
        ASSERT_EQ(out_shapes.size(), outputs.size());
        for (size_t i = 0; i < outputs.size(); i++) {
            ASSERT_EQ(out_shapes[i], outputs[i]->shape);
        }
        module->run(inputs, outputs, RUNTIME_MODE_MULTI_CORE);

        auto state_at = [&](int d, int n, int i) {
            return (batch_first ? n * directions + d : d * batch + n) * hidden + i;
        };
        auto y_at = [&](int t, int d, int n, int i) {
            return (batch_first ? (n * time + t) * directions + d : (t * directions + d) * batch + n) * hidden + i;
        };
        std::vector<double> want_y(y->size, 0), want_h(y_h->size), want_c(y_h->size);
        for (int d = 0; d < directions; d++) {
            for (int n = 0; n < batch; n++) {
                std::vector<double> h(hidden), c(hidden);
                for (int i = 0; i < hidden; i++) {
                    h[i] = h0 ? value(h0.get(), state_at(d, n, i)) : 0;
                    c[i] = c0 ? value(c0.get(), state_at(d, n, i)) : 0;
                }
                const int length = lengths ? (int)stored(lengths.get(), n) : time;
                for (int step = 0; step < length; step++) {
                    const int t = direction == Rnn::REVERSE || d == 1 ? length - 1 - step : step;
                    std::vector<double> from_x(gates * hidden), from_h(gates * hidden);
                    for (int g = 0; g < gates * hidden; g++) {
                        double sum = 0;
                        for (int k = 0; k < input; k++) {
                            sum += value(w.get(), (d * gates * hidden + g) * input + k) *
                                   value(x.get(), (batch_first ? n * time + t : t * batch + n) * input + k);
                        }
                        from_x[g] = through(sum, DATA_TYPE_INT16, GATE);
                        sum = 0;
                        for (int k = 0; k < hidden; k++) {
                            sum += value(r.get(), (d * gates * hidden + g) * hidden + k) * h[k];
                        }
                        from_h[g] = through(sum, DATA_TYPE_INT16, GATE);
                        if (b) {
                            const int at = d * 2 * gates * hidden + g;
                            from_x[g] = through(from_x[g] + value(b.get(), at), DATA_TYPE_INT16, GATE);
                            from_h[g] = through(from_h[g] + value(b.get(), at + gates * hidden), DATA_TYPE_INT16, GATE);
                        }
                    }
                    for (int i = 0; i < hidden; i++) {
                        auto gate = [&](int g) { return from_x[g * hidden + i] + from_h[g * hidden + i]; };
                        if (is_lstm) {
                            c[i] = through(sigmoid(gate(2)) * c[i] + sigmoid(gate(0)) * std::tanh(gate(3)),
                                           DATA_TYPE_INT16, GATE);
                            h[i] = through(sigmoid(gate(1)) * std::tanh(c[i]), GetParam(), h_exponent);
                        } else {
                            double sum = from_x[2 * hidden + i] + sigmoid(gate(1)) * from_h[2 * hidden + i];
                            sum = is_float() ? sum : std::ldexp(round_by_target(std::ldexp(sum, -GATE)), GATE);
                            h[i] = through((1 - sigmoid(gate(0))) * std::tanh(sum) + sigmoid(gate(0)) * h[i],
                                           GetParam(), h_exponent);
                        }
                        want_y[y_at(t, d, n, i)] = h[i];
                    }
                }
                for (int i = 0; i < hidden; i++) {
                    want_h[state_at(d, n, i)] = h[i];
                    want_c[state_at(d, n, i)] = c[i];
                }
            }
        }
        // A float that falls on the other side of a half is fed back: allow one step of a gate or cell (2^-9, which is
        // 64 steps of an int16 state), which few cases need.
        const double step = is_float() ? 1e-4 : std::ldexp(1.0, h_exponent) * (bits ? 70 : 1.01);
        const bool exact = holds(y.get(), want_y, 1e-6) && holds(y_h.get(), want_h, 1e-6) &&
                           (!is_lstm || holds(y_c.get(), want_c, 1e-6));
        m_inexact += !exact;
        ASSERT_TRUE(holds(y.get(), want_y, 0, step));
        ASSERT_TRUE(holds(y_h.get(), want_h, 0, step));
        if (is_lstm) {
            ASSERT_TRUE(holds(y_c.get(), want_c, 0, is_float() ? 1e-4 : std::ldexp(1.01, GATE)));
        }
    }
    void run_all(bool is_lstm) {
        for_each_case([&](Random &random) { run(random, is_lstm); });
        if (!is_float()) {
            EXPECT_LE(m_inexact, CASES / 20);
        }
    }
    int m_inexact = 0;
};

TEST_P(Recurrent, Gru) {
    run_all(false);
}

TEST_P(Recurrent, Lstm) {
    run_all(true);
}

INSTANTIATE_TEST_SUITE_P(Types, Recurrent, ::testing::Values(DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT),
                         [](const auto &info) { return std::string(tool::dtype_to_string(info.param)); });

/** Run a layer of random sizes with every instruction set, with weights that are parameters, as a model has them.
 * @return the kernels that ran */
std::set<std::string> run_layers(Random &random, bool is_lstm, dtype_t type) {
    // A layer of each pair of exponents stays, so that its tables do.
    static std::map<std::pair<int, int>, std::unique_ptr<module::Module>> kept;
    const int gates = is_lstm ? 4 : 3, bits = type == DATA_TYPE_INT16 ? 8 : 0;
    const int time = random.chance(0.1) ? random.integer(60, 140) : random.integer(1, 9);
    const int batch = random.integer(1, 2), input = random.integer(1, 40), hidden = random.integer(1, 40);
    const auto direction = random.pick({Rnn::FORWARD, Rnn::REVERSE, Rnn::BIDIRECTIONAL});
    const int directions = direction == Rnn::BIDIRECTIONAL ? 2 : 1;
    const bool batch_first = random.chance(0.4);
    // With the largest weights, gates saturate.
    const int w_exponent = random.integer(-8, -3) - bits, gate = random.integer(-12, -7);
    const int h_exponent = random.integer(-8, -6) - bits;
    Tensor x = make_random(random, batch_first ? Shape{batch, time, input} : Shape{time, batch, input}, type,
                           random.integer(-7, -4) - bits, random.pick({0.5, 2.0, 100.0}));
    Tensor w = make_random(random, {directions, gates * hidden, input}, type, w_exponent, random.pick({0.3, 100.0}));
    Tensor r = make_random(random, {directions, gates * hidden, hidden}, type, w_exponent, random.pick({0.3, 100.0}));
    if (random.chance(0.1)) {
        // The least number times itself, in all places.
        for (TensorBase *tensor : {x.get(), w.get(), r.get()}) {
            for (int i = 0; i < tensor->size; i++) {
                set_stored(tensor, i, type == DATA_TYPE_INT8 ? -128 : -32768);
            }
        }
    }
    const Shape state = batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
    Tensor b, lengths, h0, c0;
    if (random.chance(0.6)) {
        b = make_random(random, {directions, 2 * gates * hidden}, DATA_TYPE_INT16, gate + random.integer(-3, 3),
                        random.pick({1.0, 100.0}));
    }
    if (random.chance(0.3)) {
        lengths = make({batch}, DATA_TYPE_INT32);
        for (int i = 0; i < batch; i++) {
            set_stored(lengths.get(), i, random.integer(0, time));
        }
    }
    if (random.chance(0.5)) {
        h0 = make_random(random, state, type, h_exponent, 1);
    }
    const int c_exponent = random.integer(-14, -7);
    if (is_lstm && random.chance(0.5)) {
        c0 = make_random(random, state, DATA_TYPE_INT16, c_exponent, 1);
    }
    std::vector<int64_t> states;  // the reference kernel's
    const auto run = [&](TensorBase *y) {
        Tensor y_h = make(state, type, h_exponent), y_c = make(state, DATA_TYPE_INT16, c_exponent);
        std::unique_ptr<module::Module> module;
        if (is_lstm) {
            module.reset(new module::LSTM("lstm", hidden, direction, batch_first, gate));
        } else {
            module.reset(new module::GRU("gru", hidden, direction, batch_first, gate));
        }
        ModelContext context;
        for (TensorBase *in : {x.get(), w.get(), r.get(), b.get(), lengths.get(), h0.get(), c0.get()}) {
            const bool is_parameter = in == w.get() || in == r.get();
            module->m_inputs_index.push_back(in ? context.push_back_tensor(in, is_parameter) : -1);
        }
        for (TensorBase *out : {y, y_h.get(), y_c.get()}) {
            module->m_outputs_index.push_back(context.push_back_tensor(out));
        }
        EXPECT_EQ(module->check(&context), ESP_OK);
        EXPECT_EQ(module->prepare(&context), ESP_OK);
        module->forward(&context, RUNTIME_MODE_SINGLE_CORE);
        module->forward(&context, RUNTIME_MODE_SINGLE_CORE);  // the first one leaves no trace
        context.m_variables.assign(1, nullptr);
        context.m_parameters.assign(1, nullptr);
        std::vector<int64_t> now;
        for (int i = 0; i < y_h->size; i++) {
            now.push_back((int64_t)stored(y_h.get(), i));
            now.push_back(is_lstm ? (int64_t)stored(y_c.get(), i) : 0);
        }
        if (states.empty()) {
            states = now;
        }
        EXPECT_EQ(states, now) << module->kernel_name();
        const std::string kernel = module->kernel_name();
        if (is_lstm && kernel.find("reference") == std::string::npos) {
            kept.try_emplace({gate, c_exponent}, std::move(module));
        }
        return kernel;
    };
    const Shape shape = batch_first ? Shape{batch, time, directions, hidden} : Shape{time, directions, batch, hidden};
    return expect_isas_agree(shape, type, h_exponent, run);
}

TEST(RecurrentKernels, AgreeWithTheReferenceBitByBit) {
    KernelCases ran;
    for_each_case(
        [&](Random &random) {
            const bool is_lstm = random.chance(0.5);
            ran.add(run_layers(random, is_lstm, random.pick({DATA_TYPE_INT8, DATA_TYPE_INT16})));
        },
        11000);
    ran.expect(2000, 4);
}

TEST(RecurrentRefusals, WeightsThatDoNotFit) {
    std::vector<Shape> shapes = {{2, 1, 4}, {1, 9, 4}, {1, 9, 3}};
    EXPECT_EQ(module::GRU("g", 3).get_output_shape(shapes), (std::vector<Shape>{{2, 1, 1, 3}, {1, 1, 3}}));
    EXPECT_TRUE(module::GRU("g", 4).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::GRU("g", 0).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::GRU("g", 3, Rnn::BIDIRECTIONAL).get_output_shape(shapes).empty());
    EXPECT_TRUE(module::LSTM("l", 3).get_output_shape(shapes).empty());
    shapes.pop_back();
    EXPECT_TRUE(module::GRU("g", 3).get_output_shape(shapes).empty());

    // A bias of the wrong length, and weights of another type.
    Tensor x = make({1, 1, 4}, DATA_TYPE_INT8), w = make({1, 9, 4}, DATA_TYPE_INT8),
           r = make({1, 9, 3}, DATA_TYPE_INT8);
    Tensor b = make({1, 9}, DATA_TYPE_INT16), wide = make({1, 9, 4}, DATA_TYPE_INT16);
    Tensor y = make({1, 1, 1, 3}, DATA_TYPE_INT8), y_h = make({1, 1, 3}, DATA_TYPE_INT8);
    y->memset(7);
    module::GRU gru("gru", 3);
    gru.run({x.get(), w.get(), r.get(), b.get()}, {y.get(), y_h.get()});
    gru.run({x.get(), wide.get(), r.get()}, {y.get(), y_h.get()});
    EXPECT_EQ(stored(y.get(), 0), 7);
}

}  // namespace
