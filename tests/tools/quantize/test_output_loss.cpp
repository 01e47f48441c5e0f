// Rules of --output-loss: what they compute, against plain loops, and that scales and training go by it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "import/output_losses.hpp"
#include "numerics/output_loss.hpp"
#include "numerics/output_noise.hpp"
#include "passes/quantizer.hpp"
#include "passes/rewrite.hpp"

using namespace quantize;

namespace {

using torch::Tensor;
using Function = OutputLoss::Function;

constexpr int BINS = 4, GROUPS = 4;  // of a box
constexpr size_t SAMPLES = 12;

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

/** A layer with as many channels as its bias has, and an output. */
void add_layer(Graph &graph, const std::string &name, Var *input, const Tensor &weight, const Tensor &bias,
               bool output) {
    Op *op = graph.new_op("/" + name, "Conv");
    op->inputs = {input, graph.new_param("", weight), graph.new_param("", bias)};
    op->outputs = {graph.new_var(name)};
    const int64_t size = weight.size(2);
    op->attributes["pads"] = std::vector<int64_t>(4, size / 2);
    if (output) {
        graph.outputs.push_back(op->outputs[0]);
    }
}

/**
 * A detection head with two levels behind one Conv: 4 scores, boxes of 4 groups of 4 bins, two points. Values of the
 * last score lie around -60, those of a bin of every box around -50: behind the function they are nothing.
 */
std::unique_ptr<Graph> make_head(uint64_t seed = 3) {
    torch::manual_seed(seed);
    auto graph = std::make_unique<Graph>();
    Var *input = graph->new_var("input");
    input->shape = {1, 8, 6, 6};
    graph->inputs = {input};
    add_layer(*graph, "stem", input, torch::randn({16, 8, 3, 3}) * 0.2, torch::randn({16}) * 0.1, false);
    Op *relu = graph->new_op("/relu", "Relu"), *pool = graph->new_op("/pool", "MaxPool");
    relu->inputs = {graph->vars.at("stem").get()};
    relu->outputs = {graph->new_var("relu")};
    pool->inputs = {relu->outputs[0]};
    pool->outputs = {graph->new_var("pool")};
    pool->attributes["kernel_shape"] = std::vector<int64_t>{2, 2};
    pool->attributes["strides"] = std::vector<int64_t>{2, 2};
    for (int level = 0; level < 2; level++) {
        Var *features = level ? pool->outputs[0] : relu->outputs[0];
        const std::string number = std::to_string(level);
        const Tensor score = torch::randn({4}), box = torch::randn({GROUPS * BINS});
        score[3] = -60;
        for (int64_t group = 0; group < GROUPS; group++) {
            box[group * BINS + 2] = -50;
        }
        add_layer(*graph, "score" + number, features, torch::randn({4, 16, 1, 1}) * 0.5, score, true);
        add_layer(*graph, "box" + number, features, torch::randn({GROUPS * BINS, 16, 1, 1}) * 0.3, box, true);
        add_layer(*graph, "kpt" + number, features, torch::randn({6, 16, 1, 1}) * 0.3, torch::randn({6}), true);
    }
    graph->refresh();
    infer_shapes(*graph);
    return graph;
}

const std::vector<std::string> RULES = {"score*=sigmoid", "box*=softmax,group:4,mean,weight:score*",
                                        "kpt*=mse,points:3,weight:score*"};

Samples samples() {
    return Samples(SAMPLES, [](size_t i) {
        torch::manual_seed(100 + i);
        return Batch{torch::randn({1, 8, 6, 6})};
    });
}

/** What firmware makes of a position of the head's output: loops over numbers, of nothing that the quantizer has. */
std::vector<double> in_firmware(const std::string &name, const std::vector<double> &channels) {
    std::vector<double> result;
    if (name.rfind("score", 0) == 0) {
        std::transform(channels.begin(), channels.end(), std::back_inserter(result), sigmoid);
    } else if (name.rfind("box", 0) == 0) {
        for (size_t group = 0; group < channels.size(); group += BINS) {
            double sum = 0, weighted = 0;
            for (size_t bin = 0; bin < BINS; bin++) {
                sum += std::exp(channels[group + bin]);
                weighted += std::exp(channels[group + bin]) * static_cast<double>(bin);
            }
            result.push_back(weighted / sum);
        }
    } else {
        for (size_t i = 0; i < channels.size(); i++) {
            result.push_back(i % 3 == 2 ? sigmoid(channels[i]) : channels[i]);
        }
    }
    return result;
}

std::vector<double> channels_at(const Tensor &value, int64_t y, int64_t x) {
    std::vector<double> channels;
    for (int64_t c = 0; c < value.size(1); c++) {
        channels.push_back(value[0][c][y][x].item<double>());
    }
    return channels;
}

struct Sums {
    double signal = 0, noise = 0;
};

/** Of one output for one sample, with the weight of the scores where the rule has it. */
Sums loop_over(const Graph &graph, const Var *output, const Values &real, const Values &noisy) {
    Sums sums;
    const std::string name = output->name;
    const Var *score = graph.vars.at("score" + name.substr(name.size() - 1)).get();
    const Tensor &value = real.at(output);
    for (int64_t y = 0; y < value.size(2); y++) {
        for (int64_t x = 0; x < value.size(3); x++) {
            const std::vector<double> wanted = in_firmware(name, channels_at(value, y, x)),
                                      got = in_firmware(name, channels_at(noisy.at(output), y, x)),
                                      scores = channels_at(real.at(score), y, x);
            const bool weighted = name.rfind("score", 0) != 0;
            const double weight = weighted ? sigmoid(*std::max_element(scores.begin(), scores.end())) : 1;
            for (size_t i = 0; i < wanted.size(); i++) {
                sums.signal += weight * wanted[i] * wanted[i];
                sums.noise += weight * (got[i] - wanted[i]) * (got[i] - wanted[i]);
            }
        }
    }
    return sums;
}

/** A network as it is quantized, and how far it is from float. */
struct Quantized {
    std::unique_ptr<Graph> graph;
    std::unique_ptr<Quantizer> quantizer;
    double behind = 0;             ///< dB, by loops: the mean of scores, boxes and points
    std::map<char, double> rules;  ///< dB of each of them, by its first letter

