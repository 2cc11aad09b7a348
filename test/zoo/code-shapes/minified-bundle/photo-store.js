// The leaking half of the bundle: downloaded photos and their chunks are kept for good.
export class PhotoStore {
  photos = new Map(); // RETAINER name=photos

  async download(url) {
    const response = await fetch(url); // OWNER
    const chunks = [];
    for await (const chunk of response.body) { // OWNER
      chunks.push(chunk);
    }
    this.photos.set(url, { type: response.headers.get('content-type'), chunks });
  }

  get bytes() {
    return [...this.photos.values()].flatMap(({ chunks }) => chunks).reduce((sum, chunk) => sum + chunk.length, 0);
  }
}
