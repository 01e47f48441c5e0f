/**
 * @file load_samples.hpp
 * Samples from .npy files, or from pictures prepared as firmware prepares them.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/samples.hpp"

namespace quantize {

/** How firmware makes its input of a picture: the arguments of ImagePreprocessor. */
struct PictureOptions {
    std::vector<float> mean, std;  ///< one for each channel of the model, on the scale 0 to 255
    bool bgr = false;
    std::optional<std::vector<uint8_t>> letterbox;  ///< the colour around the picture
    int width = 0, height = 0;                      ///< 0: the model's
    int resize = 0;  ///< the shorter side becomes so long, and the centre is read; 0: the whole picture

    /** Whether the user has said what the model's input is. */
    bool given() const { return !mean.empty() || !std.empty() || bgr || letterbox || resize; }
};

/**
 * Samples of all inputs. An argument is INPUT=PATH, or PATH for the inputs in the graph's order; a path is a .npy file,
 * an .npz file (of arrays <input> or calib_<input>, of all inputs if it stands alone), a picture, or a folder: of
 * calib_<input>.npy or <input>.npy files, of pictures, of .npz files, or of any .npy files if there is one input; the
 * last two one behind the other in the order of their names. "random" alone: 32 samples of
 * normally distributed values, always the same; zeros for integers.
 * @param what the option, for messages
 */
Samples load_samples(const Graph &graph, const std::vector<std::string> &arguments, const PictureOptions &pictures,
                     const std::string &what);

/** Throws Error if the options do not fit the graph's picture input. @return that input, nullptr if there is none */
const Var *check_pictures(const Graph &graph, const PictureOptions &pictures);

}  // namespace quantize
