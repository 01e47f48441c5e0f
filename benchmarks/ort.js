// Times one ONNX model with onnxruntime-node. Usage: node ort.js MODEL.onnx THREADS RUNS   (prints JSON)
"use strict";
const ort = require(require.resolve("onnxruntime-node", { paths: [process.cwd()] }));

async function main() {
  const [path, threads, runs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
  const session = await ort.InferenceSession.create(path, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    executionMode: "sequential",
  });
  const feeds = {};
  for (const meta of session.inputMetadata) {
    const size = meta.shape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(size);
    let seed = 1;
    for (let i = 0; i < size; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      data[i] = (seed >>> 16) / 65536;
    }
    feeds[meta.name] = new ort.Tensor("float32", data, meta.shape);
  }
  for (let i = 0; i < 5; i++) await session.run(feeds);
  const times = [];
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ median_ms: times[Math.floor((times.length - 1) / 2)], min_ms: times[0] }));
}

main().catch((error) => {
  console.error(String(error));
  process.exit(2);
});