    int exponent(const std::string &output) const {
        Var *var = graph->vars.at(output).get();
        return var->source->out[0]->scale_exponents()[0];
    }
};

Quantized quantize_head(Settings settings, const std::vector<std::string> &rules, uint64_t seed = 3) {
    Quantized made;
    made.graph = make_head(seed);
    take_output_losses(*made.graph, rules);
    settings.calib_steps = SAMPLES;
    made.quantizer = std::make_unique<Quantizer>(*made.graph, settings, [](const std::string &, double) {});
    made.quantizer->quantize(samples());
    RunOptions in_float;
    in_float.enabled = [](const Op *, Record *) { return false; };
    std::map<char, Sums> sums;
    for (size_t i = 0; i < SAMPLES; i++) {
        const Values feed = made.quantizer->feed(samples()[i]);
        const Values real = made.quantizer->executor().run(feed, in_float);
        const Values noisy = made.quantizer->executor().run(feed, RunOptions());
        for (const Var *output : made.graph->outputs) {
            const Sums more = loop_over(*made.graph, output, real, noisy);
            sums[output->name[0]].signal += more.signal;
            sums[output->name[0]].noise += more.noise;
        }
    }
    for (const auto &[letter, sum] : sums) {
        made.rules[letter] = 10 * std::log10(sum.signal / sum.noise);
        made.behind += made.rules[letter] / static_cast<double>(sums.size());
    }
    return made;
}

Settings settings_for(Target target, const std::string &observer) {
    Settings settings;
    settings.target = target;
    settings.observer = observer;
    settings.free_recurrent_inputs = true;
    return settings;
}

void expect_near(const Tensor &got, const std::vector<double> &wanted) {
    const Tensor flat = got.flatten();
    ASSERT_EQ(static_cast<size_t>(flat.numel()), wanted.size());
    for (size_t i = 0; i < wanted.size(); i++) {
        EXPECT_NEAR(flat[static_cast<int64_t>(i)].item<double>(), wanted[i], 1e-12) << i;
    }
}

TEST(OutputLoss, FunctionsAlongAnyAxis) {
    torch::manual_seed(5);
    const Tensor value = torch::randn({1, 3, 8}, torch::kDouble) * 3;
    auto at = [&](int64_t row, int64_t column) { return value[0][row][column].item<double>(); };
    OutputLoss loss;
    std::vector<double> wanted;
    loss.function = Function::SIGMOID;
    for (int i = 0; i < 24; i++) {
        wanted.push_back(sigmoid(at(i / 8, i % 8)));
    }
    expect_near(behind_output(loss, value), wanted);

    loss.function = Function::SOFTMAX;
    for (const auto &[axis, group] : {std::pair(1, 0), std::pair(1, 3), std::pair(2, 0), std::pair(2, 4)}) {
        SCOPED_TRACE(testing::Message() << "axis " << axis << " group " << group);
        loss.axis = axis;
        loss.group = group;
        loss.mean = false;
        wanted.clear();
        const int bins = group ? group : axis == 1 ? 3 : 8;
        std::vector<double> means;
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 8; column++) {
                const int place = axis == 1 ? row : column, first = place / bins * bins;
                double sum = 0, mean = 0;
                for (int bin = 0; bin < bins; bin++) {
                    const double power = std::exp(axis == 1 ? at(first + bin, column) : at(row, first + bin));
                    sum += power;
                    mean += power * bin;
                }
                wanted.push_back(std::exp(at(row, column)) / sum);
                if (place == first) {
                    means.push_back(mean / sum);
                }
            }
        }
        expect_near(behind_output(loss, value), wanted);
        loss.mean = true;
        const Tensor mean = behind_output(loss, value);
        EXPECT_EQ(mean.sizes().vec(),
                  axis == 1 ? (std::vector<int64_t>{1, 1, 8}) : (std::vector<int64_t>{1, 3, 8 / bins}));
        expect_near(mean, means);
    }

    OutputLoss points;
    expect_near(behind_output(points, value),
                std::vector<double>(value.data_ptr<double>(), value.data_ptr<double>() + 24));
    points.axis = 2;
    points.points = 4;  // x, y and two that are like visibility
    wanted.clear();
    for (int i = 0; i < 24; i++) {
        wanted.push_back(i % 4 < 2 ? at(i / 8, i % 8) : sigmoid(at(i / 8, i % 8)));
    }
    expect_near(behind_output(points, value), wanted);
    points.points = 2;
    EXPECT_TRUE(behind_output(points, value).equal(value));
}

