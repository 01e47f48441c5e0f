#pragma once

namespace hal {

/** What the bootloader does before the app: opens the flash file of this run, reads the partition table out of it and
 * prints it. Ends the process with exit code 2 when the flash cannot be used or the table is corrupt. Without a flash
 * file there is nothing to boot from, and nothing is checked. */
void boot_from_flash();

}  // namespace hal
