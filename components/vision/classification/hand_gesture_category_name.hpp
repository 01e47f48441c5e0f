/**
 * @file hand_gesture_category_name.hpp
 * The classes of the hand gesture network, in the order of its output.
 */
#pragma once

inline const char *hand_gesture_cat_names[] = {"one", "two",        "three", "four",    "five",   "like",
                                               "ok",  "no_gesture", "call",  "dislike", "no_hand"};
