// Two callers of fetch both keep what they download, three times as much the one as the other: whose is how much?
'use strict';

const { startPeer } = require('../peers/peers');

const library = { films: [], posters: [] }; // RETAINER name=library

async function addFilm(url) {
  const response = await fetch(url); // OWNER name=films
  for await (const chunk of response.body) { // OWNER name=films
    library.films.push(chunk);
  }
}

async function addPoster(url) {
  const response = await fetch(url); // OWNER name=posters
  for await (const chunk of response.body) { // OWNER name=posters
    library.posters.push(chunk);
  }
}

/** fetch makes its parser with the first connection. */
async function warmUp(base) {
  await (await fetch(`${base}/ping?bytes=10`)).text();
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  await warmUp(base);
  for (let title = 0; title < 45; title += 1) {
    await Promise.all([
      addPoster(`${base}/poster/${title}?bytes=100000&parts=2`),
      addFilm(`${base}/film/${title}?bytes=300000&parts=3`),
    ]);
  }
  await server.close();
}

function bytesOf(chunks) {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

process.on('exit', () => {
  const owners = { films: bytesOf(library.films), posters: bytesOf(library.posters) };
  console.log(JSON.stringify({ expectedBytes: owners.films + owners.posters, owners }));
});
main();
