// Wraps mail attachments in Blobs and keeps every draft; the thumbnails made on the way are dropped.
'use strict';

const ATTACHMENT_BYTES = 120_000;
const scan = Buffer.alloc(ATTACHMENT_BYTES, 'scan');

const drafts = []; // RETAINER name=drafts

function attach(subject) {
  const attachment = new Blob([scan], { type: 'image/png' }); // OWNER
  drafts.push({ subject, attachment });
}

function thumbnailSize() {
  return new Blob([scan], { type: 'image/webp' }).size;
}

for (let mail = 0; mail < 90; mail += 1) {
  attach(`mail ${mail}`);
  thumbnailSize();
}

process.on('exit', () => {
  const bytes = drafts.reduce((sum, { attachment }) => sum + attachment.size, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
