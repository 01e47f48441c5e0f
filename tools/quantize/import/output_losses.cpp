#include "import/output_losses.hpp"

#include <charconv>
#include <set>

namespace quantize {

namespace {

using Function = OutputLoss::Function;

constexpr int64_t MOST_CHANNELS = INT64_C(1) << 24;  // of a group: more is a slip

/** A name with at most one `*`, which stands for anything. */
class Pattern {
public:
    explicit Pattern(const std::string &text) : m_text(text), m_star(text.find('*')) {}
    bool has_star() const { return m_star != std::string::npos; }
    bool has_several() const { return has_star() && m_text.find('*', m_star + 1) != std::string::npos; }
    /** What the star stands for in a name, "" without a star; nullopt: the name is another one. */
    std::optional<std::string> match(const std::string &name) const {
        if (!has_star()) {
            return name == m_text ? std::optional<std::string>("") : std::nullopt;
        }
        const std::string front = m_text.substr(0, m_star), back = m_text.substr(m_star + 1);
        const bool fits = name.size() >= front.size() + back.size() && name.compare(0, front.size(), front) == 0 &&
                          name.compare(name.size() - back.size(), back.size(), back) == 0;
        return fits ? std::optional(name.substr(front.size(), name.size() - front.size() - back.size())) : std::nullopt;
    }
    /** The name in which the star stands for this. */
    std::string filled(const std::string &star) const {
        return has_star() ? m_text.substr(0, m_star) + star + m_text.substr(m_star + 1) : m_text;
    }

private:
    std::string m_text;
    size_t m_star;
};

/** One argument. */
class Rule {
public:
    Rule(const std::string &argument, size_t place) : m_argument(argument) {
        const size_t equal = argument.find('=');
        if (equal == std::string::npos || equal == 0) {
            fail("NAME=mse, NAME=sigmoid or NAME=softmax is needed, with settings behind it");
        }
        m_loss.text = argument;
        m_loss.rule = place;
        m_name = argument.substr(0, equal);
        read(argument.substr(equal + 1));
        check();
    }

    /** Gives it to all outputs that it names. */
    void apply(Graph &graph) const {
        const Pattern pattern(m_name);
        bool found = false;
        for (size_t i = 0; i < graph.outputs.size(); i++) {
            const std::optional<std::string> star = pattern.match(graph.outputs[i]->name);
            if (!star) {
                continue;
            }
            found = true;
            OutputLoss loss = m_loss;
            check_output(*graph.outputs[i], loss);
            if (!m_weight.empty()) {
                loss.weight = weight_of(graph, i, *star);
            }
            const auto [other, is_new] = graph.output_losses.emplace(i, loss);
            if (!is_new) {
                fail("output '" + graph.outputs[i]->name + "' has a rule already: '" + other->second.text + "'");
            }
        }
        if (!found) {
            fail("the network has no output '" + m_name + "'" + suggestion(m_name, names_of(graph)));
        }
    }

private:
    [[noreturn]] void fail(const std::string &why) const { throw Error("--output-loss: '" + m_argument + "': " + why); }

    static std::set<std::string> names_of(const Graph &graph) {
        std::set<std::string> names;
        for (const Var *output : graph.outputs) {
            names.insert(output->name);
        }
        return names;
    }

    void read(const std::string &text) {
        std::set<std::string> seen;
        size_t end = text.find(',');
        read_function(text.substr(0, end));
        while (end != std::string::npos) {
            const size_t begin = end + 1;
            end = text.find(',', begin);
            const std::string word = text.substr(begin, end - begin);
            const size_t colon = word.find(':');
            const std::string key = word.substr(0, colon);
            if (!seen.insert(key).second) {
                fail("'" + key + "' is given twice");
            }
            read_setting(key, colon == std::string::npos ? std::nullopt : std::optional(word.substr(colon + 1)));
        }
        m_axis_given = seen.count("axis") > 0;
    }

    void read_function(const std::string &word) {
        static const std::set<std::string> words = {"mse", "sigmoid", "softmax"};
        if (!words.count(word)) {
            fail("'" + word + "' is none of mse, sigmoid, softmax");
        }
        m_loss.function = word == "sigmoid"   ? Function::SIGMOID
                          : word == "softmax" ? Function::SOFTMAX
                                              : Function::NONE;
    }

