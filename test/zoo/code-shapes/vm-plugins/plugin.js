// Not a module: the script that main.js runs in a context of its own.
'use strict';

const FRAME_BYTES = 120_000;
const frames = []; // RETAINER name=frames

exports.renderFrame = (number) => {
  const frame = new Uint8Array(FRAME_BYTES); // OWNER
  frames.push(frame.fill(number));
};

exports.previewFrame = (number) => {
  const frame = new Uint8Array(FRAME_BYTES);
  return frame.fill(number)[0];
};

exports.frameBytes = () => frames.reduce((sum, frame) => sum + frame.byteLength, 0);
