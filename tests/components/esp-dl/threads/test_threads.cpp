// What several threads may do at once: load, run and free models, register operators, forget them. Under the thread
// sanitizer (`./fw test --tsan`) this sees the races themselves; without it, what they do to results.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dl_base_conv.hpp"
#include "dl_model_base.hpp"
#include "dl_module_softmax.hpp"
#include "esp_log.h"
#include "gtest/gtest.h"

namespace {

using dl::module::Module;
using dl::module::ModuleCreator;
using Bytes = std::vector<uint8_t>;

const char *const MODELS[] = {"imagenet_cls/models/p4/shapes_cls_mobilenetv2_s8.espdl",
                              "coco_detect/models/p4/shapes_detect_yolo11_s8.espdl",
                              "coco_pose/models/p4/shapes_pose_yolo11_s8.espdl"};

std::string model_path(int model) {
    const char *root = getenv("DESKBOARD_ROOT");
    return std::string(root ? root : ".") + "/components/" + MODELS[model];
}

std::unique_ptr<dl::Model> load(int model) {
    return std::make_unique<dl::Model>(model_path(model).c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
}

/** All outputs for the input that belongs to `seed`; empty if the model is not ready. */
Bytes run(dl::Model &model, unsigned seed, dl::runtime_mode_t mode) {
    if (!model.is_ready()) {
        return {};
    }
    std::mt19937 random(seed);
    for (const auto &input : model.get_inputs()) {
        uint8_t *data = input.second->get_element_ptr<uint8_t>();
        for (int i = 0; i < input.second->get_bytes(); i++) {
            data[i] = (uint8_t)random();
        }
    }
    model.run(mode);
    Bytes all;
    for (const auto &output : model.get_outputs()) {
        const uint8_t *data = output.second->get_element_ptr<uint8_t>();
        all.insert(all.end(), data, data + output.second->get_bytes());
    }
    return all;
}

/** The result of a model that is alone; computed once. */
const Bytes &expected(int model, unsigned seed) {
    static std::mutex mutex;
    static std::map<std::pair<int, unsigned>, Bytes> known;
    const std::lock_guard<std::mutex> lock(mutex);
    Bytes &result = known[{model, seed}];
    if (result.empty()) {
        result = run(*load(model), seed, dl::RUNTIME_MODE_SINGLE_CORE);
    }
    return result;
}

void in_threads(int count, const std::function<void(int)> &body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; i++) {
        threads.emplace_back(body, i);
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

class Threads : public testing::Test {
protected:
    void SetUp() override {
        esp_log_level_set("*", ESP_LOG_ERROR);
        for (int model = 0; model < 3; model++) {
            ASSERT_FALSE(expected(model, 1).empty()) << model_path(model);
        }
    }
    void TearDown() override { ModuleCreator::get_instance()->clear(); }
};

TEST_F(Threads, LoadAndRunModels) {
    std::atomic<int> wrong{0};
    in_threads(4, [&](int thread) {
        for (int round = 0; round < 3; round++) {
            const int number = (thread + round) % 3;
            std::unique_ptr<dl::Model> model = load(number);
            for (auto mode : {dl::RUNTIME_MODE_SINGLE_CORE, dl::RUNTIME_MODE_MULTI_CORE}) {
                wrong += run(*model, 1, mode) != expected(number, 1);
            }
        }
    });
    EXPECT_EQ(wrong, 0);
}

// The first models after the registry was cleared find it empty, several at once.
TEST_F(Threads, LoadAfterTheRegistryWasCleared) {
    std::atomic<int> wrong{0};
    for (int round = 0; round < 30; round++) {
        ModuleCreator::get_instance()->clear();
        in_threads(2, [&](int) { wrong += run(*load(0), 1, dl::RUNTIME_MODE_SINGLE_CORE) != expected(0, 1); });
    }
    EXPECT_EQ(wrong, 0);
}

// A model that is being loaded does not care who clears the registry or adds to it.
TEST_F(Threads, LoadWhileTheRegistryChanges) {
    std::atomic<int> wrong{0};
    std::atomic<bool> done{false};
    std::thread changer([&] {
        ModuleCreator *creator = ModuleCreator::get_instance();
        for (int i = 0; !done; i++) {
            creator->register_module("Mine" + std::to_string(i % 50), dl::module::Softmax::deserialize);
            creator->register_module("Softmax", dl::module::Softmax::deserialize);
            if (i % 64 == 0) {
                creator->clear();
            }
            if (i % 16 == 0) {
                std::this_thread::yield();
            }
        }
    });
    in_threads(3, [&](int thread) {
        for (int round = 0; round < 4; round++) {
            const int number = (thread + round) % 3;
            wrong += run(*load(number), 1, dl::RUNTIME_MODE_SINGLE_CORE) != expected(number, 1);
        }
    });
    done = true;
    changer.join();
    EXPECT_EQ(wrong, 0);
}

// Packed weights exist once, however many models use them, and as long as one of them does.
TEST_F(Threads, ModelsOfTheSameWeightsShareThem) {
    if (dl::base::isa_level() == dl::base::ISA_REFERENCE) {
        GTEST_SKIP() << "reference kernels do not pack weights";
    }
    const size_t before = dl::base::conv_state_bytes();
    std::unique_ptr<dl::Model> first = load(1);
    const size_t one = dl::base::conv_state_bytes();
    EXPECT_GT(one, before + 1000);
    std::vector<std::unique_ptr<dl::Model>> others(3);
    others[0] = load(1);
    // A graph that another model has loaded. Its file has to stay, the other model need not.
    fbs::FbsLoader loader(model_path(1).c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    const std::unique_ptr<fbs::FbsModel> graph(loader.load());
    ASSERT_TRUE(graph);
    others[1] = std::make_unique<dl::Model>(graph.get());
    others[2] = std::make_unique<dl::Model>(graph.get());
    EXPECT_EQ(dl::base::conv_state_bytes(), one);

    std::atomic<int> wrong{0};
    in_threads(4, [&](int thread) {
        if (thread == 3) {
            for (unsigned seed = 1; seed < 4; seed++) {
                wrong += run(*first, seed, dl::RUNTIME_MODE_SINGLE_CORE) != expected(1, seed);
            }
            first.reset();
            wrong += run(*load(1), 1, dl::RUNTIME_MODE_SINGLE_CORE) != expected(1, 1);
            return;
        }
        for (unsigned seed = 1; seed < 7; seed++) {
            wrong += run(*others[thread], seed, dl::RUNTIME_MODE_SINGLE_CORE) != expected(1, seed);
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(dl::base::conv_state_bytes(), one);

    // Other weights are not shared.
    std::unique_ptr<dl::Model> stranger = load(0);
    const size_t both = dl::base::conv_state_bytes();
    EXPECT_GT(both, one + 1000);
    others.clear();
    EXPECT_EQ(dl::base::conv_state_bytes(), before + both - one);
    stranger.reset();
    EXPECT_EQ(dl::base::conv_state_bytes(), before);
}

class Nothing : public Module {
public:
    using Module::Module;
    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &shapes) override { return shapes; }
};

TEST_F(Threads, CreateWhileOthersRegister) {
    ModuleCreator *creator = ModuleCreator::get_instance();
    std::atomic<int> wrong{0};
    creator->register_module("Always", [](fbs::FbsModel *, std::string name) { return new Nothing(name.c_str()); });
    in_threads(4, [&](int thread) {
        const std::string own = "Mine" + std::to_string(thread);
        for (int i = 0; i < 500; i++) {
            creator->register_module(
                own, [i](fbs::FbsModel *, std::string) { return new Nothing(std::to_string(i).c_str()); });
            const std::unique_ptr<Module> mine(creator->create(nullptr, own, "node"));
            wrong += !mine || mine->name.c_str() != std::to_string(i) || mine->op_type != own;
            const std::unique_ptr<Module> always(creator->create(nullptr, "Always", "node"));
            wrong += !always;
            if (i % 100 == 0) {
                creator->print();
            }
        }
    });
    EXPECT_EQ(wrong, 0);
}

// No lock is held while a creator runs.
TEST_F(Threads, CreatorUsesTheRegistry) {
    ModuleCreator *creator = ModuleCreator::get_instance();
    creator->register_module("Outer", [creator](fbs::FbsModel *model, std::string name) {
        creator->register_module("Inner",
                                 [](fbs::FbsModel *, std::string inner) { return new Nothing(inner.c_str()); });
        creator->register_dl_modules();
        return creator->create(model, "Inner", name);
    });
    const std::unique_ptr<Module> module(creator->create(nullptr, "Outer", "node"));
    ASSERT_TRUE(module);
    EXPECT_EQ(module->op_type, "Outer");
}

// What the registry promised before there was a lock.
TEST_F(Threads, RegistryKeepsItsMeaning) {
    ModuleCreator *creator = ModuleCreator::get_instance();
    auto mine = [](fbs::FbsModel *, std::string) -> Module * { return new Nothing("mine"); };
    auto made = [&](const char *op_type) {
        const std::unique_ptr<Module> module(creator->create(nullptr, op_type, "node"));
        return module ? std::string(module->name.c_str()) : "refused";
    };
    creator->clear();
    EXPECT_EQ(made("Relu"), "refused") << "nothing is registered";
    creator->register_module("Relu", mine);
    creator->register_dl_modules();
    EXPECT_EQ(made("Relu"), "mine") << "the user's stay";
    creator->register_module("Softmax", mine);
    EXPECT_EQ(made("Softmax"), "mine") << "and replace the library's own";
    creator->register_dl_modules();
    EXPECT_EQ(made("Softmax"), "mine");
    creator->register_module("Softmax", nullptr);
    EXPECT_EQ(made("Softmax"), "refused") << "an empty creator makes the operator unknown";
    creator->clear();
    EXPECT_EQ(made("Relu"), "refused");
    EXPECT_EQ(made("Mine"), "refused");
}

}  // namespace
