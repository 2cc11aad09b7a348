// Express behind a log, a body parser and an asynchronous look-up of the tenant, all of them for every route; the
// import route keeps what the parser has joined.
'use strict';

const express = require('express');
const { startPeer } = require('../peers/peers');

const imports = []; // RETAINER name=imports

function log(request, _response, next) {
  request.startedAt = Date.now();
  next();
}

async function findTenant(request, _response, next) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  request.tenant = 'acme';
  next();
}

function keepImport(request, response) {
  imports.push({ tenant: request.tenant, rows: request.body }); // OWNER
  response.sendStatus(202);
}

function checkImport(request, response) {
  response.json({ tenant: request.tenant, valid: request.body.length > 0 });
}

const app = express();
app.use(log);
app.use(express.raw({ limit: '1mb' }));
app.use(findTenant);
app.post('/imports', keepImport);
app.post('/checks', checkImport);

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/imports', '/checks'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 210_000, rounds: 44, connections: 2 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = imports.reduce((sum, { rows }) => sum + rows.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
