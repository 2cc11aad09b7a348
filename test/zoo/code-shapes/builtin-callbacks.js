// Memory taken inside callbacks of built-ins (replace, map, sort, JSON.parse), so that native frames lie in between.
'use strict';

const BLOB_BYTES = 33_000;
const document = JSON.stringify({ parts: ['{a}', '{b}', '{c}'] });

class Attachments {
  blobs = []; // RETAINER name=blobs

  extract(json) {
    return JSON.parse(json, (_key, value) => (typeof value === 'string' ? this.#replaceAll(value) : value));
  }

  #replaceAll(text) {
    return text.replace(/\{(\w)\}/g, (_match, name) => {
      const blob = Buffer.alloc(BLOB_BYTES, name); // OWNER
      this.blobs.push(blob);
      return name;
    });
  }
}

function countBlobs(json) {
  return JSON.parse(json).parts.flatMap((part) =>
    [...part].sort().map((letter) => Buffer.alloc(BLOB_BYTES / 3, letter).length),
  ).length;
}

const attachments = new Attachments();
for (let mail = 0; mail < 95; mail += 1) {
  countBlobs(document);
  attachments.extract(document);
}

process.on('exit', () => {
  const bytes = attachments.blobs.reduce((sum, blob) => sum + blob.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