TEST(OutputLoss, PowersAreThoseOfLoops) {
    auto graph = make_head();
    take_output_losses(*graph, RULES);
    torch::manual_seed(8);
    Values real, noisy;
    for (const Var *output : graph->outputs) {
        real[output] = torch::randn(output->shape) * 3;
        noisy[output] = real[output] + torch::randn(output->shape) * 0.2;
    }
    OutputNoise noise;
    noise.add(*graph, real, noisy);
    std::map<char, Sums> rules;
    double plain = 0;
    const auto told = noise.decibels();
    for (size_t place = 0; place < graph->outputs.size(); place++) {
        const Var *output = graph->outputs[place];
        SCOPED_TRACE(output->name);
        const Sums sums = loop_over(*graph, output, real, noisy);
        const OutputPower power = output_power(*graph, place, noisy[output].to(torch::kDouble), real);
        EXPECT_NEAR(power.signal.item<double>() / sums.signal, 1, 1e-9);
        EXPECT_NEAR(power.noise.item<double>() / sums.noise, 1, 1e-9);
        EXPECT_EQ(told[place].output, output);
        EXPECT_NEAR(told[place].behind.value(), 10 * std::log10(sums.signal / sums.noise), 1e-9);
        const double alone =
            10 *
            std::log10(
                real[output].to(torch::kDouble).square().sum().item<double>() /
                (real[output].to(torch::kDouble) - noisy[output].to(torch::kDouble)).square().sum().item<double>());
        EXPECT_NEAR(told[place].db, alone, 1e-9);
        plain += alone / 6;
        rules[output->name[0]].signal += sums.signal;
        rules[output->name[0]].noise += sums.noise;
    }
    ASSERT_EQ(rules.size(), 3u);
    double mean = 0;
    for (const auto &entry : rules) {
        mean += 10 * std::log10(entry.second.signal / entry.second.noise) / 3;
    }
    EXPECT_NEAR(noise.mean(), mean, 1e-9);
    EXPECT_NEAR(noise.plain_mean(), plain, 1e-9);
}

