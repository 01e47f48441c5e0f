#include "esp_jpeg_options.hpp"

#include "sdkconfig.h"

// Of what belongs to the component's own decoder, the ROM's has fixed values.
#ifdef CONFIG_JD_USE_ROM
#define CONFIG_JD_SZBUF 512
#define CONFIG_JD_FASTDECODE 0
#define CONFIG_JD_TBLCLIP 1
#endif

tiny_jpeg::Options esp_jpeg_options() {
    tiny_jpeg::Options options = {};
#ifdef CONFIG_JD_USE_ROM
    options.is_rom = true;
#endif
    options.fast_decode = CONFIG_JD_FASTDECODE;
    options.stream_buffer = CONFIG_JD_SZBUF;
#ifdef CONFIG_JD_TBLCLIP
    options.has_clip_table = true;
#endif
#ifdef CONFIG_JD_DEFAULT_HUFFMAN
    options.has_default_huffman = true;
#endif
    return options;
}
