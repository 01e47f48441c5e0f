/**
 * @file dl_base_kernel_name.hpp
 * The names of kernels: `dl_<isa>_<type>_<operation>[_<tile>]`. docs/glossary.md says what each part means. A table
 * whose name breaks this grammar does not compile.
 */
#pragma once

#include <cstddef>

namespace dl {
namespace base {

/** The words that may stand for `<isa>`, in the order of isa_t. */
constexpr const char *ISA_NAMES[] = {"reference", "avx2", "avxvnni", "avx512vnni", "amx", "neon_dotprod", "neon_i8mm"};

/** The words that may stand for `<type>`. */
constexpr const char *KERNEL_TYPES[] = {"s8", "s16", "f32", "real", "x8", "x16", "x32", "any"};

/** The parts of a kernel's name, as stretches of the text. A name that breaks the grammar has isa == -1. */
struct KernelNameParts {
    int isa = -1;   ///< index into ISA_NAMES, an isa_t
    int type = -1;  ///< index into KERNEL_TYPES
    size_t operation = 0, operation_length = 0;
    size_t tile = 0, tile_length = 0;  ///< length 0: no tile
};

/** Split a name. Used by the compiler and by tests; no kernel calls it. */
class KernelNameParser {
public:
    constexpr explicit KernelNameParser(const char *text) : m_text(text) {}

    constexpr KernelNameParts parse() {
        KernelNameParts parts;
        if (!take("dl")) {
            return {};
        }
        const int isa = take_one_of(ISA_NAMES, sizeof(ISA_NAMES) / sizeof(*ISA_NAMES));
        parts.type = isa < 0 ? -1 : take_one_of(KERNEL_TYPES, sizeof(KERNEL_TYPES) / sizeof(*KERNEL_TYPES));
        if (parts.type < 0 || !take_operation(parts) || !take_tile(parts)) {
            return {};
        }
        parts.isa = isa;
        return parts;
    }

private:
    static constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
    static constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /** A word that an underscore follows, and that underscore. */
    constexpr bool take(const char *word) {
        size_t at = m_at;
        for (; *word; word++, at++) {
            if (m_text[at] != *word) {
                return false;
            }
        }
        if (m_text[at] != '_') {
            return false;
        }
        m_at = at + 1;
        return true;
    }

    constexpr int take_one_of(const char *const *words, size_t count) {
        for (size_t i = 0; i < count; i++) {
            if (take(words[i])) {
                return static_cast<int>(i);
            }
        }
        return -1;
    }

    /** One or more words of small letters and digits, each of which begins with a letter. */
    constexpr bool take_operation(KernelNameParts &parts) {
        parts.operation = m_at;
        while (is_lower(m_text[m_at])) {
            while (is_lower(m_text[m_at]) || is_digit(m_text[m_at])) {
                m_at++;
            }
            parts.operation_length = m_at - parts.operation;
            if (m_text[m_at] != '_') {
                return m_text[m_at] == '\0';
            }
            m_at++;
        }
        return parts.operation_length > 0;
    }

    /** Nothing, a number, or two numbers with an `x` between them. */
    constexpr bool take_tile(KernelNameParts &parts) {
        if (m_text[m_at] == '\0') {
            return m_text[m_at - 1] != '_';
        }
        parts.tile = m_at;
        bool ends = take_number();
        if (ends && m_text[m_at] == 'x') {
            m_at++;
            ends = take_number();
        }
        parts.tile_length = m_at - parts.tile;
        return ends && m_text[m_at] == '\0';
    }

    constexpr bool take_number() {
        const size_t from = m_at;
        while (is_digit(m_text[m_at])) {
            m_at++;
        }
        return m_at > from;
    }

    const char *m_text;
    size_t m_at = 0;
};

constexpr KernelNameParts parse_kernel_name(const char *text) {
    return KernelNameParser(text).parse();
}

/** A text that the compiler has found to be a kernel's name. */
class KernelName {
public:
    template <size_t N>
    consteval KernelName(const char (&text)[N]) : m_text(text) {
        if (parse_kernel_name(text).isa < 0) {
            breaks_the_grammar_of_kernel_names();
        }
    }
    constexpr operator const char *() const { return m_text; }

private:
    static void breaks_the_grammar_of_kernel_names();  // defined nowhere: calling it is the compiler's error

    const char *m_text;
};

}  // namespace base
}  // namespace dl
