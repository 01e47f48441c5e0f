#!/usr/bin/env python3
"""ESP-DL's public names, checked against ours.

surface.txt lists, header by header, what a firmware app may use: macros, types, values, functions, classes with their
public and protected members. A line that starts with "-" is not there yet; one with "!" is left out on purpose.

  surface.py generate DIR           a source per header into DIR: it includes that header alone and uses every name. Headers
                                    that only include another one are checked in that one's source
  surface.py missing -- COMPILER... fail if a name that is marked "-" or "!" is there
  surface.py update -- COMPILER...  set and remove the marks "-" as the compiler finds the names

COMPILER is the compiler with the options that every generated source needs.
"""
import argparse
import concurrent.futures
import fnmatch
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, 'surface.txt')


class Line:
    """A line of the list: its mark, its text, its number, and for a class the lines of its members."""

    def __init__(self, number, mark, text):
        self.number, self.mark, self.text = number, mark, text
        self.members = []
        self.overloaded = False


class Header:
    def __init__(self, number, mark, name):
        self.number, self.mark, self.name = number, mark, name
        self.lines = []


def read_list(path):
    headers = []
    with open(path, encoding='utf-8') as file:
        for number, raw in enumerate(file, 1):
            raw = raw.rstrip('\n')
            if not raw.strip() or raw.startswith('#'):
                continue
            mark = raw[0] if raw[0] in '-!' else ''
            text = raw[1:] if mark else raw
            member = text.startswith('  ')
            text = text.strip()
            if text.startswith('['):
                headers.append(Header(number, mark, text[1:text.index(']')]))
            elif member:
                headers[-1].lines[-1].members.append(Line(number, mark, text))
            else:
                headers[-1].lines.append(Line(number, mark, text))
    for header in headers:
        functions = [l for l in header.lines if l.text.startswith('function ')]
        names = [parse_call(l.text)[1] for l in functions]
        for line, name in zip(functions, names):
            line.overloaded = names.count(name) > 1
    return headers


