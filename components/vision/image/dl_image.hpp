/**
 * @file dl_image.hpp
 * Includes all headers about pictures.
 */
#pragma once

#include "dl_image_bmp.hpp"
#include "dl_image_caps.hpp"
#include "dl_image_color.hpp"
#include "dl_image_define.hpp"
#include "dl_image_draw.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg.hpp"
#include "dl_image_pixel_cvt_dispatch.hpp"
#include "dl_image_png.hpp"
#include "dl_image_ppa.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_image_process.hpp"
