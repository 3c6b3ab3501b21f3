// The directory of identifiers, in memory: node plc.cjs PORT. It forgets everything when it ends.
const { Database, PlcServer } = require("@did-plc/server");

const server = PlcServer.create({ db: Database.mock(), port: Number(process.argv[2]) });
server.start();
