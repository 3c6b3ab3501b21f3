// A personal data server; everything comes from the environment (PDS_…).
import { readFileSync } from "node:fs";
import { PDS, envToCfg, envToSecrets, readEnv } from "@atproto/pds";

// A test has no address in public: what stands at this one is read from a file instead.
const { SEKISHO_TEST_CLIENT_AT: place, SEKISHO_TEST_CLIENT_FILE: file } = process.env;
const fetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  if ((input.url ?? String(input)) !== place) return fetch(input, init);
  return new Response(readFileSync(file), { headers: { "content-type": "application/json" } });
};

const env = readEnv();
const server = await PDS.create(envToCfg(env), envToSecrets(env));
await server.start();
