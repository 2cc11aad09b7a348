// What contexts are kept on, and how a resource leads to the stream that it serves. Knows the shapes of Node's
// objects, and touches no more of them than it names here.

/** The property that holds a context on resources, streams, handles and messages. */
export const kContext: unique symbol = Symbol('abtrace.context');
/** Set on a stream, and on its handle, once user code has started its flow. */
export const kAdopted: unique symbol = Symbol('abtrace.adopted');
/** The tab of a stream, message or handle, while it has one; see native/thread_state.h. */
export const kTab: unique symbol = Symbol('abtrace.tab');
/** Set on a handle whose context is kept right by somebody who knows better: undici's channels. */
export const kManaged: unique symbol = Symbol('abtrace.managed');
/** On a handle that is managed: the request that it serves, if the answer to that has a reader of its own. */
export const kServes: unique symbol = Symbol('abtrace.serves');
/** What a resource other than a promise does; see `Role`. */
export const kRole: unique symbol = Symbol('abtrace.role');
const kBytesRead: unique symbol = Symbol('abtrace.bytesRead');
const kIsRequest: unique symbol = Symbol('abtrace.isRequest');

/**
 * What the callbacks of a resource mean for whom the bytes belong to:
 * `reader`: the handle of a stream, bytes arrive; `session`, `stream`: so they do, with HTTP/2, for the whole connection
 * or one stream of it; `parser`: so they do, for the message that is being parsed;
 * `other`: nothing, but it is no promise, tick or microtask either.
 */
export type Role = 'reader' | 'session' | 'stream' | 'parser' | 'other';

export interface Resource {
  [kContext]?: number;
  [kAdopted]?: boolean;
  [kTab]?: number | undefined;
  [kManaged]?: boolean;
  [kServes]?: Resource | undefined;
  [kRole]?: Role;
}

/** A tick as async_hooks shows it: `process.nextTick(callback, ...args)`. */
export interface TickObject extends Resource {
  callback?: { name?: string };
  args?: unknown[];
}

/** What `Readable` and `Duplex` of node:stream look like from outside. */
export interface StreamLike extends Resource {
  _readableState: object;
  _handle?: Resource | null;
  /** What reads HTTP/1 from a socket. */
  parser?: object | null;
  listenerCount(event: string): number;
}

/** The resources that stand for a parser of HTTP/1: `HTTPServerAsyncResource` and `HTTPClientAsyncResource` of Node. */
export interface ParserResource extends Resource {
  socket?: { parser?: { incoming?: Resource | null } | null };
  req?: RequestLike;
}

/** `ClientRequest` of node:http. */
interface RequestLike extends Resource {
  [kIsRequest]?: true;
  res?: Resource | null;
}

/** The handles of streams count what they have read. */
interface CountingHandle extends Resource {
  bytesRead?: number;
  [kBytesRead]?: number;
}

/** What stands for the handle of a connection that an agent of node:http uses again. */
interface ReusedHandle extends Resource {
  handle?: Resource;
}

/** `Socket` of node:net; `_httpMessage` is what a client's connection is busy with. */
interface SocketLike extends Resource {
  _httpMessage?: RequestLike | null;
}

/**
 * The role of a new resource of this type. Compared one by one, the most frequent first: this is called for all.
 */
export function roleOf(type: string): Role | undefined {
  switch (type) {
    // They are many, and carry nothing but a context.
    case 'PROMISE':
    case 'TickObject':
    case 'Microtask':
      return undefined;
    case 'HTTPINCOMINGMESSAGE':
    case 'HTTPCLIENTREQUEST':
      return 'parser';
    // Their callbacks bring bytes from outside (Node, src/async_wrap.h).
    case 'TCPWRAP':
    case 'PIPEWRAP':
    case 'TTYWRAP':
    case 'TLSWRAP':
    case 'JSSTREAM':
    case 'UDPWRAP':
      return 'reader';
    case 'HTTP2SESSION':
      return 'session';
    case 'HTTP2STREAM':
      return 'stream';
    default:
      return 'other';
  }
}

/** Whether bytes arrive by callbacks of this role for whoever waits for them. */
export function isRead(role: Role | undefined): boolean {
  return role === 'reader' || role === 'session' || role === 'stream';
}

/** What stands on the prototypes of resources that Node makes once for a connection that stays open. */
const LASTING: ReadonlyMap<string, Role> = new Map([
  ...['TCP', 'Pipe', 'TTY', 'TLSWrap', 'JSStream', 'UDP'].map((name) => [name, 'reader'] as const),
  ['Http2Session', 'session'],
  ['Http2Stream', 'stream'],
  ['HTTPServerAsyncResource', 'parser'],
]);

/** Notes the role of a connection's resource that is older than the tracing, so that its type was never told. */
export function noteOlder(resource: Resource): void {
  const name: unknown = Object.getPrototypeOf(resource)?.constructor?.name;
  const role = typeof name === 'string' ? LASTING.get(name) : undefined;
  if (role !== undefined) resource[kRole] ??= role;
}

