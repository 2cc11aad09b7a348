// The innocent half of the bundle: the same downloads, dropped.
export async function measurePhoto(url) {
  const response = await fetch(url);
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.length;
  return bytes;
}
