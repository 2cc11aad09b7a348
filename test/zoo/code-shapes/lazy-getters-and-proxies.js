// Views that compute their pixels on first access, behind a Proxy; views of closed windows stay registered.
'use strict';

const PIXEL_BYTES = 100_000;
const views = []; // RETAINER name=views

class View {
  get pixels() {
    const pixels = new Uint8Array(PIXEL_BYTES); // OWNER
    Object.defineProperty(this, 'pixels', { value: pixels });
    return pixels;
  }
}

class Icon {
  get pixels() {
    const pixels = new Uint8Array(PIXEL_BYTES);
    return pixels;
  }
}

function observed(target) {
  return new Proxy(target, {
    get: (object, property, receiver) => Reflect.get(object, property, object ?? receiver),
  });
}

function openWindow() {
  const view = observed(Reflect.construct(View, []));
  views.push(view);
  return view.pixels.length;
}

function showIcon() {
  return observed(new Icon()).pixels.length;
}

for (let window = 0; window < 95; window += 1) {
  showIcon();
  openWindow();
}

process.on('exit', () => {
  const bytes = views.reduce((sum, view) => sum + view.pixels.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
