// Express behind a raw parser: the handlers hand the body to a service, asynchronously, which for drafts keeps it.
'use strict';

const express = require('express');
const { startPeer } = require('../peers/peers');

class Notes {
  drafts = new Map(); // RETAINER name=drafts

  async keep(id, text) {
    await null;
    this.drafts.set(id, text);
  }

  async check(text) {
    await null;
    return text.length > 0;
  }
}

const notes = new Notes();
const app = express();
app.use(express.raw({ limit: '1mb' }));

app.post('/drafts', async (request, response) => {
  await notes.keep(notes.drafts.size, request.body); // OWNER
  response.sendStatus(204);
});

app.post('/checks', async (request, response) => {
  response.json({ fine: await notes.check(request.body) });
});

const server = app.listen(0, '127.0.0.1', async () => {
  const uploader = await startPeer('http-uploader', {
    port: server.address().port,
    paths: ['/drafts', '/checks'],
    bytes: 210_000,
    rounds: 44,
  });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = [...notes.drafts.values()].reduce((sum, text) => sum + text.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
