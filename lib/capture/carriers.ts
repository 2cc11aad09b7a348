// Where contexts are kept: on resources, on streams, and what leads from a resource to the stream that it serves.
// Knows the shapes of Node's objects, and touches no more of them than it names here.

/** The property that holds a context on resources, streams and handles. */
export const kContext: unique symbol = Symbol('abtrace.context');

const kParser: unique symbol = Symbol('abtrace.parser');

export interface Resource {
  [kContext]?: number;
}

/** A tick as async_hooks shows it: `process.nextTick(callback, ...args)`. */
interface TickObject extends Resource {
  args?: unknown[];
}

/** What `Readable` and `Duplex` of node:stream look like from outside. */
interface StreamLike extends Resource {
  _readableState: object;
  _handle?: Resource | null;
}

/** The resources that stand for a parser of HTTP/1: `HTTPServerAsyncResource` and `HTTPClientAsyncResource` of Node. */
interface ParserResource extends Resource {
  [kParser]?: true;
  socket?: { parser?: { incoming?: Resource | null } | null };
  req?: { res?: Resource | null };
}

/** The streams among the arguments of a tick. */
export function streamsIn(tick: TickObject): StreamLike[] {
  const { args } = tick;
  if (!Array.isArray(args)) return [];
  return args.filter(isStream);
}

function isStream(value: unknown): value is StreamLike {
  return typeof value === 'object' && value !== null && '_readableState' in value;
}

/** From now on what arrives on the stream belongs to `context`; so does what its handle reads. */
export function giveContext(stream: StreamLike, context: number): void {
  stream[kContext] = context;
  const handle = stream._handle;
  if (typeof handle === 'object' && handle !== null) handle[kContext] = context;
}

/** Marks a resource that was made with this type as that of a parser, if it is one. */
export function markParser(resource: Resource, type: string): void {
  if (type === 'HTTPINCOMINGMESSAGE' || type === 'HTTPCLIENTREQUEST')
    (resource as ParserResource)[kParser] = true;
}

export function isParser(resource: Resource): resource is ParserResource {
  return (resource as ParserResource)[kParser] === true;
}

/** The context of the message that the parser reads now, else that of the parser. */
export function contextOfParser(resource: ParserResource): number | undefined {
  const message = resource.socket?.parser?.incoming ?? resource.req?.res;
  return message?.[kContext] ?? resource[kContext];
}
