// Learns from undici (the one in Node behind `fetch`, and the one from npm) which request a socket serves now, so
// that a pooled connection's reads belong to the caller and not to whoever opened it.
import diagnosticsChannel from 'node:diagnostics_channel';
import { giveContext, kContext, type Resource } from './carriers';

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
      request[kContext] = captureContext();
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

/** With pipelining several requests wait on a socket; answers come in order. */
function serveFirst(socket: SocketLike): void {
  const context = socket[kRequests]?.[0]?.[kContext];
  if (context !== undefined && context > 0) giveContext(socket, context);
}
