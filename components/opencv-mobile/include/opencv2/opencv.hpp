#pragma once

// As opencv-mobile's: its modules. Debian's own header of this name includes modules that are not part of it.
#include "opencv2/core.hpp"
#include "opencv2/features2d.hpp"
#include "opencv2/imgproc.hpp"
#include "opencv2/photo.hpp"
#include "opencv2/video.hpp"
