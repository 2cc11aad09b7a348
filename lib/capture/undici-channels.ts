// Learns from undici (the one in Node behind `fetch`, and the one from npm) which request a socket serves now, so
// that a pooled connection's reads belong to the caller and not to whoever opened it.
import diagnosticsChannel from 'node:diagnostics_channel';
import { kAdopted, kContext, kManaged, kServes, type Resource } from './carriers';

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

/** Of `undici.request`: an asynchronous resource, made by the caller; `res` is the body once there is one. */
type RequestHandler = Resource & { res?: Body | null };
/** Leads back from a body to its request. */
const kRequest: unique symbol = Symbol('abtrace.request');
type Body = Resource & { [kRequest]?: Sent };

/** Requests that are sent and not answered in full. */
const underway = new Set<Sent>();

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
      if (hasBody(request)) underway.add(request);
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
    underway.clear();
  };
}

/**
 * The code of `context` reads this stream. If it is the body of an answer to `undici.request`, what is to come on the
 * socket for it is for that code, whoever sent the request.
 * @returns the request; undefined if the stream is no such body
 */
export function adoptBody(stream: Resource, context: number): Resource | undefined {
  const request = (stream as Body)[kRequest] ?? [...underway].find((sent) => handlerOf(sent)?.res === stream);
  if (request === undefined) return undefined;
  request[kContext] = context;
  request[kAdopted] = true;
  const socket = request[kSocket];
  if (socket?.[kRequests] !== undefined) serveFirst(socket);
  return request;
}

/** Whether the answer to the request has a reader of its own, who need not be who sent the request. */
export function hasBody(request: Resource): boolean {
  const handler = handlerOf(request);
  return handler !== undefined && 'res' in handler;
}

function finished({ request }: Message): void {
  if (underway.delete(request)) {
    const body = handlerOf(request)?.res;
    if (body) body[kRequest] = request;
  }
  const socket = (request as Sent)[kSocket];
  const requests = socket?.[kRequests];
  if (socket === undefined || requests === undefined) return;
  const at = requests.indexOf(request);
  if (at >= 0) requests.splice(at, 1);
  serveFirst(socket);
}

function handlerOf(request: Resource): RequestHandler | undefined {
  const key = Object.getOwnPropertySymbols(request).find((symbol) => symbol.description === 'handler');
  return key === undefined
    ? undefined
    : (request as unknown as Record<symbol, RequestHandler | undefined>)[key];
}

/** With pipelining several requests wait on a socket; answers come in order. */
function serveFirst(socket: SocketLike): void {
  const request = socket[kRequests]?.[0];
  const context = request?.[kContext];
  if (request === undefined || context === undefined || context <= 0) return;
  for (const carrier of [socket, socket._handle]) {
    if (typeof carrier !== 'object' || carrier === null) continue;
    carrier[kContext] = context;
    carrier[kManaged] = true;
    carrier[kServes] = hasBody(request) ? request : undefined;
  }
}
