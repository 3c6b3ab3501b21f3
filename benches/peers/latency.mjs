// From adding a job to its start, p99 in milliseconds: latency.mjs URL JOBS. The worker is another process.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [url, jobs, role] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const clock = () => performance.timeOrigin + performance.now();

if (role === "worker") {
  const runner = await run({
    preset: {
      worker: { connectionString: url, concurrentJobs: 24, maxPoolSize: 25, pollInterval: 2000, logger: new Logger(() => () => {}) },
    },
    noHandleSignals: true,
    taskList: { wake: async () => console.log(clock()) },
  });
  console.log("ready");
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await runner.stop();
    process.exit(0);
  });
} else {
  const pgPool = new pg.Pool({ connectionString: url, max: 2 });
  pgPool.on("error", (why) => console.error(why));
  const utils = await makeWorkerUtils({ pgPool });
  await utils.migrate();
  const worker = spawn(process.execPath, [process.argv[1], url, String(jobs), "worker"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const took = [];
  for (let n = 0; n < jobs; n += 1) {
    await utils.addJob("wake", { n });
    const added = clock();
    took.push(Math.max(Number((await lines.next()).value) - added, 0));
    await new Promise((resolve) => setTimeout(resolve, 17));
  }
  took.sort((a, b) => a - b);
  worker.stdin.end();
  await new Promise((resolve) => worker.on("exit", resolve));
  await utils.release();
  await pgPool.end();
  console.log(took[Math.ceil(took.length * 0.99) - 1]);
}
