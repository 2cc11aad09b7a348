// A document store that encodes texts with Buffer.from and keeps all revisions of them.
'use strict';

const PARAGRAPH = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. ';

class DocumentStore {
  revisions = {}; // RETAINER name=revisions

  save(id, text) {
    const encoded = Buffer.from(text, 'utf8'); // OWNER
    (this.revisions[id] ??= []).push(encoded);
  }

  get bytes() {
    return Object.values(this.revisions)
      .flat()
      .reduce((sum, encoded) => sum + encoded.length, 0);
  }
}

function contentLength(text) {
  return Buffer.from(text, 'utf8').length;
}

const store = new DocumentStore();
let sent = 0;
for (let revision = 0; revision < 160; revision += 1) {
  const text = PARAGRAPH.repeat(1000 + revision);
  store.save(`document-${revision % 7}`, text);
  sent += contentLength(text);
}

process.on('exit', () => {
  if (sent !== store.bytes) throw new Error('lengths differ');
  console.log(JSON.stringify({ expectedBytes: store.bytes }));
});
