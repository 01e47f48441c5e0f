// Times one ONNX model with onnxruntime-node, or computes it once. Inputs are integers or floats.
//   node ort.js MODEL.onnx THREADS RUNS            prints {"median_ms": ..., "min_ms": ...}
//   node ort.js MODEL.onnx THREADS RUNS --profile  also how long each operator took, of the graph that ONNX Runtime made of it
//   node ort.js --outputs LIST.json                computes files: [{"model", "level", "inputs": {NAME: FILE}, "outputs": {NAME: FILE}}, ...],
//                                                  raw bytes in and out; prints a line per model: "ok" or the error
// HOLD_CPUID=avx2|avxvnni with HOLD_ADDON=FILE     limits the instruction sets, see hold_ort.py
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
if (process.env.HOLD_ADDON) process.dlopen({ exports: {} }, process.env.HOLD_ADDON);
const ort = require(require.resolve("onnxruntime-node", { paths: [process.cwd()] }));

const arrays = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array };

function create(model, threads, more = {}) {
  return ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    logSeverityLevel: 3,
    ...more,
  });
}

function pseudoRandom(meta) {
  const size = meta.shape.reduce((a, b) => a * b, 1);
  const data = new arrays[meta.type](size);
  let seed = 1;
  for (let i = 0; i < size; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    const value = seed >>> 16;
    data[i] = meta.type === "float32" ? value / 65536 : meta.type === "int64" ? BigInt(value & 1) : value;
  }
  return new ort.Tensor(meta.type, data, meta.shape);
}

async function time(model, threads, runs, profile) {
  const folder = profile ? fs.mkdtempSync(path.join(os.tmpdir(), "ort-")) : "";
  const session = await create(model, threads, profile ? { enableProfiling: true, profileFilePrefix: path.join(folder, "p") } : {});
  const feeds = {};
  for (const meta of session.inputMetadata) feeds[meta.name] = pseudoRandom(meta);
  for (let i = 0; i < 5; i++) await session.run(feeds);
  const times = [];
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  const result = { median_ms: times[Math.floor((times.length - 1) / 2)], min_ms: times[0] };
  if (profile) {
    session.endProfiling();
    const events = JSON.parse(fs.readFileSync(path.join(folder, fs.readdirSync(folder)[0])));
    const nodes = {};
    for (const event of events) {
      if (event.cat === "Node" && event.name.endsWith("_kernel_time")) {
        const node = (nodes[event.name] ??= { op: event.args.op_name, us: Infinity });
        node.us = Math.min(node.us, event.dur);
      }
    }
    result.ops = {};
    for (const { op, us } of Object.values(nodes)) {
      const entry = (result.ops[op] ??= { nodes: 0, ms: 0 });
      entry.nodes++;
      entry.ms += us / 1000;
    }
    fs.rmSync(folder, { recursive: true });
  }
  console.log(JSON.stringify(result));
}

async function compute(list) {
  for (const task of JSON.parse(fs.readFileSync(list))) {
    try {
      const session = await create(task.model, 1, { graphOptimizationLevel: task.level });
      const feeds = {};
      for (const meta of session.inputMetadata) {
        const bytes = new Uint8Array(fs.readFileSync(task.inputs[meta.name]));
        feeds[meta.name] = new ort.Tensor(meta.type, new arrays[meta.type](bytes.buffer), meta.shape);
      }
      const results = await session.run(feeds);
      for (const [name, file] of Object.entries(task.outputs)) {
        const data = results[name].data;
        fs.writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      await session.release();
      console.log("ok");
    } catch (error) {
      console.log(String(error.message ?? error).split("\n")[0]);
    }
  }
}

const [first, second, third, fourth] = process.argv.slice(2);
(first === "--outputs" ? compute(second) : time(first, Number(second), Number(third), fourth === "--profile")).catch((error) => {
  console.error(String(error));
  process.exit(2);
});
