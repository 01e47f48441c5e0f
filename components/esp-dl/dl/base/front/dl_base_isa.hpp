/**
 * @file dl_base_isa.hpp
 * On a chip: its assembly's entry points. There is none on a PC, and no app needs one: dl_base_*.hpp reach the same
 * operations.
 */
#pragma once
