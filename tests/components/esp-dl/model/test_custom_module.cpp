// An operator of the user's own, derived and registered as the user guide's "Creating a new module" does it.
#include <vector>

#include "dl_model_base.hpp"
#include "esp_log.h"
#include "gtest/gtest.h"
#include "module.h"

namespace dl {
namespace module {

class MyCustomModule : public Module {
public:
    MyCustomModule(const char *name = "MyCustomModule", module_inplace_t inplace = MODULE_NON_INPLACE,
                   quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type) {}
    virtual ~MyCustomModule() {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override {
        std::vector<std::vector<int>> output_shapes;
        output_shapes.push_back(input_shapes[0]);
        return output_shapes;
    }

    void forward(std::vector<dl::TensorBase *> &tensors, runtime_mode_t = RUNTIME_MODE_AUTO) override {
        for (int i = 0; i < tensors[0]->size; i++) {
            tensors[1]->get_element_ptr<int8_t>()[i] = (int8_t)~tensors[0]->get_element_ptr<int8_t>()[i];
        }
    }

    void forward_args(void *) override {}

    static Module *deserialize(fbs::FbsModel *, std::string node_name) { return new MyCustomModule(node_name.c_str()); }

    void print() override { ESP_LOGI("MyCustomModule", "Module Name: %s, Quant type: %d", name.c_str(), quant_type); }
};

}  // namespace module
}  // namespace dl

namespace {

using dl::TensorBase;
using dl::module::Module;
using dl::module::ModuleCreator;

TEST(CustomModule, RunsAlone) {
    dl::module::MyCustomModule module("mine");
    TensorBase input({4}, std::vector<int8_t>{0, 1, -1, 127}.data(), 0, dl::DATA_TYPE_INT8);
    TensorBase output({4}, nullptr, 0, dl::DATA_TYPE_INT8);
    module.run(&input, &output);
    EXPECT_EQ(output.get_element<int8_t>(0), -1);
    EXPECT_EQ(output.get_element<int8_t>(3), -128);
    char *name = module.name;  // the API reference's type of the member
    EXPECT_STREQ(name, "mine");
    module.print();
}

TEST(CustomModule, RegisteredAtRunTime) {
    ModuleCreator *creator = ModuleCreator::get_instance();
    creator->register_module("MyCustomModule", dl::module::MyCustomModule::deserialize);
    creator->register_dl_modules();
    Module *module = creator->create(nullptr, "MyCustomModule", "node");
    ASSERT_NE(module, nullptr);
    EXPECT_EQ(module->op_type, "MyCustomModule");
    delete module;
    EXPECT_EQ(creator->create(nullptr, "NoSuchOperator", "node"), nullptr);
    creator->clear();
    EXPECT_EQ(creator->create(nullptr, "MyCustomModule", "node"), nullptr);
}

TEST(CustomModule, WrongOutputShapeIsRefused) {
    dl::module::MyCustomModule module;
    TensorBase input({4}, nullptr, 0, dl::DATA_TYPE_INT8);
    TensorBase output({5}, nullptr, 0, dl::DATA_TYPE_INT8);
    module.run(&input, &output);
    EXPECT_EQ(output.get_element<int8_t>(0), 0);
}

}  // namespace
