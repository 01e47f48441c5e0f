/**
 * @file pictures.hpp
 * Which pictures an app works on, and where its drawings go.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dl_image_define.hpp"

/** The SD card, mounted while the object lives; a board without one, or an empty slot, is no error. */
class Pictures {
public:
    Pictures();
    ~Pictures();
    Pictures(const Pictures &) = delete;
    Pictures &operator=(const Pictures &) = delete;

    /** A picture file within the program. */
    struct Embedded {
        const char *name;
        const uint8_t *begin;
        const uint8_t *end;
    };

    /**
     * Call `use` with each picture of input/ on the card (.jpg, .png, .bmp; sorted by name) as RGB888, or, if there is
     * none, with the app's own. `name` is the file's without its ending. The pixels may be drawn on.
     * @return false if a picture could not be used: it is skipped, and the reason is logged
     */
    bool for_each(const Embedded &own, const std::function<void(const std::string &name, dl::image::img_t &img)> &use);

    /** Write output/<name>.png on the card; without a card a log line says that nothing is written. */
    void save(const std::string &name, const dl::image::img_t &img);

private:
    bool m_mounted = false;
};
