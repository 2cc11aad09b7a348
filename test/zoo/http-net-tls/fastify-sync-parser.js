// Fastify with a parser that hands the joined body on in the same turn; the route for label sheets keeps what it gets,
// after it has looked at it.
'use strict';

const fastify = require('fastify');
const { startPeer } = require('../peers/peers');

const app = fastify();
const sheets = []; // RETAINER name=sheets

app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});

app.post('/sheets', async (request, reply) => {
  if (request.body.length === 0) return reply.code(400).send();
  sheets.push({ at: Date.now(), pages: request.body }); // OWNER
  return { sheet: sheets.length };
});

app.post('/previews', async (request) => {
  return { bytes: request.body.length };
});

app.listen({ port: 0, host: '127.0.0.1' }, async () => {
  const uploader = await startPeer('http-uploader', {
    port: app.server.address().port,
    paths: ['/sheets', '/previews'],
    bytes: 220_000,
    rounds: 45,
  });
  await uploader.finished;
  await app.close();
});

process.on('exit', () => {
  const bytes = sheets.reduce((sum, { pages }) => sum + pages.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
