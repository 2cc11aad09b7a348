// Learns from undici (the one in Node behind `fetch`, and the one from npm) which request a socket serves now, so
// that a pooled connection's reads belong to the caller and not to whoever opened it.
import diagnosticsChannel from 'node:diagnostics_channel';
import { kContext, kManaged, type Resource } from './carriers';

interface SocketLike extends Resource {
  _readableState: object;
  _handle?: Resource | null;
  [kRequests]?: Resource[];
}

interface Message {
  request: Resource;
  socket?: SocketLike;
}

/** The requests that were sent on a socket and are not answered in full yet, oldest first. */
const kRequests: unique symbol = Symbol('abtrace.requests');
const kSocket: unique symbol = Symbol('abtrace.socket');

type Sent = Resource & { [kSocket]?: SocketLike };

/**
 * Subscribes to undici's diagnostics channels (undici, docs/docs/api/DiagnosticsChannel.md).
 * @param captureContext the context for something that is made now
 * @returns a function that unsubscribes
 */
export function watchUndici(captureContext: () => number): () => void {
  const handlers: Record<string, (message: Message) => void> = {
    'undici:request:create': ({ request }) => {
      // A request that had waited for a free connection is made in the context of whoever freed one.
      request[kContext] = handlerOf(request)?.[kContext] ?? captureContext();
    },
    'undici:client:sendHeaders': ({ request, socket }) => {
      if (socket === undefined) return;
      (request as Sent)[kSocket] = socket;
      socket[kRequests] ??= [];
      socket[kRequests].push(request);
      serveFirst(socket);
    },
    'undici:request:trailers': finished,
    'undici:request:error': finished,
  };
  const subscriptions = Object.entries(handlers).map(([name, handler]) => {
    const listener = (message: unknown) => {
      try {
        handler(message as Message);
      } catch {
        // A message of another shape than known: the socket keeps the context that it has.
      }
    };
    diagnosticsChannel.subscribe(name, listener);
    return () => diagnosticsChannel.unsubscribe(name, listener);
  });
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

function finished({ request }: Message): void {
  const socket = (request as Sent)[kSocket];
  const requests = socket?.[kRequests];
  if (socket === undefined || requests === undefined) return;
  const at = requests.indexOf(request);
  if (at >= 0) requests.splice(at, 1);
  serveFirst(socket);
}

/** The handler of `undici.request` and `stream` is an asynchronous resource, made by the caller. */
function handlerOf(request: Resource): Resource | undefined {
  const key = Object.getOwnPropertySymbols(request).find((symbol) => symbol.description === 'handler');
  return key === undefined ? undefined : (request as unknown as Record<symbol, Resource | undefined>)[key];
}

/** With pipelining several requests wait on a socket; answers come in order. */
function serveFirst(socket: SocketLike): void {
  const context = socket[kRequests]?.[0]?.[kContext];
  if (context === undefined || context <= 0) return;
  for (const carrier of [socket, socket._handle]) {
    if (typeof carrier !== 'object' || carrier === null) continue;
    carrier[kContext] = context;
    carrier[kManaged] = true;
  }
}
