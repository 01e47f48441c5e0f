#include "import/custom_ops.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "dl_module_creator.hpp"
#include "graph/graph.hpp"
#include "import/npz.hpp"

namespace quantize {

namespace {

using operators::Layout;
using torch::Tensor;

/** One declaration while it is read. */
class Declaration {
public:
    explicit Declaration(const std::string &argument) : m_argument(argument) {}

    std::shared_ptr<const CustomOp> read() {
        const size_t equal = m_argument.find('=');
        const std::string operator_name = m_argument.substr(0, equal);
        const size_t dot = operator_name.rfind('.');
        m_custom->text = m_argument;
        m_custom->domain = dot == std::string::npos ? "" : operator_name.substr(0, dot);
        m_custom->type = m_custom->name = operator_name.substr(dot == std::string::npos ? 0 : dot + 1);
        if (m_custom->type.empty()) {
            fail("DOMAIN.TYPE=SETTING,... is needed");
        }
        read_settings(equal == std::string::npos ? "" : m_argument.substr(equal + 1));
        check();
        make_row();
        return m_custom;
    }

private:
    [[noreturn]] void fail(const std::string &why) const { throw Error("--custom-op: '" + m_argument + "': " + why); }

    /** The body is the last one, as a file's name may hold a comma. */
    void read_settings(std::string text) {
        while (!text.empty()) {
            const bool last = text.rfind("body:", 0) == 0;
            const size_t end = last ? std::string::npos : text.find(',');
            const std::string setting = text.substr(0, end);
            text = end == std::string::npos ? "" : text.substr(end + 1);
            const size_t colon = setting.find(':');
            const std::string key = setting.substr(0, colon),
                              value = colon == std::string::npos ? "" : setting.substr(colon + 1);
            const bool is_type = key == "int8" || key == "int16" || key == "float";
            if (!m_seen.insert(is_type ? "type" : key).second) {
                fail(is_type ? "two types are given" : "'" + key + "' is given twice");
            }
            read_setting(key, value);
        }
    }

    void read_setting(const std::string &key, const std::string &value) {
        static const std::set<std::string> words = {"int8",   "int16",     "float", "shape", "scale",
                                                    "layout", "constants", "as",    "body"};
        if (!words.count(key)) {
            fail("there is no setting '" + key + "'" + suggestion(key, words));
        }
        if (key == "int8" || key == "int16" || key == "float") {
            if (!value.empty()) {
                fail("'" + key + "' has no value");
            }
            m_custom->bits = key == "int8" ? 8 : key == "int16" ? 16 : 0;
        } else if (key == "as") {
            m_custom->name = value;
        } else if (key == "layout") {
            m_custom->layout = choose<Layout>(
                key, value, {{"onnx", Layout::PLAIN}, {"last", Layout::CHANNELS_LAST}, {"any", Layout::ANY}});
        } else if (key == "constants") {
            m_custom->quantized_constants = choose<bool>(key, value, {{"float", false}, {"quantized", true}});
        } else if (key == "scale") {
            read_scale(value);
        } else if (key == "shape") {
            std::istringstream text(value);
            for (std::string part; std::getline(text, part, '/');) {
                m_custom->shapes.push_back(read_shape(part));
            }
            if (m_custom->shapes.empty()) {
                fail(
                    "shape: one of each output is needed: 'input', 'input1', '1x8x4x4', several with '/' between them");
            }
        } else {
            read_body(value);
        }
    }

    template <typename T>
    T choose(const std::string &key, const std::string &value, const std::map<std::string, T> &choices) const {
        const auto found = choices.find(value);
        if (found == choices.end()) {
            std::string known;
            for (const auto &choice : choices) {
                known += (known.empty() ? "" : ", ") + choice.first;
            }
            fail(key + ": '" + value + "' is none of " + known);
        }
        return found->second;
    }

    void read_scale(const std::string &value) {
        if (value == "input") {
            m_custom->scale_of_input = true;
        } else if (value.rfind("2^", 0) == 0) {
            char *end = nullptr;
            const long exponent = std::strtol(value.c_str() + 2, &end, 10);
            if (value.size() < 3 || *end || exponent < -64 || exponent > 64) {
                fail("scale: '" + value + "' is no power of two such as 2^-4");
            }
            m_custom->exponent = static_cast<int>(exponent);
        } else if (value != "calibrated") {
            fail("scale: '" + value + "' is none of calibrated, input, 2^-4");
        }
    }

    /** "input", "input1" or "1x8x4x4". */
    CustomOp::Shape read_shape(const std::string &text) const {
        CustomOp::Shape shape;
        char *end = nullptr;
        if (text.rfind("input", 0) == 0) {
            const long index = std::strtol(text.c_str() + 5, &end, 10);
            if (*end || index < 0 || index > 1000) {
                fail("shape: '" + text + "' is no input such as 'input1'");
            }
            shape.input = static_cast<int>(index);
            return shape;
        }
        shape.sizes.emplace();
        std::istringstream parts(text);
        for (std::string part; std::getline(parts, part, 'x');) {
            shape.sizes->push_back(std::strtoll(part.c_str(), &end, 10));
            if (part.empty() || *end || shape.sizes->back() < 1 || shape.sizes->back() > INT32_MAX) {
                fail("shape: '" + text + "' is neither 'input', 'input1' nor '1x8x4x4'");
            }
        }
        if (shape.sizes->empty()) {
            fail("shape: an output has none");
        }
        return shape;
    }

