// A search index that keeps an embedding per document; query vectors are scored and dropped.
'use strict';

const DIMENSIONS = 1536;

const index = { embeddings: [] }; // RETAINER name=embeddings

function addDocument(seed) {
  const vector = new Float64Array(DIMENSIONS); // OWNER
  for (let i = 0; i < DIMENSIONS; i += 1) vector[i] = Math.sin(seed + i);
  index.embeddings.push({ seed, vector });
}

function score(query) {
  const vector = new Float64Array(DIMENSIONS);
  for (let i = 0; i < DIMENSIONS; i += 1) vector[i] = Math.cos(query + i);
  return vector.reduce((sum, value) => sum + value, 0);
}

let best = -Infinity;
for (let document = 0; document < 800; document += 1) {
  addDocument(document);
  best = Math.max(best, score(document));
}

process.on('exit', () => {
  const bytes = index.embeddings.reduce((sum, { vector }) => sum + vector.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
