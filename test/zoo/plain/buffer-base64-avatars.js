// Decodes base64 avatars out of JSON messages and keeps them by user, also for users who have left.
'use strict';

const AVATAR_BYTES = 60_000;
const encodedAvatar = Buffer.alloc(AVATAR_BYTES, 'avatar').toString('base64');

const avatars = new Map(); // RETAINER name=avatars

function onProfile(json) {
  const { user, avatar } = JSON.parse(json);
  const image = Buffer.from(avatar, 'base64'); // OWNER
  avatars.set(user, image);
}

function onPreview(json) {
  const { avatar } = JSON.parse(json);
  const image = Buffer.from(avatar, 'base64');
  return image.subarray(0, 8).toString('hex');
}

for (let user = 0; user < 170; user += 1) {
  const json = JSON.stringify({ user, avatar: encodedAvatar });
  onProfile(json);
  onPreview(json);
}

process.on('exit', () => {
  const bytes = [...avatars.values()].reduce((sum, image) => sum + image.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