    void read_body(const std::string &value) {
        auto ends_in = [&](const std::string &ending) {
            return value.size() > ending.size() && value.substr(value.size() - ending.size()) == ending;
        };
        if (value == "identity") {
            m_custom->body = CustomOp::Body::IDENTITY;
        } else if (value == "function") {
            m_custom->body = CustomOp::Body::FUNCTION;
        } else if (ends_in(".npz")) {
            m_custom->body = CustomOp::Body::VALUES;
            m_custom->file = value;
            m_custom->inputs = read_arrays("input");
            m_custom->outputs = read_arrays("output");
        } else if (ends_in(".onnx")) {
            m_custom->body = CustomOp::Body::MODEL;
            m_custom->file = value;
        } else {
            fail("body: '" + value + "' is none of identity, function, FILE.onnx, FILE.npz");
        }
    }

    /** input0, input1, ... of the file, each with as many samples. */
    std::vector<Tensor> read_arrays(const std::string &prefix) {
        std::string error;
        const std::unique_ptr<NpzFile> file = NpzFile::open(m_custom->file, error);
        if (!file) {
            fail("body: " + error);
        }
        std::vector<Tensor> tensors;
        const std::set<std::string> names(file->names().begin(), file->names().end());
        while (names.count(prefix + std::to_string(tensors.size()))) {
            const std::string name = prefix + std::to_string(tensors.size());
            espdl_tool::NpyArray array;
            if (!file->read(name, array, error)) {
                fail("body: " + error);
            }
            if (array.dtype != dl::DATA_TYPE_FLOAT && array.dtype != dl::DATA_TYPE_DOUBLE) {
                fail("body: '" + name + "' holds no floats");
            }
            const bool wide = array.dtype == dl::DATA_TYPE_DOUBLE;
            const std::vector<int64_t> shape(array.shape.begin(), array.shape.end());
            const Tensor tensor = torch::from_blob(array.data.data(), shape, wide ? torch::kDouble : torch::kFloat)
                                      .clone()
                                      .to(torch::kFloat);
            if (tensor.dim() == 0 || tensor.numel() == 0) {
                fail("body: '" + name + "' holds no sample");
            }
            if (!torch::isfinite(tensor).all().item<bool>()) {
                fail("body: '" + name + "' holds NaN or infinite values");
            }
            const int64_t samples = m_custom->inputs.empty() ? tensor.size(0) : m_custom->inputs[0].size(0);
            const int64_t other = tensors.empty() ? samples : tensors[0].size(0);
            if (tensor.size(0) != samples || tensor.size(0) != other) {
                fail("body: '" + name + "' has " + std::to_string(tensor.size(0)) + " samples, others have " +
                     std::to_string(tensor.size(0) != samples ? samples : other));
            }
            tensors.push_back(tensor);
        }
        if (tensors.empty()) {
            fail("body: '" + m_custom->file + "' has no array '" + prefix + "0'");
        }
        return tensors;
    }

    /** Neither the runtime nor any pass may take the operator for one that it knows. */
    void check() const {
        const operators::Operator &known = operators::row(m_custom->name);
        const std::vector<dl::module::OpInfo> &library = dl::module::op_list();
        const bool in_library = std::any_of(library.begin(), library.end(), [&](const dl::module::OpInfo &info) {
            return m_custom->name == info.op_type;
        });
        if (m_custom->name.empty()) {
            fail("as: a name is needed");
        }
        if (in_library || known.traits || m_custom->name == "Constant" || m_custom->name == "Upsample") {
            fail("'" + m_custom->name +
                 "' is an operator of ONNX that is known here: as:NAME gives yours a name of its own");
        }
        if (m_custom->bits == 0 && (m_custom->scale_of_input || m_custom->exponent || m_custom->quantized_constants)) {
            fail("in float there are no scales");
        }
    }

    void make_row() {
        operators::Operator &row = m_custom->row;
        row.name = m_custom->name.c_str();
        row.layout = m_custom->layout;
        row.traits = operators::EXECUTED | (m_custom->bits == 0 ? 0U : operators::QUANTIZED) |
                     (m_custom->scale_of_input ? operators::PASSIVE : 0U);
    }

    std::string m_argument;
    std::set<std::string> m_seen;
    std::shared_ptr<CustomOp> m_custom = std::make_shared<CustomOp>();
};

}  // namespace

CustomOps parse_custom_ops(const std::vector<std::string> &arguments) {
    CustomOps list;
    for (const std::string &argument : arguments) {
        list.push_back(Declaration(argument).read());
        for (size_t i = 0; i + 1 < list.size(); i++) {
            if (list[i]->type == list.back()->type && list[i]->domain == list.back()->domain) {
                throw Error("--custom-op: '" + argument + "': the operator is declared twice");
            }
        }
    }
    return list;
}

bool is_declared(const CustomOp &custom, const std::string &domain, const std::string &type) {
    return custom.type == type && (custom.domain.empty() || custom.domain == domain);
}

std::string body_text(const CustomOp &custom) {
    switch (custom.body) {
        case CustomOp::Body::NONE:
            return "nothing";
        case CustomOp::Body::IDENTITY:
            return "the identity";
        case CustomOp::Body::MODEL:
            return "'" + custom.file + "'";
        case CustomOp::Body::FUNCTION:
            return "the model's function";
        case CustomOp::Body::VALUES:
            return "the values in '" + custom.file + "'";
    }
    return "";
}

}  // namespace quantize