def split_types(text):
    """Splits at the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += c in '<(['
        depth -= c in '>)]'
        if c == ',' and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return [p for p in parts if p]


def parse_call(text):
    """'float f(int; float) const' -> ('float', 'f', ['int'], ['float'], ' const')"""
    match = re.search(r'([\w:~]+)\(', text)
    depth, end = 0, match.end() - 1
    for end in range(match.end() - 1, len(text)):
        depth += text[end] == '('
        depth -= text[end] == ')'
        if depth == 0:
            break
    arguments = text[match.end():end]
    # A semicolon stands before the arguments that may be left out.
    needed, _, optional = arguments.partition(';')
    return text[:match.start(1)].strip(), match.group(1), split_types(needed), split_types(optional), text[end + 1:]


def declare(types):
    return ', '.join('surface::arg<%s> a%d' % (t, i) for i, t in enumerate(types))


def forward(types):
    return ', '.join('static_cast<surface::fwd<%s>>(a%d)' % (t, i) for i, t in enumerate(types))


class Source:
    """A generated source: every check is told to be at its line of the list."""

    def __init__(self):
        self.text = []
        self.count = 0

    def add(self, number, text):
        self.text.append('#line %d "%s"\n%s\n' % (number, LIST, text))

    def name(self):
        self.count += 1
        return 'probe_%d' % self.count


def namespace_of(name):
    return '::'.join(name.split('::')[:-1])


def inside(namespace, text):
    return 'namespace %s { %s }' % (namespace, text) if namespace else text


def check_call(source, namespace, text, call, static=''):
    returned, name, needed, optional, const = parse_call(text)
    body = ''
    for arguments in ([needed, needed + optional] if optional else [needed]):
        # What returns nothing in ESP-DL may return something here: whether it worked.
        value = '' if returned == 'void' else 'return '
        body += '%s%s %s(%s)%s { %s%s(%s); } ' % (static, returned, source.name(), declare(arguments), const, value,
                                                  call % name, forward(arguments))
    return inside(namespace, body)


def check_member(source, member, class_name, plain_name):
    """Text for the inside of a class that is derived from the checked one, or for behind it."""
    text = member.text
    if text.startswith('protected '):
        text = text[len('protected '):]
    word, _, rest = text.partition(' ')
    if word in ('field', 'static', 'type', 'value', 'template') and not rest.startswith('method'):
        if '::' in rest:
            return 'using %s = decltype(%s::%s);' % (source.name(), class_name, rest), ''
        return 'using %s::%s;' % (class_name, rest), ''
    if word == 'operator':
        return 'using %s::%s;' % (class_name, re.match(r'operator(\(\)|[^(]+)', rest).group(0)), ''
    if word == 'constructor':
        needed, optional = rest[1:-1].partition(';')[::2]
        behind = ''
        for arguments in [split_types(needed)] + ([split_types(needed) + split_types(optional)] if optional else []):
            name = source.name()
            behind += 'struct %s : %s { USING %s(%s) : %s(%s) {} }; ' % (name, class_name, name, declare(arguments),
                                                                 'base', forward(arguments))
        return '', behind.replace('USING', 'using base = %s; TYPES' % class_name)
    if word == 'virtual':
        rest = rest[len('method '):]
        returned, name, needed, optional, const = parse_call(rest)
        probe = source.name()
        behind = 'struct %s : %s { using %s::%s; TYPES %s %s(%s)%s override; };' % (
            probe, class_name, class_name, plain_name, returned, name, ', '.join(needed + optional), const)
        text = rest
    elif word == 'static':
        rest = rest[len('method '):]
        return check_call(source, '', rest, class_name + '::%s', 'static '), ''
    else:
        behind = ''
        text = rest
    returned, name, needed, optional, const = parse_call(text)
    if name.startswith('~'):
        return '', ''
    return check_call(source, '', text, 'this->%s'), behind


def check_class(source, line, wanted):
    """Adds the checks of a class and of those members for which wanted() is true."""
    match = re.match(r'class ([\w:]+)(<.*?>)?(?: : (.*))?$', line.text)
    name, parameters, bases = match.groups()
    types = ''
    class_name = name
    if parameters:
        arguments = []
        for p in split_types(parameters[1:-1]):
            kind, _, rest = p.rpartition(' ')
            default = ''
            if '=' in rest:
                rest, _, default = rest.partition('=')
            if kind == 'typename':
                default = default or 'int8_t'
                types += 'using %s = %s; ' % (rest, default)
            else:
                default = default or ('false' if kind == 'bool' else '0' if '::' not in kind else '(%s)0' % kind)
            arguments.append(default)
        class_name += '<%s>' % ', '.join(arguments)
    plain = name.split('::')[-1]
    namespace = namespace_of(name)
    outer = namespace
    # A class inside a class: its checks stand in the namespace around both.
    while outer and outer.split('::')[-1][:1].isupper():
        outer = namespace_of(outer)
    if wanted(line):
        source.add(line.number, 'using %s = surface::whole<%s>;' % (source.name(), class_name))
        for base in split_types(bases or ''):
            source.add(line.number, inside(outer, 'static_assert(std::is_convertible_v<%s *, %s *>, "%s derives from %s");'
                                           % (class_name, base, name, base)))
    if line.mark:
        return
    members = [m for m in line.members if wanted(m)]
    if not members:
        return
    inner, behind = [], []
    for member in members:
        a, b = check_member(source, member, class_name, plain)
        # Overloads share their using-declaration.
        if a.startswith('using') and not member.mark and any(i.endswith('\n' + a) for i in inner):
            a = ''
        if a:
            inner.append('#line %d "%s"\n%s' % (member.number, LIST, a))
        if b:
            behind.append((member.number, b.replace('TYPES', types)))
    if inner:
        probe = source.name()
        source.add(line.number, inside(outer, 'struct %s : %s { using %s::%s; %s\n%s\n};'
                                       % (probe, class_name, class_name, plain, types, '\n'.join(inner))))
    for number, text in behind:
        source.add(number, inside(outer, text))


def check_line(source, line, wanted):
    word, _, rest = line.text.partition(' ')
    if word == 'class':
        check_class(source, line, wanted)
        return
    if not wanted(line):
        return
    namespace = namespace_of(rest)
    if word == 'macro':
        text = '#ifndef %s\n#line %d "%s"\nstatic_assert(false, "macro %s");\n#endif' % (rest, line.number, LIST, rest)
    elif word == 'type':
        text = inside(namespace, 'using %s = %s;' % (source.name(), rest))
    elif word == 'value':
        text = 'using %s = decltype(%s);' % (source.name(), rest)
    elif word == 'template':
        text = 'namespace %s { using ::%s; }' % (source.name(), rest)
    elif word == 'operator':
        text = 'namespace %s { using ::%s; }' % (source.name(), rest)
    else:
        returned, name, needed, optional, _ = parse_call(rest)
        text = check_call(source, namespace_of(name), rest, '::%s')
        if line.overloaded:
            # The exact type, so that no conversion of an argument hides that an overload is not there.
            text += ' ' + inside(namespace_of(name), 'using %s = decltype(static_cast<%s (*)(%s)>(&::%s));'
                                 % (source.name(), returned, ', '.join(needed + optional), name))
    source.add(line.number, text)


PRELUDE = '''// Generated by surface.py.
%s
#include <cstdint>
#include <type_traits>
namespace surface {
template <typename T> using arg = std::conditional_t<std::is_array_v<T>, std::decay_t<T>, T>;
template <typename T> using fwd = arg<T> &&;
template <typename T, int = sizeof(T)> struct whole_t { using type = T; };
template <typename T> using whole = typename whole_t<T>::type;
}  // namespace surface
'''


def present(line):
    return not line.mark


def write_headers(headers, wanted, path):
    source = Source()
    for header in headers:
        for line in header.lines:
            check_line(source, line, wanted)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(PRELUDE % '\n'.join('#include "%s"' % header.name for header in headers))
        file.write('\n'.join(source.text))


def only_include(name, folders):
    """The header that this one includes, if it has one include and nothing else; else its own name."""
    found = [os.path.join(folder, name) for folder in folders if os.path.exists(os.path.join(folder, name))]
    if len(found) != 1:
        return name
    with open(found[0], encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/|//[^\n]*', '', file.read(), flags=re.DOTALL)
    lines = [line.strip() for line in text.split('\n') if line.strip() and line.strip() != '#pragma once']
    match = re.fullmatch(r'#include "([^"]+)"', lines[0]) if len(lines) == 1 else None
    return match.group(1) if match else name


def compile_source(compiler, path):
    done = subprocess.run(compiler + ['-fsyntax-only', path], capture_output=True, text=True)
    return done.stderr


def bad_lines(messages):
    """Numbers of the lines of the list that an error names, be it as the place of an instantiation."""
    numbers, pending = set(), set()
    for line in messages.splitlines():
        here = [int(n) for n in re.findall(re.escape(LIST) + r':(\d+):', line)]
        if 'required from' in line or 'In instantiation' in line or 'note: in instantiation' in line:
            pending.update(here)
        elif ' error: ' in line or 'fatal error' in line:
            numbers.update(here)
            numbers.update(pending)
            pending = set()
    return numbers


def generate(folder):
    os.makedirs(folder, exist_ok=True)
    components = os.path.join(HERE, *[os.pardir] * 4, 'components')
    folders = [path for path, _, files in os.walk(components) if any(name.endswith(('.h', '.hpp')) for name in files)]
    groups = {}
    for header in read_list(LIST):
        if not header.mark:
            groups.setdefault(only_include(header.name, folders), []).append(header)
    for name, headers in groups.items():
        # The header itself comes first: it has to do without the others.
        headers.sort(key=lambda header: header.name != name)
        path = os.path.join(folder, 'surface_%s.cpp' % name.replace('.', '_').replace('/', '_'))
        new = path + '.new'
        write_headers(headers, present, new)
        # Unchanged sources keep their time.
        if os.path.exists(path) and open(path, encoding='utf-8').read() == open(new, encoding='utf-8').read():
            os.remove(new)
        else:
            os.replace(new, path)
        print(path)


def header_exists(compiler, header, folder):
    path = os.path.join(folder, 'has_%s.cpp' % header.name.replace('.', '_'))
    with open(path, 'w', encoding='utf-8') as file:
        file.write('#if !__has_include("%s")\n#error absent\n#endif\n' % header.name)
    return 'absent' not in compile_source(compiler, path)


def missing(compiler):
    """One source with all headers that are there and all names that should not be."""
    headers = read_list(LIST)
    source = Source()
    expected = {}
    for header in headers:
        if header.mark:
            source.add(header.number, '#if !__has_include("%s")\n#line %d "%s"\nstatic_assert(false, "absent");\n#endif'
                       % (header.name, header.number, LIST))
            expected[header.number] = header.name
            continue
        for line in header.lines:
            check_line(source, line, lambda l: l.mark)
            for one in [line] + ([] if line.mark else line.members):
                if one.mark:
                    expected[one.number] = one.text
    if not expected:
        print('Nothing is missing.')
        return 0
    includes = '\n'.join('#include "%s"' % h.name for h in headers if not h.mark)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'missing.cpp')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(PRELUDE % includes)
            file.write('\n'.join(source.text))
        messages = compile_source(compiler, path)
    if 'fatal error' in messages:
        print('%s does not compile:\n%s' % (LIST, messages[:1000]))
        return 1
    bad = bad_lines(messages)
    appeared = sorted(set(expected) - bad)
    for number in appeared:
        print('%s:%d: is there now: %s. Remove its mark.' % (LIST, number, expected[number]))
    print('%d names and headers of ESP-DL are not there.' % len(expected))
    return 1 if appeared else 0


def update(compiler, only):
    with open(LIST, encoding='utf-8') as file:
        text = file.read().split('\n')
    headers = [h for h in read_list(LIST) if h.mark != '!' and fnmatch.fnmatch(h.name, only)]

    def find(header):
        """Lines to mark; None for the header itself."""
        with tempfile.TemporaryDirectory() as folder:
            if not header_exists(compiler, header, folder):
                return None
            for one in header.lines + [m for l in header.lines for m in l.members]:
                if one.mark == '-':
                    one.mark = ''
            path = os.path.join(folder, 'check.cpp')
            bad = set()
            # A class that is missing hides what is wrong with its members: try again without what was found.
            for _ in range(6):
                write_headers([header], present, path)
                messages = compile_source(compiler, path)
                new = bad_lines(messages)
                known = {l.number: l for l in header.lines + [m for k in header.lines for m in k.members]}
                if not new - bad:
                    if messages and 'error' in messages:
                        print('%s does not compile alone:\n%s' % (header.name, messages[:600]))
                    break
                bad |= new
                for number in new:
                    if number in known:
                        known[number].mark = '-'
            return bad

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(find, headers))
    count = 0
    for header, bad in zip(headers, found):
        numbers = [header.number] + [l.number for l in header.lines] + [m.number for l in header.lines for m in l.members]
        for number in numbers:
            index = number - 1
            if text[index].startswith('!'):
                continue
            text[index] = text[index].lstrip('-')
            if (bad is None and number == header.number) or (bad is not None and number in bad):
                text[index] = '-' + text[index]
                count += 1
    with open(LIST, 'w', encoding='utf-8') as file:
        file.write('\n'.join(text))
    print('%d marks' % count)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('command', choices=['generate', 'missing', 'update'])
    parser.add_argument('--only', default=os.environ.get('SURFACE_ONLY', '*'), help='update: these headers, e.g. dl_image_*')
    parser.add_argument('rest', nargs='*')
    args = parser.parse_args()
    if args.command == 'generate':
        return generate(args.rest[0])
    return missing(args.rest) if args.command == 'missing' else update(args.rest, args.only)


if __name__ == '__main__':
    sys.exit(main())
