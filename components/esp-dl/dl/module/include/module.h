/**
 * @file module.h
 * The name under which the user guide's tutorial includes the base class.
 */
#pragma once

#include "dl_module_base.hpp"
#include "dl_module_creator.hpp"
