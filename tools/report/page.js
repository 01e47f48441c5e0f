// The page of `fw report`. All texts come from files and names that nobody has checked: they become text nodes, never HTML.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const page = document.getElementById("page");
  const SVG = "http://www.w3.org/2000/svg";

  // An element with attributes and children; a string among the children is text.
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick" || name === "oninput") {
        element[name] = value;
      } else if (value !== null && value !== undefined) {
        element.setAttribute(name, value);
      }
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined).map((child) => (typeof child === "number" ? String(child) : child)));
    return element;
  }
  function svg(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  function number(value, digits = 3) {
    if (value === null || value === undefined || !Number.isFinite(value)) {
      return "–";
    }
    if (value !== 0 && Math.abs(value) < 0.001) {
      return value.toExponential(1);
    }
    return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(digits)));
  }
  function bytes(value) {
    if (value === null || value === undefined) {
      return "–";
    }
    return value >= 1 << 20 ? number(value / (1 << 20)) + " MB" : value >= 1024 ? number(value / 1024) + " KB" : value + " B";
  }
  const milliseconds = (us) => number(us / 1e3);
  const short = (text, length) => (text.length > length ? "…" + text.slice(1 - length) : text);

  // --- charts ---

  const plots = [];
  // make(width) gives uPlot's options and data; drawn anew for another width or another colour scheme.
  function chart(parent, make) {
    const box = h("div", { class: "plot" });
    parent.append(box);
    plots.push({ box, make, plot: null, width: 0 });
  }
  function draw(entry) {
    const width = entry.box.clientWidth;
    if (width > 0) {
      if (entry.plot) {
        entry.plot.destroy();
      }
      const { options, values } = entry.make(width);
      entry.width = width;
      entry.plot = new uPlot({ width, ...options }, values, entry.box);
    }
  }
  const drawAll = () => plots.forEach(draw);
  const axis = (label, format, more) => ({
    label, stroke: colour("text"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, values: format, ...more,
  });
  const plain = (self, ticks) => ticks.map((tick) => (tick === null ? "" : number(tick)));

  // --- tables ---

  // columns: [{title, value(row), text(row), cell(row), number}]. Clicking on a heading sorts.
  function table(columns, rows, options = {}) {
    const body = h("tbody");
    let order = { column: -1, down: true };
    const headings = columns.map((column, at) => h("th", { class: column.number ? "number" : null, "aria-sort": "none" }, h("button", { type: "button", onclick: () => sort(at) }, column.title)));
    const lines = rows.map((row) => {
      const line = h("tr", {}, columns.map((column) => h("td", { class: column.number ? "number" : null }, column.cell ? column.cell(row) : column.text ? column.text(row) : String(column.value(row)))));
      line.row = row;
      return line;
    });
    function sort(at) {
      order = { column: at, down: order.column === at ? !order.down : Boolean(columns[at].number) };
      const key = (line) => columns[at].value(line.row);
      const sorted = [...lines].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        const less = typeof x === "string" ? x.localeCompare(y) : (x ?? -Infinity) - (y ?? -Infinity);
        return order.down ? -less : less;
      });
      body.replaceChildren(...sorted);
      headings.forEach((heading, i) => heading.setAttribute("aria-sort", i !== at ? "none" : order.down ? "descending" : "ascending"));
    }
    body.append(...lines);
    const element = h("div", { class: "scroll" + (options.tall ? " tall" : "") }, h("table", {}, h("thead", {}, h("tr", {}, headings)), body));
    return { element, lines, sort };
  }

  function facts(rows) {
    return h("dl", { class: "facts" }, rows.map(([label, text]) => [h("dt", {}, label), h("dd", {}, text)]));
  }
  const tile = (label, value, more) => h("div", { class: "tile" }, h("span", { class: "weak" }, label), h("b", {}, value), more ? h("span", { class: "weak" }, more) : null);

  // --- the parts of a model ---

  const PARTS = [["compute_us", "compute", "computing"], ["psram_us", "psram", "waiting for PSRAM"], ["flash_us", "flash", "waiting for flash"], ["cache_us", "here", "waiting for the second-level cache"]];
  const legend = (parts) => h("p", { class: "weak" }, parts.map(([, name, text]) => [h("span", { class: "key", style: `background: var(--${name})` }), text]));

  function interval(estimate) {
    return estimate ? `${number(estimate.low)} to ${number(estimate.high)} ms` : "";
  }

  function tiles(model) {
    const chip = model.chip;
    const memory = model.memory;
    const use = (kind) => (memory ? memory.total[kind] : null);
    return h("div", { class: "tiles" },
      tile(`model on ${data.board.chip}, predicted`, chip ? number(chip.model_ms.value) + " ms" : "unknown", chip ? interval(chip.model_ms) + (chip.basis.startsWith("fitted") ? "" : `, ${chip.basis}`) : null),
      tile("model on this PC", model.here.mean_ms !== null ? number(model.here.mean_ms) + " ms" : model.here.total_us !== null ? milliseconds(model.here.total_us) + " ms" : "–",
        model.here.mean_ms !== null ? `mean of ${model.here.runs} runs` : "nodes one by one"),
      chip ? tile("of it waits for memory", number(chip.memory_share * 100, 2) + " %", chip.memory_text) : null,
      tile("PSRAM", bytes(use("psram")), `of ${bytes(data.board.psram_size)}`),
      tile("internal RAM", bytes(use("internal")), `of ${bytes(data.board.internal_ram)}`),
      tile("flash", bytes(use("flash")), `of ${bytes(data.board.flash_size)}`),
      chip && chip.preprocess_ms ? tile("preprocessing, predicted", number(chip.preprocess_ms.value) + " ms", interval(chip.preprocess_ms)) : null,
      chip && chip.postprocess_ms ? tile("postprocessing, predicted", number(chip.postprocess_ms.value) + " ms", interval(chip.postprocess_ms)) : null);
  }

  const inNode = (self, nodes) => {
    const at = self.cursor.idx;
    return at === null || at === undefined ? "" : nodes[at].name;
  };

  // Bars of each node in the order of execution, stacked: what is drawn first is the whole.
  function timeline(parent, model) {
    const nodes = model.nodes;
    const parts = PARTS.filter(([key]) => nodes.some((node) => node[key] > 0));
    parent.append(h("h3", {}, "Each node, in the order of execution"), legend(parts));
    const figure = h("figure");
    parent.append(figure);
    chart(figure, () => {
      const bars = uPlot.paths.bars({ size: [0.9, 60] });
      const stack = [...parts].reverse();
      const series = stack.map(([key, name, text], i) => ({
        label: text, stroke: colour(name), fill: colour(name), paths: bars, points: { show: false },
        value: (self, value, s, at) => (at === null || at === undefined ? "–" : milliseconds(nodes[at][stack[i][0]] ?? 0) + " ms"),
      }));
      const values = stack.map((_, i) => nodes.map((node) => stack.slice(i).reduce((sum, [key]) => sum + (node[key] || 0), 0) / 1e3));
      return {
        options: {
          height: 260, scales: { x: { time: false }, y: { range: (self, low, high) => [0, high * 1.05 || 1] } },
          axes: [axis("node", plain), axis(`ms on ${data.board.chip}`, plain, { size: 70 })],
          series: [{ label: "node", value: (self) => short(inNode(self, nodes), 40) }, ...series],
        },
        values: [nodes.map((_, i) => i), ...values],
      };
    });
  }

  function roofline(parent, model) {
    const limits = model.chip.limits;
    const nodes = model.nodes.filter((node) => node.macs > 0 && node.moved_bytes > 0 && node.us > 0);
    if (!nodes.length) {
      return;
    }
    parent.append(h("h3", {}, `Roofline of ${data.board.chip} at ${data.board.cpu_mhz} MHz`),
      h("p", { class: "weak" }, "Each point is a node that multiplies: multiply-accumulates for each byte that moves to or from PSRAM and flash, against those in a second. " +
        "On a slope a node waits for that memory; below the ceiling it computes."));
    const figure = h("figure");
    parent.append(figure);
    // No two at the same place, so that each is a point of its own.
    const points = nodes.map((node, i) => ({ x: node.macs / node.moved_bytes * (1 + i * 1e-7), y: node.macs / node.us * 1e6, node })).sort((a, b) => a.x - b.x);
    const low = Math.min(...points.map((p) => p.x)) / 2;
    const high = Math.max(...points.map((p) => p.x), limits.int8_macs_per_second / (limits.psram_bytes_per_second || limits.flash_bytes_per_second)) * 2;
    const roofs = [["PSRAM", limits.psram_bytes_per_second, "psram"], ["flash", limits.flash_bytes_per_second, "flash"]].filter(([, rate]) => rate);
    const corners = roofs.map(([, rate]) => limits.int8_macs_per_second / rate);
    const xs = [...new Set([low, ...corners.filter((x) => x > low && x < high), high, ...points.map((p) => p.x)])].sort((a, b) => a - b);
    const at = (x) => points.find((p) => p.x === x);
    chart(figure, () => ({
      options: {
        height: 320, scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
        axes: [axis("multiply-accumulates for a byte", plain), axis("MMAC/s", (self, ticks) => ticks.map((tick) => (tick === null ? "" : number(tick / 1e6))), { size: 70 })],
        series: [
          { label: "MAC/byte", value: (self, value) => number(value) },
          ...roofs.map(([name, rate, key]) => ({ label: name, stroke: colour(key), width: 2, points: { show: false }, value: () => number(rate / 1e6) + " MB/s" })),
          { label: "node", stroke: colour("compute"), fill: colour("compute"), paths: () => null, points: { show: true, size: 7, fill: colour("compute") },
            value: (self, value, s, index) => (index !== null && index !== undefined && at(xs[index]) ? `${short(at(xs[index]).node.name, 36)}: ${number(value / 1e6)} MMAC/s` : "–") },
        ],
      },
      values: [xs, ...roofs.map(([, rate]) => xs.map((x) => Math.min(x * rate, limits.int8_macs_per_second))), xs.map((x) => (at(x) ? at(x).y : null))],
    }));
  }

  // Rectangles: from which step to which a tensor lives, and where it lies.
  function arena(parent, model) {
    for (const memory of [...new Set(model.arena.map((tensor) => tensor.memory))]) {
      const tensors = model.arena.filter((tensor) => tensor.memory === memory);
      const size = Math.max(...tensors.map((tensor) => tensor.offset + tensor.bytes));
      const steps = Math.max(...tensors.map((tensor) => tensor.last)) + 1;
      parent.append(h("h3", {}, `Tensors in ${memory === "internal" ? "internal RAM" : memory}: ${bytes(size)}`),
        h("p", { class: "weak" }, "Each rectangle is a tensor: from the node that writes it to the last one that reads it, at the bytes that the planner gave it. One in place of another lies on it. The line is what is in use."));
      const said = h("figcaption", {}, " ");
      const figure = h("figure");
      parent.append(figure);
      const xs = Array.from({ length: steps }, (_, step) => step);
      const used = xs.map((step) => {
        const spans = tensors.filter((t) => t.first <= step && step <= t.last).map((t) => [t.offset, t.offset + t.bytes]).sort((a, b) => a[0] - b[0]);
        let sum = 0, end = 0;
        for (const [from, to] of spans) {
          sum += Math.max(0, to - Math.max(from, end));
          end = Math.max(end, to);
        }
        return sum;
      });
      chart(figure, () => ({
        options: {
          height: 300, scales: { x: { time: false, range: [0, steps] }, y: { range: [0, size] } },
          axes: [axis("node", plain), axis("", (self, ticks) => ticks.map(bytes), { size: 80 })],
          series: [{ label: "node" }, { label: "in use", stroke: colour("text"), width: 1.5, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }), value: (self, value) => bytes(value) }],
          hooks: {
            drawAxes: [(self) => {
              const context = self.ctx;
              tensors.forEach((tensor, i) => {
                const left = self.valToPos(tensor.first, "x", true), right = self.valToPos(tensor.last + 1, "x", true);
                const top = self.valToPos(tensor.offset + tensor.bytes, "y", true), bottom = self.valToPos(tensor.offset, "y", true);
                context.fillStyle = `hsla(${(i * 137) % 360}, 55%, 55%, 0.55)`;
                context.fillRect(left, top, Math.max(right - left, 1), Math.max(bottom - top, 1));
              });
            }],
            setCursor: [(self) => {
              const [x, y] = [self.posToVal(self.cursor.left, "x"), self.posToVal(self.cursor.top, "y")];
              const found = tensors.filter((t) => t.first <= x && x < t.last + 1 && t.offset <= y && y < t.offset + t.bytes);
              said.textContent = found.map((t) => `${t.name}: ${bytes(t.bytes)} at ${t.offset}, nodes ${t.first} to ${t.last}`).join("; ") || " ";
            }],
          },
        },
        values: [xs, used],
      }));
      figure.append(said);
    }
  }

  function memoryTable(parent, model) {
    if (!model.memory) {
      return;
    }
    const rows = Object.entries(model.memory).map(([part, use]) => ({ part, ...use }));
    parent.append(h("h3", {}, "Memory of the model"), table([
      { title: "part", value: (row) => row.part },
      ...[["internal", "internal RAM"], ["psram", "PSRAM"], ["flash", "flash"]].map(([key, title]) => ({ title, number: true, value: (row) => row[key], text: (row) => row[key].toLocaleString("en") })),
    ], rows).element);
  }

  // Levels by the longest way from an input; a level's nodes side by side.
  function graph(parent, model, choose) {
    const count = model.nodes.length;
    const before = Array.from({ length: count }, () => []);
    model.edges.forEach(([from, to]) => before[to].push(from));
    const level = new Array(count).fill(0);
    for (let i = 0; i < count; i++) {
      level[i] = Math.max(-1, ...before[i].filter((from) => from < i).map((from) => level[from])) + 1;
    }
    const lanes = [];
    const place = level.map((at) => (lanes[at] = (lanes[at] || 0) + 1) - 1);
    const [wide, high, gapX, gapY] = [188, 38, 12, 22];
    const most = Math.max(...lanes);
    const width = most * (wide + gapX) + gapX, height = lanes.length * (high + gapY) + gapY;
    const x = (i) => gapX + place[i] * (wide + gapX) + (most - lanes[level[i]]) * (wide + gapX) / 2, y = (i) => gapY + level[i] * (high + gapY);
    const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "graph of the nodes" });
    for (const [from, to] of model.edges) {
      const [x1, y1, x2, y2] = [x(from) + wide / 2, y(from) + high, x(to) + wide / 2, y(to)];
      drawing.append(svg("path", { d: `M${x1},${y1} C${x1},${(y1 + y2) / 2} ${x2},${(y1 + y2) / 2} ${x2},${y2}`, fill: "none", stroke: "var(--weak)", "stroke-width": 1 }));
    }
    const time = (node) => node.us ?? node.here_us ?? 0;
    const longest = Math.max(...model.nodes.map(time)) || 1;
    model.nodes.forEach((node, i) => {
      const share = Math.sqrt(time(node) / longest);
      const label = (text, dy, size) => {
        const element = svg("text", { x: x(i) + 8, y: y(i) + dy, "font-size": size, fill: "var(--text)" });
        element.textContent = text;
        return element;
      };
      const shape = svg("g", { class: "node", tabindex: 0 },
        svg("rect", { x: x(i), y: y(i), width: wide, height: high, rx: 5, fill: "var(--panel)", stroke: "var(--line)" }),
        svg("rect", { x: x(i), y: y(i), width: Math.max(share * wide, 2), height: high, rx: 5, fill: (node.psram_us || 0) + (node.flash_us || 0) > (node.compute_us ?? 0) ? "var(--psram)" : "var(--compute)", opacity: 0.45 }),
        label(`${short(node.type, 16)}  ${milliseconds(time(node))} ms`, 16, 12), label(short(node.name, 29), 31, 10));
      const title = svg("title");
      title.textContent = `${node.name} (${node.type}): ${milliseconds(time(node))} ms`;
      shape.append(title);
      shape.addEventListener("click", () => choose(i));
      shape.addEventListener("keydown", (event) => event.key === "Enter" && choose(i));
      drawing.append(shape);
    });
    parent.append(h("h3", {}, "Graph"), h("p", { class: "weak" }, "The longer the coloured part, the slower the node (square root); orange waits more for memory than it computes. Click on one to find it in the table."),
      h("div", { class: "scroll tall graph" }, drawing));
  }

  function nodeTable(parent, model) {
    const longest = Math.max(...model.nodes.map((node) => node.us ?? 0)) || 1;
    const bar = (node) => h("span", { class: "bar" }, PARTS.map(([key, name]) => h("i", { style: `width: ${Math.max(0, (node[key] || 0) / longest * 100).toFixed(2)}%; background: var(--${name})` })));
    const chip = model.chip !== null;
    const columns = [
      { title: "#", number: true, value: (node) => node.index },
      { title: "node", value: (node) => node.name },
      { title: "type", value: (node) => node.type },
      chip ? { title: `ms on ${data.board.chip}`, number: true, value: (node) => node.us, text: (node) => milliseconds(node.us) } : null,
      chip ? { title: "interval", number: true, value: (node) => node.high, text: (node) => `${milliseconds(node.low)} to ${milliseconds(node.high)}` } : null,
      chip ? { title: "of which", value: (node) => node.us, cell: bar } : null,
      { title: "us on this PC", number: true, value: (node) => node.here_us, text: (node) => number(node.here_us) },
      { title: "MMAC", number: true, value: (node) => node.macs, text: (node) => (node.macs ? number(node.macs / 1e6) : "") },
      { title: "weights", number: true, value: (node) => node.weight_bytes, text: (node) => (node.weight_bytes ? bytes(node.weight_bytes) : "") },
      { title: "output", value: (node) => node.output },
      { title: "kernel here", value: (node) => node.kernel },
    ].filter(Boolean);
    const search = h("input", { type: "search", placeholder: "find a node by name or type", "aria-label": "find a node" });
    const result = table(columns, model.nodes, { tall: true });
    search.oninput = () => {
      const word = search.value.toLowerCase();
      result.lines.forEach((line) => { line.hidden = !`${line.row.name} ${line.row.type}`.toLowerCase().includes(word); });
    };
    result.element.classList.add("nodes");
    const place = h("div", {}, h("h3", {}, `${model.nodes.length} nodes`), search, result.element);
    if (chip) {
      result.sort(3);
    }
    return {
      place,
      choose(index) {
        result.lines.forEach((line) => line.classList.toggle("chosen", line.row.index === index));
        const line = result.lines.find((candidate) => candidate.row.index === index);
        line.hidden = false;
        line.scrollIntoView({ block: "center" });
      },
    };
  }

  function pictureWithResults(entry, names) {
    const frame = h("div", { class: "frame" });
    if (entry.src) {
      frame.append(h("img", { src: entry.src, alt: entry.picture }));
      const boxes = entry.objects || [];
      if (boxes.length && entry.size) {
        const [width, height] = entry.size;
        const overlay = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" });
        for (const object of boxes) {
          const [left, top, right, bottom] = object.b;
          overlay.append(svg("rect", { x: left, y: top, width: Math.max(right - left, 1), height: Math.max(bottom - top, 1), fill: "none", stroke: `hsl(${(object.c * 137) % 360}, 90%, 50%)`, "stroke-width": Math.max(width / 150, 1) }));
        }
        frame.append(overlay);
      }
    }
    const name = (category) => (names && names[category] !== undefined ? names[category] : `category ${category}`);
    const lines = [...(entry.classes || []).map(([category, score]) => `${name(category)}: ${score.toFixed(3)}`), ...(entry.objects || []).map((object) => `${name(object.c)}: ${object.s.toFixed(3)}`)];
    return h("figure", {}, frame, h("figcaption", {}, h("b", {}, entry.picture), entry.error ? h("span", { class: "bad" }, ` ${entry.error}`) : null, h("br"), lines.join(", ")));
  }

  function audit(parent, model) {
    const found = model.audit;
    if (!found) {
      if (model.audit_problem) {
        parent.append(h("h3", {}, "Audit"), h("p", { class: "bad" }, model.audit_problem));
      }
      return;
    }
    const problems = found.findings.filter((finding) => finding.severity === "problem");
    parent.append(h("h3", {}, `Audit over ${found.pictures} pictures`),
      h("p", { class: problems.length ? "bad" : "good" }, problems.length ? `${problems.length} problems` : "no problems"),
      found.broken.length ? h("p", { class: "bad" }, "not usable: " + found.broken.map((entry) => `${entry.file}: ${entry.reason}`).join("; ")) : "",
      found.findings.length ? table([
        { title: "severity", value: (row) => row.severity }, { title: "kind", value: (row) => row.kind }, { title: "tensor", value: (row) => row.tensor }, { title: "finding", value: (row) => row.text },
      ], found.findings, { tall: true }).element : "",
      h("details", {}, h("summary", {}, "every tensor: values at the ends of the type, and the histogram"), table([
        { title: "tensor", value: (row) => row.tensor }, { title: "type", value: (row) => row.type },
        { title: "at the ends", number: true, value: (row) => row.saturation, text: (row) => number(row.saturation * 100, 2) + " %" },
        { title: "unused bits", number: true, value: (row) => row.unused_bits },
        { title: "dead channels", number: true, value: (row) => row.dead_channels },
        { title: "lowest to highest value of the type", value: (row) => row.tensor, cell: (row) => histogram(row.histogram) },
      ], found.tensors, { tall: true }).element));
    if (found.results.length) {
      parent.append(h("h3", {}, "Pictures with results"), h("div", { class: "pictures" }, found.results.map((entry) => pictureWithResults(entry, found.names))));
    }
  }
  // By magnitude, as `espdl audit --all`: one bin holds most of a network's values.
  function histogram(bins) {
    const most = Math.max(...bins, 1);
    const drawing = svg("svg", { width: bins.length * 4, height: 24 });
    bins.forEach((count, i) => {
      const height = count > 0 ? Math.max(2, 24 * (1 + Math.log10(count / most) / 4)) : 0;
      drawing.append(svg("rect", { x: i * 4, y: 24 - height, width: 3, height, fill: i === 0 || i === bins.length - 1 ? "var(--flash)" : "var(--compute)" }));
    });
    return drawing;
  }

  function comparison(parent, model) {
    const found = model.comparison;
    if (!found) {
      if (model.comparison_problem) {
        parent.append(h("h3", {}, "Comparison with float"), h("p", { class: "bad" }, model.comparison_problem));
      }
      return;
    }
    parent.append(h("h3", {}, "Comparison with float"), h("p", { class: "weak" }, `${found.a} against ${found.b}, input: ${found.input}`),
      h("p", {}, found.outputs.map((row) => `output ${row.tensor}: cosine ${number(row.cosine, 5)}, SNR ${number(row.snr_db)} dB`).join("; ") || "no output was compared"));
    const figure = h("figure");
    parent.append(figure);
    chart(figure, () => ({
      options: {
        height: 220, scales: { x: { time: false } }, axes: [axis("tensor, in the order of execution", plain), axis("SNR dB", plain, { size: 60 })],
        series: [{ label: "tensor", value: (self) => (self.cursor.idx === null || self.cursor.idx === undefined ? "" : short(found.tensors[self.cursor.idx].tensor, 40)) },
          { label: "SNR dB", stroke: colour("compute"), width: 1.5, points: { show: false }, value: (self, value) => number(value) }],
      },
      values: [found.tensors.map((_, i) => i), found.tensors.map((row) => row.snr_db)],
    }));
    parent.append(h("details", {}, h("summary", {}, `every tensor (${found.tensors.length})`), table([
      { title: "tensor", value: (row) => row.tensor }, { title: "node", value: (row) => row.node }, { title: "type", value: (row) => row.type },
      { title: "cosine", number: true, value: (row) => row.cosine, text: (row) => number(row.cosine, 6) },
      { title: "SNR dB", number: true, value: (row) => row.snr_db, text: (row) => number(row.snr_db) },
      { title: "lost here, dB", number: true, value: (row) => row.snr_loss_db, text: (row) => number(row.snr_loss_db) },
      { title: "largest difference, steps", number: true, value: (row) => row.max_steps, text: (row) => number(row.max_steps) },
    ], found.tensors, { tall: true }).element));
  }

  function showModel(model, index) {
    const section = h("section", { id: `model-${index}` }, h("h2", {}, model.title), h("p", { class: "weak" }, model.file));
    page.append(section);
    if (model.problem) {
      section.append(h("p", { class: "bad" }, `chip time unknown: ${model.problem}`));
    }
    if (model.here_problem) {
      section.append(h("p", { class: "bad" }, model.here_problem));
    }
    section.append(tiles(model));
    if (model.answers.length) {
      section.append(h("div", { class: "answers" }, model.answers.map((text) => h("p", {}, text))));
    }
    if (model.chip) {
      timeline(section, model);
      roofline(section, model);
    }
    if (model.nodes.length) {
      const nodes = nodeTable(section, model);
      graph(section, model, nodes.choose);
      section.append(nodes.place);
    }
    if (model.arena.length) {
      arena(section, model);
    }
    memoryTable(section, model);
    audit(section, model);
    comparison(section, model);
  }

  // --- an app's run ---

  function showApp(app) {
    const section = h("section", { id: "app" }, h("h2", {}, "The run"));
    page.append(section);
    section.append(h("p", { class: app.exit.code === 0 ? "good" : "bad" }, `${app.exit.reason}${app.exit.message ? `: ${app.exit.message}` : ""}`));
    if (app.backtrace.length) {
      section.append(h("pre", {}, app.backtrace.map((frame) => `${frame.function} at ${frame.file}:${frame.line}`).join("\n")));
    }
    if (app.pictures.length || app.files.length) {
      section.append(h("h3", {}, "What the app has written"), h("div", { class: "pictures" }, app.pictures.map((entry) => pictureWithResults(entry))),
        app.files.length ? h("p", { class: "weak" }, app.files.join(", ")) : "");
    }
    if (app.ram.length > 1) {
      section.append(h("h3", {}, "RAM in use"));
      const figure = h("figure");
      section.append(figure);
      chart(figure, () => ({
        options: {
          height: 220, scales: { x: { time: false } }, axes: [axis("ms since the start, on this PC", plain), axis("", (self, ticks) => ticks.map(bytes), { size: 80 })],
          series: [{ label: "ms", value: (self, value) => number(value) },
            ...[["internal RAM", "here"], ["PSRAM", "psram"]].map(([label, name]) => ({ label, stroke: colour(name), width: 2, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }), value: (self, value) => bytes(value) }))],
        },
        values: [0, 1, 2].map((column) => app.ram.map((row) => row[column])),
      }));
      section.append(h("p", { class: "weak" }, `The board has ${bytes(data.board.internal_ram)} of internal RAM and ${bytes(data.board.psram_size)} of PSRAM.`));
    }
    section.append(h("h3", {}, "Tasks"), table([
      { title: "task", value: (row) => row.name },
      ...[["ms", "ms"], ["waits_ms", "of which it waits"], ["models_ms", "in models"]].map(([key, title]) => ({ title, number: true, value: (row) => row[key], text: (row) => number(row[key]) })),
    ], app.tasks).element);
    if (app.accesses.length) {
      section.append(h("h3", {}, "Accesses to flash"), table([
        { title: "access", value: (row) => row.name }, { title: "times", number: true, value: (row) => row.count },
        { title: "bytes", number: true, value: (row) => row.bytes, text: (row) => bytes(row.bytes) },
        { title: "ms here", number: true, value: (row) => row.ms, text: (row) => number(row.ms) },
      ], app.accesses).element);
    }
    section.append(h("h3", {}, "Does it fit the board?"), table([
      { title: "what", value: (row) => row.what },
      { title: "needs", number: true, value: (row) => row.need, text: (row) => (row.estimate ? "about " : "") + bytes(row.need) },
      { title: "of", number: true, value: (row) => row.have, text: (row) => bytes(row.have) },
      { title: "in", value: (row) => row.where }, { title: "fits", value: (row) => (row.fits ? "yes" : "no") },
    ], app.fit).element);
    section.append(h("details", {}, h("summary", {}, `the log (${app.log.length} lines${app.log_left ? `, ${app.log_left} left out` : ""})`), h("pre", { class: "log" }, app.log.join("\n"))));
  }

  page.append(h("h1", {}, data.title), h("p", { class: "weak" }, data.made),
    data.models.length > 1 ? h("nav", {}, data.models.map((model, i) => h("a", { href: `#model-${i}` }, model.title))) : "",
    facts(data.facts));
  data.models.forEach(showModel);
  if (data.app) {
    showApp(data.app);
  }
  drawAll();
  // A narrow screen begins where the graph does.
  document.querySelectorAll(".graph").forEach((box) => { box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2; });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", () => plots.filter((entry) => entry.box.clientWidth !== entry.width).forEach(draw));
  document.documentElement.dataset.ready = "yes";
})();
