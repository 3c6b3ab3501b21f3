// Single adds in a second, by so many connections: add.mjs URL SECONDS CLIENTS
import { makeWorkerUtils } from "graphile-worker";
import pg from "pg";

const [url, seconds, clients] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const pgPool = new pg.Pool({ connectionString: url, max: clients });
pgPool.on("error", (why) => console.error(why));
const utils = await makeWorkerUtils({ pgPool });
await utils.migrate();
const payload = { body: "x".repeat(1003) };
let count = 0;
const begin = performance.now();
const end = begin + seconds * 1000;
const runAt = new Date(Date.now() + 86_400_000);
await Promise.all(
  Array.from({ length: clients }, async () => {
    while (performance.now() < end) {
      await utils.addJob("publish", payload, { runAt });
      count += 1;
    }
  }),
);
console.log(count / ((performance.now() - begin) / 1000));
await utils.release();
await pgPool.end();
