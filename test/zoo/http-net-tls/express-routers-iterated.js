// Two Express routers, mounted apart, read their request bodies with for await; the imports router never lets go.
'use strict';

const express = require('express');
const { startPeer } = require('../peers/peers');

const importJobs = new Map(); // RETAINER name=importJobs

function importsRouter() {
  const router = express.Router();
  router.post('/csv', async (request, response) => {
    const job = { id: importJobs.size, rows: [] };
    importJobs.set(job.id, job);
    for await (const chunk of request) { // OWNER
      job.rows.push(chunk);
    }
    response.status(202).json({ job: job.id });
  });
  return router;
}

function validationRouter() {
  const router = express.Router();
  router.post('/csv', async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.json({ valid: bytes > 0 });
  });
  return router;
}

const app = express();
app.use('/imports', importsRouter());
app.use('/validations', validationRouter());

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/validations/csv', '/imports/csv'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 180_000, rounds: 50 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = [...importJobs.values()].flatMap(({ rows }) => rows).reduce((sum, row) => sum + row.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
