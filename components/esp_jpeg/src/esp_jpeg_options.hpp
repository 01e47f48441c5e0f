#pragma once

#include "tiny_jpeg.hpp"

/** The decoder that the app's configuration chooses. */
tiny_jpeg::Options esp_jpeg_options();