TEST(OutputLoss, ScalesOfOutputsBecomeFinerAndNothingWorse) {
    for (const Target target : {Target::P4, Target::S3}) {
        for (const char *observer : {"auto", "minmax"}) {
            SCOPED_TRACE(testing::Message() << static_cast<int>(target) << " " << observer);
            const Settings settings = settings_for(target, observer);
            const Quantized plain = quantize_head(settings, {}), ruled = quantize_head(settings, RULES);
            for (const char *output : {"score0", "score1", "box0", "box1"}) {
                EXPECT_LT(ruled.exponent(output), plain.exponent(output)) << output;
            }
            EXPECT_GT(ruled.behind, plain.behind + 3);
            EXPECT_GT(ruled.rules.at('s'), plain.rules.at('s'));
            EXPECT_GT(ruled.rules.at('b'), plain.rules.at('b'));
        }
    }
}

/** The scales of the run without rules are among those that are compared. */
TEST(OutputLoss, ARuleMakesNothingWorseBehindIt) {
    RunOptions in_float;
    in_float.enabled = [](const Op *, Record *) { return false; };
    for (const auto &[seed, rule] : {std::pair<uint64_t, std::string>{3, "kpt0=mse"}, {3, "box*=softmax,group:4"}}) {
        SCOPED_TRACE(testing::Message() << rule << " " << seed);
        auto mean = [&, seed = seed, rule = rule](const std::vector<std::string> &while_quantizing) {
            const Quantized made = quantize_head(settings_for(Target::P4, "auto"), while_quantizing, seed);
            take_output_losses(*made.graph, {rule});
            OutputNoise noise;
            for (size_t i = 0; i < SAMPLES; i++) {
                const Values feed = made.quantizer->feed(samples()[i]);
                noise.add(*made.graph, made.quantizer->executor().run(feed, in_float),
                          made.quantizer->executor().run(feed, RunOptions()));
            }
            return noise.mean();
        };
        EXPECT_GE(mean({rule}), mean({}));
    }
}

TEST(OutputLoss, TheUsersScaleStays) {
    Settings settings = settings_for(Target::P4, "auto");
    settings.focused_scales["/score0"] = 0.5;
    EXPECT_EQ(quantize_head(settings, RULES).exponent("score0"), -1);
}

TEST(OutputLoss, TrainingGoesByIt) {
    for (const char *method : {"tqt", "lsq", "adaround"}) {
        SCOPED_TRACE(method);
        Settings settings = settings_for(Target::S3, "minmax");
        const Quantized before = quantize_head(settings, RULES);
        settings.training.method = method;
        settings.training.steps = 200;
        const Quantized trained = quantize_head(settings, RULES), plain = quantize_head(settings, {});
        EXPECT_GT(trained.behind, before.behind);
        EXPECT_GT(trained.behind, plain.behind);
        EXPECT_GT(trained.quantizer->gains().at(0).after, trained.quantizer->gains().at(0).before);
    }
}

TEST(OutputLoss, RulesAreRead) {
    auto graph = make_head();
    take_output_losses(*graph, {"box*=softmax,group:4,mean,weight:score*", "score1=sigmoid",
                                "kpt1=mse,axis:1,points:3,weight:score1"});
    std::map<std::string, size_t> places;
    for (size_t i = 0; i < graph->outputs.size(); i++) {
        places[graph->outputs[i]->name] = i;
    }
    ASSERT_EQ(graph->output_losses.size(), 4u);
    for (const char *level : {"0", "1"}) {
        const OutputLoss &box = graph->output_losses.at(places.at(std::string("box") + level));
        EXPECT_EQ(box.rule, 0u);
        EXPECT_EQ(box.function, Function::SOFTMAX);
        EXPECT_EQ(box.axis, 1);
        EXPECT_EQ(box.group, 4);
        EXPECT_TRUE(box.mean);
        EXPECT_EQ(box.weight, places.at(std::string("score") + level));
    }
    const OutputLoss &points = graph->output_losses.at(places.at("kpt1"));
    EXPECT_EQ(points.rule, 2u);
    EXPECT_EQ(points.function, Function::NONE);
    EXPECT_EQ(points.points, 3);
    EXPECT_EQ(points.weight, places.at("score1"));
    EXPECT_EQ(graph->output_losses.at(places.at("score1")).function, Function::SIGMOID);
    EXPECT_FALSE(graph->output_losses.at(places.at("score1")).weight);
    take_output_losses(*graph, {});
    EXPECT_TRUE(graph->output_losses.empty());
}

