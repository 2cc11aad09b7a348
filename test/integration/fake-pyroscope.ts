// A server that takes profiles as Pyroscope does, reads them, and can be told to answer wrongly or not at all.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';

/** A request, read. */
export interface Ingested {
  path: string;
  query: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  /** Sums of the profile's samples by sample type, as in `inuse_space/bytes`. */
  totals: Record<string, number>;
  /** Names of the functions in stacks with live bytes, innermost first, `←` between them. */
  stacks: string[];
  sampleTypeConfig: unknown;
}

/** How to answer a request: with a status, or never. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | 'never';

/** The server, and what it was sent so far. */
export interface FakePyroscope {
  url: string;
  requests: Ingested[];
  /** Resolves when there are so many requests. */
  reached(count: number): Promise<void>;
  close(): void;
}

/** Starts the server on loopback; requests beyond `answers` are answered with 200. */
export async function startFakePyroscope(answers: Answer[] = []): Promise<FakePyroscope> {
  const requests: Ingested[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      requests.push(readRequest(request, Buffer.concat(chunks)));
      for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
      const answer = answers.shift() ?? { status: 200 };
      if (answer !== 'never') response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reached: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function readRequest(request: http.IncomingMessage, body: Buffer): Ingested {
  const url = new URL(request.url ?? '', 'http://localhost');
  const parts = readForm(request.headers['content-type'] ?? '', body);
  const profile = Profile.decode(gunzipSync(parts.get('profile') ?? Buffer.alloc(0)));
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? '';
  const types = profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`);
  const names = new Map(profile.function.map(({ id, name }) => [Number(id), text(name)]));
  const places = new Map(
    profile.location.map(({ id, line }) => [Number(id), names.get(Number(line[0]?.functionId)) ?? '']),
  );
  return {
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    totals: Object.fromEntries(
      types.map((type, at) => [
        type,
        profile.sample.reduce((sum, { value }) => sum + Number(value[at] ?? 0), 0),
      ]),
    ),
    stacks: profile.sample
      .filter(({ value }) => Number(value[1]) > 0)
      .map(({ locationId }) => locationId.map((id) => places.get(Number(id)) ?? '').join(' ← ')),
    sampleTypeConfig: JSON.parse(String(parts.get('sample_type_config') ?? 'null')),
  };
}

/** Reads a form by RFC 7578; throws where it is not one. */
function readForm(contentType: string, body: Buffer): Map<string, Buffer> {
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`not a form: ${contentType}`);
  const text = body.toString('latin1');
  const pieces = text.split(`--${boundary}`);
  if (pieces.shift() !== '' || pieces.pop() !== '--\r\n')
    throw new Error('the form does not end as it should');
  return new Map(
    pieces.map((piece) => {
      const match =
        /^\r\nContent-Disposition: form-data; name="(\w+)"; filename="[\w.]+"\r\n.*?\r\n\r\n(.*)\r\n$/s.exec(
          piece,
        );
      if (!match) throw new Error('not a part of a form');
      return [match[1] ?? '', Buffer.from(match[2] ?? '', 'latin1')];
    }),
  );
}
