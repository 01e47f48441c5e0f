#include "report/verify.hpp"

#include "dl_target.hpp"
#include "report/temporary_file.hpp"
#include "runner.hpp"

namespace quantize {

namespace {

espdl_tool::FileResult test(const std::string &file, const std::optional<espdl_tool::AesKey> &key) {
    const TemporaryFile place(file);
    espdl_tool::ModelSelector selector;
    selector.key = key;
    return espdl_tool::test_file(place.path(), selector);
}

std::string difference(const espdl_tool::TensorResult &tensor) {
    if (!tensor.error.empty()) {
        return tensor.error;
    }
    char text[160];
    snprintf(text, sizeof(text), "%zu of %zu elements, by up to %g%s: %g simulated, %g on the chip", tensor.differing,
             tensor.elements, tensor.max_difference, tensor.dtype == dl::DATA_TYPE_FLOAT ? "" : " steps",
             tensor.expected, tensor.actual);
    return text;
}

}  // namespace

void set_chip(Target target) {
    dl::set_target(target == Target::P4   ? dl::TARGET_ESP32P4
                   : target == Target::S3 ? dl::TARGET_ESP32S3
                                          : dl::TARGET_ESP32);
}

Verification verify(const Exporter &exporter, Target target) {
    set_chip(target);
    espdl_tool::FileResult result = test(exporter.espdl(TestValues::PORTS), exporter.key());
    if (result.status == espdl_tool::Status::NotLoaded) {
        return {Verification::UNUSABLE, "the quantized model does not run on the chip: " + result.error};
    }
    if (result.first_failed()) {
        // The inner tensors tell at which node it begins.
        const espdl_tool::FileResult inner = test(exporter.espdl(TestValues::ALL), exporter.key());
        const espdl_tool::TensorResult *failed = inner.first_failed() ? inner.first_failed() : result.first_failed();
        return {Verification::DIFFERS, "node '" + failed->node + "' (" + failed->op +
                                           "): the chip computes something else than the quantizer for tensor '" +
                                           failed->name + "': " + difference(*failed)};
    }
    size_t elements = 0, differing = 0;
    for (const espdl_tool::TensorResult &tensor : result.tensors) {
        elements += tensor.elements;
        differing += tensor.differing;
    }
    const std::string all = std::to_string(elements) + " output elements";
    if (result.status == espdl_tool::Status::Exact) {
        return {Verification::EQUAL, all + " of the emulated chip are those of the simulation"};
    }
    char text[160];
    snprintf(text, sizeof(text), "%zu of %s differ from the simulation's, by up to %g, within the tolerance", differing,
             all.c_str(), result.max_difference);
    return {Verification::WITHIN, text};
}

}  // namespace quantize
