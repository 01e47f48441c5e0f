// ESP-DL includes it; none of what it declares is used in a header.
#pragma once
