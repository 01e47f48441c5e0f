// A path on the card is the same thing for fopen, POSIX calls, std::fstream and std::filesystem.

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "../storage_test.hpp"
#include "esp_vfs_fat.h"

namespace {

namespace fs = std::filesystem;
using hal_test::TempDir;

/** Calls f and gives the errno it left, 0 when it succeeded. */
template <typename F>
int error_of(F f) {
    errno = 0;
    return f() ? 0 : errno;
}

class Vfs : public testing::Test {
protected:
    void SetUp() override {
        hal_test::start_board("", m_dir.path());
        mount();
    }
    void TearDown() override {
        if (m_card != nullptr) {
            esp_vfs_fat_sdcard_unmount("/sdcard", m_card);
        }
    }
    void mount(int max_files = 5) {
        const sdmmc_host_t host = SDMMC_HOST_DEFAULT();
        esp_vfs_fat_sdmmc_mount_config_t config = {.format_if_mount_failed = false,
                                                   .max_files = max_files,
                                                   .allocation_unit_size = 0,
                                                   .disk_status_check_enable = false,
                                                   .use_one_fat = false};
        ASSERT_EQ(esp_vfs_fat_sdmmc_mount("/sdcard", &host, nullptr, &config, &m_card), ESP_OK);
    }
    void unmount() {
        ASSERT_EQ(esp_vfs_fat_sdcard_unmount("/sdcard", m_card), ESP_OK);
        m_card = nullptr;
    }
    void host_file(const std::string &name, const std::string &text) {
        fs::create_directories(fs::path(m_dir / name).parent_path());
        std::ofstream(m_dir / name, std::ios::binary) << text;
    }
    std::string host_text(const std::string &name) {
        std::ifstream in(m_dir / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    TempDir m_dir;
    sdmmc_card_t *m_card = nullptr;
};

TEST_F(Vfs, Stdio) {
    FILE *f = fopen("/sdcard/a.txt", "w");
    ASSERT_NE(f, nullptr);
    EXPECT_GT(fprintf(f, "line %d\nsecond\n", 1), 0);
    EXPECT_EQ(fputs("third", f), 1);
    EXPECT_EQ(fclose(f), 0);
    EXPECT_EQ(host_text("a.txt"), "line 1\nsecond\nthird");

    f = fopen("/sdcard/a.txt", "rb");
    ASSERT_NE(f, nullptr);
    char line[32];
    EXPECT_STREQ(fgets(line, sizeof(line), f), "line 1\n");
    EXPECT_EQ(fseek(f, 0, SEEK_END), 0);
    EXPECT_EQ(ftell(f), 19);
    rewind(f);
    EXPECT_EQ(fseek(f, -5, SEEK_END), 0);
    EXPECT_EQ(fread(line, 1, sizeof(line), f), 5u);
    EXPECT_EQ(memcmp(line, "third", 5), 0);
    EXPECT_TRUE(feof(f));
    EXPECT_EQ(fgetc(f), EOF);
    struct stat status = {};
    EXPECT_EQ(fstat(fileno(f), &status), 0);
    EXPECT_EQ(status.st_size, 19);
    EXPECT_EQ(fclose(f), 0);

    f = fopen("/sdcard/a.txt", "a+");
    fputs("!", f);
    fclose(f);
    EXPECT_EQ(host_text("a.txt"), "line 1\nsecond\nthird!");
    f = fopen("/sdcard/a.txt", "r+");
    fputs("LINE", f);
    fclose(f);
    EXPECT_EQ(host_text("a.txt").substr(0, 6), "LINE 1");
    EXPECT_EQ(error_of([] { return fopen("/sdcard/a.txt", "wx") != nullptr; }), EEXIST);
    EXPECT_EQ(error_of([] { return fopen("/sdcard/none.txt", "r") != nullptr; }), ENOENT);
    EXPECT_EQ(error_of([] { return fopen("/sdcard/a.txt", "q") != nullptr; }), EINVAL);
    EXPECT_EQ(error_of([] { return fopen("/sdcard/no/dir.txt", "w") != nullptr; }), ENOENT);
}

TEST_F(Vfs, LargeFileInOneRead) {
    std::string text(3 << 20, 'x');
    for (size_t i = 0; i < text.size(); i++) {
        text[i] = static_cast<char>(i * 2654435761u >> 24);
    }
    host_file("model.espdl", text);
    FILE *f = fopen("/sdcard/model.espdl", "rb");
    ASSERT_NE(f, nullptr);
    std::string got(text.size(), 0);
    EXPECT_EQ(fread(got.data(), 1, got.size(), f), got.size());
    EXPECT_EQ(got, text);
    fclose(f);
}

TEST_F(Vfs, Streams) {
    {
        std::ofstream out("/sdcard/s.txt");
        ASSERT_TRUE(out.is_open());
        out << "number " << 42 << '\n';
    }
    std::ifstream in("/sdcard/S.TXT");
    ASSERT_TRUE(in.is_open());
    std::string word;
    int number = 0;
    in >> word >> number;
    EXPECT_EQ(number, 42);
    in.seekg(0, std::ios::end);
    EXPECT_EQ(in.tellg(), 10);
    in.close();
    EXPECT_FALSE(std::ifstream("/sdcard/other.txt").is_open());
}

TEST_F(Vfs, Filesystem) {
    EXPECT_TRUE(fs::create_directories("/sdcard/out/deep"));
    EXPECT_TRUE(fs::is_directory("/sdcard/OUT"));
    std::ofstream("/sdcard/out/a.bin") << "12345";
    EXPECT_EQ(fs::file_size("/sdcard/out/a.bin"), 5u);
    EXPECT_TRUE(fs::exists("/sdcard/out/a.bin"));
    EXPECT_FALSE(fs::exists("/sdcard/out/b.bin"));
    fs::copy_file("/sdcard/out/a.bin", "/sdcard/out/b.bin");
    EXPECT_EQ(host_text("out/b.bin"), "12345");
    fs::copy_file("/sdcard/out/a.bin", m_dir / "../copy-" + std::to_string(getpid()));
    fs::remove(m_dir / "../copy-" + std::to_string(getpid()));
    fs::rename("/sdcard/out/b.bin", "/sdcard/out/c.bin");
    fs::resize_file("/sdcard/out/c.bin", 3);
    EXPECT_EQ(host_text("out/c.bin"), "123");
    std::set<std::string> seen;
    for (const auto &entry : fs::directory_iterator("/sdcard/out")) {
        seen.insert(entry.path().string());
    }
    EXPECT_THAT(seen, testing::ElementsAre("/sdcard/out/a.bin", "/sdcard/out/c.bin", "/sdcard/out/deep"));
    int files = 0;
    for (const auto &entry : fs::recursive_directory_iterator("/sdcard")) {
        files += entry.is_regular_file();
    }
    EXPECT_EQ(files, 2);
    EXPECT_EQ(fs::canonical("/sdcard/out/deep/../A.bin"), "/sdcard/out/a.bin");
    EXPECT_EQ(fs::weakly_canonical("/sdcard/out/new.txt"), "/sdcard/out/new.txt");
    EXPECT_TRUE(fs::remove("/sdcard/out/a.bin"));
    EXPECT_GT(fs::remove_all("/sdcard/out"), 0u);
    EXPECT_FALSE(fs::exists(m_dir / "out"));
    fs::last_write_time("/sdcard", fs::file_time_type::clock::now());
}

TEST_F(Vfs, Posix) {
    const int fd = open("/sdcard/p.bin", O_RDWR | O_CREAT | O_TRUNC, 0644);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(write(fd, "abcdef", 6), 6);
    EXPECT_EQ(pwrite(fd, "XY", 2, 1), 2);
    struct iovec parts[2] = {{const_cast<char *>("gh"), 2}, {const_cast<char *>("ij"), 2}};
    EXPECT_EQ(writev(fd, parts, 2), 4);
    char text[16] = {};
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT_EQ(read(fd, text, sizeof(text)), 10);
    EXPECT_STREQ(text, "aXYdefghij");
    EXPECT_EQ(pread(fd, text, 2, 8), 2);
    EXPECT_EQ(ftruncate(fd, 4), 0);
    EXPECT_EQ(fsync(fd), 0);
    EXPECT_EQ(close(fd), 0);
    struct stat status = {};
    EXPECT_EQ(stat("/sdcard/P.BIN", &status), 0);
    EXPECT_EQ(status.st_size, 4);
    EXPECT_EQ(lstat("/sdcard/p.bin", &status), 0);
    EXPECT_EQ(access("/sdcard/p.bin", R_OK | W_OK), 0);
    EXPECT_EQ(error_of([] { return access("/sdcard/q.bin", F_OK) == 0; }), ENOENT);
    EXPECT_EQ(truncate("/sdcard/p.bin", 2), 0);
    EXPECT_EQ(host_text("p.bin"), "aX");
    const struct utimbuf times = {1000000000, 1000000000};
    EXPECT_EQ(utime("/sdcard/p.bin", &times), 0);
    EXPECT_EQ(stat("/sdcard/p.bin", &status), 0);
    EXPECT_EQ(status.st_mtime, 1000000000);

    EXPECT_EQ(mkdir("/sdcard/d", 0777), 0);
    EXPECT_EQ(error_of([] { return mkdir("/sdcard/D", 0777) == 0; }), EEXIST);
    const int dir = open("/sdcard/d", O_RDONLY | O_DIRECTORY);
    ASSERT_GE(dir, 0);
    const int inner = openat(dir, "x.txt", O_CREAT | O_WRONLY, 0644);
    ASSERT_GE(inner, 0);
    close(inner);
    EXPECT_EQ(fstatat(dir, "x.txt", &status, 0), 0);
    EXPECT_EQ(unlinkat(dir, "x.txt", 0), 0);
    close(dir);
    EXPECT_EQ(rmdir("/sdcard/d"), 0);
    EXPECT_EQ(rename("/sdcard/p.bin", "/sdcard/r.bin"), 0);
    EXPECT_EQ(remove("/sdcard/r.bin"), 0);
    EXPECT_EQ(error_of([] { return unlink("/sdcard/r.bin") == 0; }), ENOENT);
}

TEST_F(Vfs, CallsOfMoreThanOneKind) {
    const int fd = open("/sdcard/p.bin", O_CREAT | O_RDWR, 0644);
    ASSERT_GE(fd, 0);
    char first[] = "ab", second[] = "cde";
    const struct iovec parts[] = {{first, 2}, {second, 3}};
    EXPECT_EQ(writev(fd, parts, 2), 5);
    first[0] = second[0] = '-';
    ASSERT_EQ(lseek(fd, 1, SEEK_SET), 1);
    EXPECT_EQ(readv(fd, parts, 2), 4);
    EXPECT_STREQ(first, "bc");
    EXPECT_STREQ(second, "dee");
    struct stat status = {};
    EXPECT_EQ(fstatat(fd, "", &status, AT_EMPTY_PATH), 0);
    EXPECT_EQ(status.st_size, 5);
    close(fd);

    const struct timeval times[2] = {{1000000000, 0}, {1100000000, 0}};
    EXPECT_EQ(utimes("/sdcard/p.bin", times), 0);
    EXPECT_EQ(stat("/sdcard/p.bin", &status), 0);
    EXPECT_EQ(status.st_mtime, 1100000000);
    EXPECT_EQ(utime("/sdcard/p.bin", nullptr), 0);
    EXPECT_EQ(stat("/sdcard/p.bin", &status), 0);
    EXPECT_GT(status.st_mtime, 1100000000);

    EXPECT_EQ(error_of([] { return symlink("/sdcard/p.bin", "/sdcard/l.bin") == 0; }), EPERM);
    EXPECT_EQ(error_of([] { return link("/sdcard/p.bin", "/sdcard/l.bin") == 0; }), EPERM);
    char name[16];
    EXPECT_EQ(error_of([&] { return readlink("/sdcard/p.bin", name, sizeof(name)) >= 0; }), EINVAL);
    EXPECT_EQ(error_of([&] { return readlink("/sdcard/none", name, sizeof(name)) >= 0; }), ENOENT);
    EXPECT_EQ(chmod("/sdcard/p.bin", 0444), 0);
    EXPECT_EQ(renameat(AT_FDCWD, "/sdcard/p.bin", AT_FDCWD, "/sdcard/r.bin"), 0);
    EXPECT_EQ(host_text("r.bin"), "abcde");
}

TEST_F(Vfs, FoldersListWhatFatKnows) {
    host_file("Pictures/One.JPG", "1");
    host_file("Pictures/two.png", "2");
    host_file("Pictures/what?.png", "3");
    fs::create_symlink("/etc/passwd", m_dir / "Pictures/link.png");
    DIR *dir = opendir("/sdcard/pictures");
    ASSERT_NE(dir, nullptr);
    std::set<std::string> names;
    while (const dirent *entry = readdir(dir)) {
        names.insert(entry->d_name);
    }
    EXPECT_EQ(closedir(dir), 0);
    EXPECT_THAT(names, testing::ElementsAre("One.JPG", "two.png"));
    struct dirent **list = nullptr;
    const int count = scandir("/sdcard/Pictures", &list, nullptr, alphasort);
    ASSERT_EQ(count, 2);
    EXPECT_STREQ(list[0]->d_name, "One.JPG");
    for (int i = 0; i < count; i++) {
        free(list[i]);
    }
    free(list);
    EXPECT_EQ(error_of([] { return opendir("/sdcard/none") != nullptr; }), ENOENT);
}

TEST_F(Vfs, NamesAreFats) {
    std::ofstream("/sdcard/Mixed Case.Txt") << "x";
    EXPECT_TRUE(fs::exists("/sdcard/MIXED case.tXT"));
    std::ofstream("/sdcard/MIXED CASE.TXT") << "yy";
    EXPECT_EQ(host_text("Mixed Case.Txt"), "yy") << "the same file";
    for (const char *bad : {"a?b", "a*b", "a:b", "a<b", "a>b", "a|b", "a\"b", "a\\b", "a\x01z"}) {
        EXPECT_EQ(error_of([&] { return fopen((std::string("/sdcard/") + bad).c_str(), "w") != nullptr; }), EINVAL)
            << bad;
    }
    EXPECT_EQ(error_of([] { return mkdir(("/sdcard/" + std::string(256, 'n')).c_str(), 0777) == 0; }), EINVAL);
    EXPECT_EQ(mkdir(("/sdcard/" + std::string(255, 'n')).c_str(), 0777), 0);
    std::ofstream("/sdcard/dots...") << "z";
    EXPECT_TRUE(fs::exists(m_dir / "dots"));
    EXPECT_EQ(error_of([] { return rename("/sdcard/dots", "/sdcard/mixed case.txt") == 0; }), EEXIST)
        << "FAT does not replace";
    EXPECT_EQ(rename("/sdcard/dots", "/sdcard/DOTS"), 0) << "but changes the spelling";
    EXPECT_TRUE(fs::exists(m_dir / "DOTS"));
    EXPECT_EQ(error_of([] { return symlink("/etc", "/sdcard/l") == 0; }), EPERM);
}

TEST_F(Vfs, NothingLeadsOutOfTheCard) {
    TempDir outside;
    std::ofstream(outside / "secret.txt") << "secret";
    fs::create_directory_symlink(outside.path(), m_dir / "way");
    fs::create_symlink(outside / "secret.txt", m_dir / "file.txt");
    ASSERT_EQ(mkfifo((m_dir / "pipe").c_str(), 0666), 0);
    EXPECT_EQ(error_of([] { return open("/sdcard/pipe", O_RDONLY) >= 0; }), ENOENT) << "instead of waiting for ever";
    const std::string up = "/sdcard/../" + outside.path() + "/secret.txt";
    for (const std::string &path :
         {std::string("/sdcard/way/secret.txt"), std::string("/sdcard/file.txt"),
          std::string("/sdcard/..") + outside.path() + "/secret.txt", up,
          std::string("/sdcard/x/../../../../../../../..") + outside.path() + "/secret.txt"}) {
        EXPECT_EQ(error_of([&] { return fopen(path.c_str(), "r") != nullptr; }), ENOENT) << path;
        EXPECT_EQ(error_of([&] { return open(path.c_str(), O_RDWR | O_CREAT, 0644) >= 0; }), ENOENT) << path;
        EXPECT_FALSE(fs::exists(path)) << path;
        EXPECT_EQ(error_of([&] { return unlink(path.c_str()) == 0; }), ENOENT) << path;
    }
    const int dir = open("/sdcard", O_RDONLY | O_DIRECTORY);
    ASSERT_GE(dir, 0);
    EXPECT_EQ(error_of([&] { return openat(dir, "../secret.txt", O_RDONLY) >= 0; }), ENOENT);
    EXPECT_EQ(error_of([&] { return openat(dir, "way", O_RDONLY | O_DIRECTORY) >= 0; }), ENOENT);
    close(dir);
    EXPECT_TRUE(fs::exists(outside / "secret.txt"));
}

TEST_F(Vfs, TheSixthOpenFileFails) {
    host_file("a", "a");
    std::vector<FILE *> files;
    for (int i = 0; i < 5; i++) {
        files.push_back(fopen("/sdcard/a", "r"));
        ASSERT_NE(files.back(), nullptr);
    }
    EXPECT_EQ(error_of([] { return fopen("/sdcard/a", "r") != nullptr; }), ENFILE);
    EXPECT_EQ(error_of([] { return open("/sdcard/b", O_CREAT | O_WRONLY, 0644) >= 0; }), ENFILE);
    EXPECT_FALSE(std::ifstream("/sdcard/a").is_open());
    EXPECT_FALSE(fs::exists(m_dir / "b"));
    fclose(files.back());
    files.pop_back();
    const int fd = open("/sdcard/a", O_RDONLY);
    EXPECT_GE(fd, 0);
    FILE *again = fdopen(fd, "r");
    ASSERT_NE(again, nullptr);
    EXPECT_EQ(fgetc(again), 'a');
    fclose(again);
    {
        std::ifstream in("/sdcard/a");
        EXPECT_TRUE(in.is_open());
    }
    EXPECT_TRUE(std::ifstream("/sdcard/a").is_open());
    for (FILE *f : files) {
        fclose(f);
    }
    // Outside the card there is no such limit.
    std::vector<std::ifstream> many;
    for (int i = 0; i < 20; i++) {
        many.emplace_back(m_dir / "a");
        EXPECT_TRUE(many.back().is_open());
    }
}

TEST_F(Vfs, UnmountedThereIsNothing) {
    host_file("a.txt", "a");
    FILE *open_file = fopen("/sdcard/a.txt", "r");
    ASSERT_NE(open_file, nullptr);
    setvbuf(open_file, nullptr, _IONBF, 0);
    unmount();
    EXPECT_EQ(error_of([] { return fopen("/sdcard/a.txt", "r") != nullptr; }), ENOENT);
    EXPECT_EQ(error_of([] { return fopen("/sdcard/b.txt", "w") != nullptr; }), ENOENT);
    EXPECT_FALSE(fs::exists("/sdcard"));
    EXPECT_FALSE(std::ifstream("/sdcard/a.txt").is_open());
    EXPECT_EQ(error_of([] { return mkdir("/sdcard/x", 0777) == 0; }), ENOENT);
    EXPECT_EQ(error_of([] { return opendir("/sdcard") != nullptr; }), ENOENT);
    EXPECT_EQ(error_of([&] { return fgetc(open_file) != EOF; }), EIO) << "a file that was open";
    EXPECT_EQ(fclose(open_file), 0);
    mount();
    EXPECT_TRUE(fs::exists("/sdcard/a.txt"));
}

TEST_F(Vfs, PathsOfTheHostAreNotTouched) {
    EXPECT_TRUE(fs::exists("/sdcard/"));
    EXPECT_FALSE(fs::exists("/sdcardx"));
    TempDir other;
    std::ofstream(other / "a:b?.txt") << "fine here";
    EXPECT_TRUE(fs::exists(other / "a:b?.txt"));
    fs::create_symlink(other / "a:b?.txt", other / "link");
    EXPECT_TRUE(fs::is_symlink(other / "link"));
    EXPECT_EQ(error_of([&] { return rename((other / "link").c_str(), "/sdcard/link") == 0; }), EXDEV);
}

TEST_F(Vfs, FreopenSendsAStreamToTheCard) {
    FILE *f = fopen((m_dir / "first.txt").c_str(), "w");
    ASSERT_NE(f, nullptr);
    f = freopen("/sdcard/second.txt", "w", f);
    ASSERT_NE(f, nullptr);
    fputs("here", f);
    fclose(f);
    EXPECT_EQ(host_text("second.txt"), "here");
}

TEST_F(Vfs, SendfileBothWays) {
    host_file("from", "0123456789");
    const int in = open("/sdcard/from", O_RDONLY);
    const int out = open("/sdcard/to", O_WRONLY | O_CREAT, 0644);
    EXPECT_EQ(sendfile(out, in, nullptr, 4), 4);
    off_t offset = 6;
    EXPECT_EQ(sendfile(out, in, &offset, 10), 4);
    EXPECT_EQ(offset, 10);
    close(in);
    close(out);
    EXPECT_EQ(host_text("to"), "01236789");
}

}  // namespace
