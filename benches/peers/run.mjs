// Executed jobs in a second, as the published preset of graphile-worker works, by two processes:
// run.mjs URL JOBS. The jobs do nothing. The first process adds them, starts the second, and counts.
import { spawn } from "node:child_process";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [url, jobs, role] = [process.argv[2], Number(process.argv[3]), process.argv[4]];

async function work() {
  return run({
    preset: {
      worker: {
        connectionString: url,
        concurrentJobs: 24,
        maxPoolSize: 25,
        pollInterval: 2000,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger: new Logger(() => () => {}),
      },
    },
    noHandleSignals: true,
    taskList: { publish: async () => {} },
  });
}

if (role === "worker") {
  const runner = await work();
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await runner.stop();
    process.exit(0);
  });
} else {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on("error", (why) => console.error(why));
  const utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  await pool.query("delete from graphile_worker._private_jobs");
  const add = `select graphile_worker.add_jobs(array(
    select json_populate_record(null::graphile_worker.job_spec, json_build_object('identifier', 'publish',
      'payload', json_build_object('n', n))) from generate_series(1, $1) n))`;
  await pool.query(`select count(*) from (${add}) added`, [jobs]);
  const left = async () => {
    const { rows } = await pool.query("select count(*)::int as left from graphile_worker._private_jobs");
    return rows[0].left;
  };
  const second = spawn(process.execPath, [process.argv[1], url, String(jobs), "worker"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const runner = await work();
  // Both processes have started when the first jobs are gone; from there on they count.
  let before = await left();
  while (before > jobs * 0.9) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    before = await left();
  }
  const begin = performance.now();
  let after = before;
  while (after > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    after = await left();
  }
  const rate = (before - after) / ((performance.now() - begin) / 1000);
  await runner.stop();
  second.stdin.end();
  await new Promise((resolve) => second.on("exit", resolve));
  await utils.release();
  await pool.end();
  console.log(rate);
}
