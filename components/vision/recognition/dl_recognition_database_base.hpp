/**
 * @file dl_recognition_database_base.hpp
 * The database of ESP-DL 3.0, which mounts its file system itself. Since 3.1 a database is a file.
 */
#pragma once

#error "ESP-DL 3.0's face database is not emulated: use human_face_recognition 0.2 or newer, whose database is a file"
