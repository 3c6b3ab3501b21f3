// A personal data server; everything comes from the environment (PDS_…).
import { PDS, envToCfg, envToSecrets, readEnv } from "@atproto/pds";

const env = readEnv();
const server = await PDS.create(envToCfg(env), envToSecrets(env));
await server.start();