    void read_setting(const std::string &key, const std::optional<std::string> &value) {
        static const std::set<std::string> words = {"axis", "group", "mean", "points", "weight"};
        if (!words.count(key)) {
            fail("there is no setting '" + key + "'" + suggestion(key, words));
        }
        if (key == "mean") {
            m_loss.mean = true;
            if (value) {
                fail("'mean' has no value");
            }
        } else if (key == "weight") {
            m_weight = value.value_or("");
            if (m_weight.empty()) {
                fail("weight: an output's name is needed, such as weight:score*");
            }
        } else if (key == "axis") {
            m_loss.axis = number(key, value, 0, 63);
        } else if (key == "group") {
            m_loss.group = number(key, value, 2, MOST_CHANNELS);
        } else {
            m_loss.points = number(key, value, 2, MOST_CHANNELS);
        }
    }

    int64_t number(const std::string &key, const std::optional<std::string> &value, int64_t least, int64_t most) const {
        const std::string text = value.value_or("");
        int64_t result = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
        if (text.empty() || error != std::errc() || end != text.data() + text.size() || result < least ||
            result > most) {
            fail(key + ": '" + text + "' is no number from " + std::to_string(least) + " on, as in " + key + ":" +
                 (key == "axis"    ? "1"
                  : key == "group" ? "16"
                                   : "3"));
        }
        return result;
    }

    /** What does not depend on the network. */
    void check() const {
        if (m_loss.function != Function::SOFTMAX && (m_loss.group || m_loss.mean)) {
            fail(std::string("'") + (m_loss.group ? "group" : "mean") + "' is a setting of softmax");
        }
        if (m_loss.function != Function::NONE && m_loss.points) {
            fail("'points' is a setting of mse: x and y count as they are");
        }
        if (Pattern(m_name).has_several() || Pattern(m_weight).has_several()) {
            fail("a name holds one '*' at most");
        }
        if (Pattern(m_weight).has_star() && !Pattern(m_name).has_star()) {
            fail("weight: '" + m_weight + "' holds a '*', for which nothing stands in '" + m_name + "'");
        }
    }

    /** Does the rule fit an output's shape? */
    void check_output(const Var &output, const OutputLoss &loss) const {
        const std::string name = "output '" + output.name + "' ";
        if (!torch::isFloatingType(output.dtype)) {
            fail(name + "holds integers: a rule is for one of floats");
        }
        const int64_t rank = static_cast<int64_t>(output.shape.size());
        const bool channels = m_axis_given || loss.function == Function::SOFTMAX || loss.points || !m_weight.empty();
        if (!channels) {
            return;
        }
        if (loss.axis >= rank) {
            fail(name + "has " + std::to_string(rank) + " axes: axis:" + std::to_string(loss.axis) +
                 " is none of them" + (m_axis_given ? "" : "; axis:N says which one has the channels"));
        }
        const int64_t count = output.shape[static_cast<size_t>(loss.axis)];
        const int64_t part = std::max(loss.group, loss.points);
        if (part && count % part) {
            fail(name + "has " + std::to_string(count) + " channels along axis " + std::to_string(loss.axis) +
                 ", which are no groups of " + std::to_string(part));
        }
    }

    /** The place of the output that tells where the one at `place` counts. */
    size_t weight_of(const Graph &graph, size_t place, const std::string &star) const {
        const Var &output = *graph.outputs[place];
        const std::string wanted = Pattern(m_weight).filled(star);
        const std::string where = "output '" + output.name + "': weight: ";
        for (size_t i = 0; i < graph.outputs.size(); i++) {
            const Var &weight = *graph.outputs[i];
            if (weight.name != wanted) {
                continue;
            }
            std::vector<int64_t> shape = weight.shape;
            const size_t axis = static_cast<size_t>(m_loss.axis);
            if (shape.size() == output.shape.size()) {
                shape[axis] = output.shape[axis];
            }
            if (i == place || shape != output.shape || !torch::isFloatingType(weight.dtype)) {
                fail(where + (i == place ? "an output is no weight of its own"
                                         : "output '" + wanted +
                                               "' is none of floats with the same sizes along all axes but that of "
                                               "the channels"));
            }
            return i;
        }
        fail(where + "the network has no output '" + wanted + "'" + suggestion(wanted, names_of(graph)));
    }

    std::string m_argument, m_name, m_weight;
    OutputLoss m_loss;
    bool m_axis_given = false;
};

}  // namespace

void take_output_losses(Graph &graph, const std::vector<std::string> &arguments) {
    graph.output_losses.clear();
    for (size_t i = 0; i < arguments.size(); i++) {
        Rule(arguments[i], i).apply(graph);
    }
}

}  // namespace quantize
