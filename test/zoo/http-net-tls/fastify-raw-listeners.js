// A Fastify plugin that reads request.raw with listeners: thumbnails are kept on the instance, uploads to S3 are not.
'use strict';

const fastify = require('fastify');
const { startPeer } = require('../peers/peers');

const thumbnails = []; // RETAINER name=thumbnails

async function mediaPlugin(instance) {
  instance.addContentTypeParser('*', (_request, _payload, done) => done(null));

  instance.post('/thumbnails', (request, reply) => {
    const pieces = [];
    request.raw.on('data', (piece) => pieces.push(piece)); // OWNER
    request.raw.on('end', () => {
      thumbnails.push(pieces);
      reply.send({ id: thumbnails.length });
    });
  });

  instance.post('/s3', (request, reply) => {
    let bytes = 0;
    request.raw.on('data', (piece) => {
      bytes += piece.length;
    });
    request.raw.on('end', () => reply.send({ bytes }));
  });
}

const app = fastify();
app.register(mediaPlugin);

app.listen({ port: 0, host: '127.0.0.1' }).then(async () => {
  const { port } = app.server.address();
  const paths = ['/s3', '/thumbnails'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 240_000, rounds: 40, connections: 2 });
  await uploader.finished;
  await app.close();
});

process.on('exit', () => {
  const bytes = thumbnails.flat().reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