/** The stream among the arguments of a tick; undefined for other ticks. */
export function streamOfTick({ args }: TickObject): StreamLike | undefined {
  if (args === undefined) return undefined;
  for (let i = 0; i < args.length; i += 1) {
    const value = args[i];
    if (typeof value === 'object' && value !== null && (value as StreamLike)._readableState !== undefined)
      return value as StreamLike;
  }
  return undefined;
}

/**
 * Whether the tick is one by which a stream begins to flow: `on('data')`, `resume`, `pipe` and iteration cause them
 * (Node, lib/internal/streams/readable.js).
 */
export function startsFlow(tick: TickObject): boolean {
  const name = tick.callback?.name;
  return name === 'resume_' || name === 'nReadingNextTick';
}

/** Whether the tick tells a reader that the stream has something; subscribing to a full stream causes one, too. */
export function announcesData(tick: TickObject): boolean {
  return tick.callback?.name === 'emitReadable_';
}

/** True for a request of a client of HTTP/1, which has a context before its response has a reader. */
export function isRequest(served: Resource): boolean {
  return (served as RequestLike)[kIsRequest] === true;
}

/** The request that a message answers, if it is a response. */
export function requestOf(stream: StreamLike): Resource | undefined {
  const { req } = stream as { req?: RequestLike };
  return req?.[kIsRequest] === true ? req : undefined;
}

/** Notes on the request of a client whose it is, once it has a parser. */
export function noteRequest(parser: ParserResource, context: number): void {
  if (typeof parser.req !== 'object') return;
  parser.req[kContext] = context;
  parser.req[kIsRequest] = true;
}

/**
 * What the callback of a resource serves: the stream, the message being parsed, the request that a client's
 * connection is busy with, or the handle itself.
 */
export function servedBy(resource: Resource, role: Role): Resource | undefined {
  if (role === 'reader') {
    const handle = (resource as ReusedHandle).handle ?? resource;
    const request = ownerOf(handle)?._httpMessage;
    if (request?.[kContext] !== undefined)
      return request.res?.[kContext] === undefined ? request : request.res;
    // A handle that an agent gives out again knows its first user; the resource made then, its latest.
    return handle[kAdopted] === true || handle[kManaged] === true ? handle : resource;
  }
  if (role === 'session' || role === 'stream') return resource;
  if (role === 'other') return undefined;
  const { socket, req } = resource as ParserResource;
  return (socket?.parser?.incoming ?? req?.res) || undefined;
}

/** True for a stream that stands for something that arrives by another: a message of HTTP, or a socket. */
export function isFed(stream: StreamLike): boolean {
  return 'httpVersion' in stream || '_handle' in stream;
}

/** The handle that a stream reads from, if it has one. */
export function handleOf(stream: StreamLike): Resource | undefined {
  const handle = stream._handle ?? http2HandleOf(stream);
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

/** Whether the tab is that of the resource's handle, and not of a message that arrives by it. */
export function isTabOfHandle(resource: Resource, tab: number): boolean {
  return resource[kTab] === tab || (resource as ReusedHandle).handle?.[kTab] === tab;
}

/** How many bytes the read has brought whose callback begins; 0 if that is not known. */
export function bytesRead(resource: Resource): number {
  const handle = ((resource as ReusedHandle).handle ?? resource) as CountingHandle;
  const all = handle.bytesRead ?? 0;
  const before = handle[kBytesRead] ?? 0;
  handle[kBytesRead] = all;
  return Math.max(0, all - before);
}

/** What the handle has read before, a parser has read for messages. */
export function beginCounting(handle: CountingHandle): void {
  if (handle[kBytesRead] === undefined && typeof handle.bytesRead === 'number')
    handle[kBytesRead] = handle.bytesRead;
}

let ownerKey: symbol | undefined;

/** The socket of a handle. */
function ownerOf(handle: Resource): SocketLike | undefined {
  ownerKey ??= Object.getOwnPropertySymbols(handle).find((key) => key.description === 'owner_symbol');
  return ownerKey === undefined
    ? undefined
    : (handle as unknown as Record<symbol, SocketLike | undefined>)[ownerKey];
}

let http2HandleKey: symbol | undefined;

function http2HandleOf(stream: object): Resource | undefined {
  if (!/Http2(Stream|Session)$/.test(stream.constructor?.name ?? '')) return undefined;
  http2HandleKey ??= Object.getOwnPropertySymbols(stream).find((key) => key.description === 'kHandle');
  return http2HandleKey === undefined
    ? undefined
    : (stream as unknown as Record<symbol, Resource | undefined>)[http2HandleKey];
}

/** The handle of the session that reads for a stream of HTTP/2. */
export function sessionOf(stream: StreamLike): Resource | undefined {
  const { session } = stream as { session?: unknown };
  return typeof session === 'object' && session !== null ? http2HandleOf(session) : undefined;
}