TEST(OutputLoss, WrongRulesAreTold) {
    const std::pair<std::vector<std::string>, const char *> cases[] = {
        {{"score0"}, "'score0': NAME=mse, NAME=sigmoid or NAME=softmax is needed"},
        {{"=mse"}, "'=mse': NAME=mse"},
        {{"score0="}, "'' is none of mse, sigmoid, softmax"},
        {{"score0=relu"}, "'relu' is none of mse, sigmoid, softmax"},
        {{"score0=sigmoid,"}, "there is no setting ''"},
        {{"score0=sigmoid,weights:box0"}, "there is no setting 'weights'; did you mean 'weight'?"},
        {{"box0=softmax,mean,mean"}, "'mean' is given twice"},
        {{"box0=softmax,mean:1"}, "'mean' has no value"},
        {{"box0=softmax,group"}, "group: '' is no number from 2 on"},
        {{"box0=softmax,group:1"}, "group: '1' is no number from 2 on"},
        {{"box0=softmax,group:4x"}, "group: '4x' is no number"},
        {{"box0=softmax,group:99999999999999999999"}, "is no number"},
        {{"box0=softmax,group:5"}, "output 'box0' has 16 channels along axis 1, which are no groups of 5"},
        {{"box0=softmax,axis:-1"}, "axis: '-1' is no number from 0 on"},
        {{"box0=softmax,axis:4"}, "output 'box0' has 4 axes: axis:4 is none of them"},
        {{"box0=sigmoid,group:4"}, "'group' is a setting of softmax"},
        {{"box0=mse,mean"}, "'mean' is a setting of softmax"},
        {{"kpt0=sigmoid,points:3"}, "'points' is a setting of mse"},
        {{"kpt0=mse,points:4"}, "output 'kpt0' has 6 channels along axis 1, which are no groups of 4"},
        {{"kpt0=mse,weight:"}, "weight: an output's name is needed"},
        {{"kpt0=mse,weight:score*"}, "weight: 'score*' holds a '*', for which nothing stands in 'kpt0'"},
        {{"kpt*=mse,weight:scores*"},
         "output 'kpt0': weight: the network has no output 'scores0'; did you mean 'score0'?"},
        {{"kpt*=mse,weight:score0"}, "output 'kpt1': weight: output 'score0' is none of floats with the same sizes"},
        {{"kpt0=mse,weight:kpt0"}, "output 'kpt0': weight: an output is no weight of its own"},
        {{"*o*=mse"}, "a name holds one '*' at most"},
        {{"scores=sigmoid"}, "the network has no output 'scores'; did you mean 'score0'?"},
        {{"relu=sigmoid"}, "the network has no output 'relu'"},
        {{"class*=sigmoid"}, "the network has no output 'class*'"},
        {{"score*=sigmoid", "score1=mse"}, "output 'score1' has a rule already: 'score*=sigmoid'"},
    };
    for (const auto &[rules, reason] : cases) {
        auto graph = make_head();
        try {
            take_output_losses(*graph, rules);
            ADD_FAILURE() << reason;
        } catch (const Error &error) {
            EXPECT_THAT(error.what(), testing::StartsWith("--output-loss: '" + rules.back() + "': "));
            EXPECT_THAT(error.what(), testing::HasSubstr(reason));
        }
    }
}

TEST(OutputLoss, IntegersHaveNoRule) {
    auto graph = make_head();
    graph->outputs[0]->dtype = torch::kLong;
    EXPECT_THROW(take_output_losses(*graph, {"score0=mse"}), Error);
    EXPECT_THROW(take_output_losses(*graph, {"box0=mse,weight:score0"}), Error);
}

}  // namespace
