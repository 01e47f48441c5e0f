#pragma once
#define PRIVATE_VALUE 6
